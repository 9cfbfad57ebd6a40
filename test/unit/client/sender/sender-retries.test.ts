import { expect, test } from 'vitest'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { GivenSender } from './given-sender.js'

const LARGE = 'x'.repeat(900)
const timedOut = (partition: number): object => ({ partition, error: 'REQUEST_TIMED_OUT', baseOffset: -1 })
const unknown = (partition: number): object => ({ partition, error: 'UNKNOWN_TOPIC_OR_PARTITION', baseOffset: -1 })
const written = (partition: number, baseOffset = 0): object => ({ partition, error: 'NONE', baseOffset })

test.each([
  'NOT_LEADER_OR_FOLLOWER',
  'LEADER_NOT_AVAILABLE',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'KAFKA_STORAGE_ERROR',
] as const)('a batch that is refused with %s is sent again, unchanged, and reported once', (error) => {
  const sender = new GivenSender().connect()
  sender.append(0, 'a')
  sender.settle()
  const [first] = sender.produces()[0]!.body.batches
  sender.answer(1, { error })
  sender.pass(200)
  expect([sender.valuesAt(), sender.produces()[0]!.body.batches]).toEqual([[['a']], [first]])
  sender.answer(1, { baseOffset: 42 })
  expect([sender.reports(), sender.counters.totals()]).toMatchObject([[written(0, 42)], { batches: 1, retries: 1 }])
})

test.each(['MESSAGE_TOO_LARGE', 'INVALID_RECORD', 'UNKNOWN_SERVER_ERROR'] as const)(
  'a batch that is refused with %s is reported at once',
  (error: ErrorCode) => {
    const sender = new GivenSender().connect()
    sender.append(0, 'a')
    sender.settle()
    sender.answer(1, { error })
    expect([sender.reports(), sender.counters.totals().retries]).toEqual([[{ partition: 0, error, baseOffset: -1 }], 0])
  },
)

test('retry.backoff.ms doubles with each attempt, up to retry.backoff.max.ms', () => {
  const sender = new GivenSender({ 'retry.backoff.ms': 100, 'retry.backoff.max.ms': 300 }).connect()
  sender.append(0, 'a')
  sender.settle()
  const waits: number[] = []
  for (let attempt = 0; attempt < 4; attempt++) {
    sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
    const waitMs = sender.stage.sleepMs('sender-0')
    sender.pass(waitMs - 1)
    expect(sender.produces()).toEqual([])
    sender.pass(1)
    waits.push(waitMs)
  }
  expect([waits[0]! >= 80, waits[0]! < 120, waits[1]! >= 160, waits[1]! < 240]).toEqual([true, true, true, true])
  expect([waits[2]! > 240, waits[3]! > 240, Math.max(...waits) <= 300]).toEqual([true, true, true])
})

test('a batch is sent again at most `retries` times, and fails with the last error', () => {
  const sender = new GivenSender({ retries: 2 }).connect()
  sender.append(0, 'a')
  sender.settle()
  for (let attempt = 0; attempt < 3; attempt++) {
    sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
    sender.pass(1000)
  }
  expect(sender.reports()).toEqual([{ partition: 0, error: 'NOT_ENOUGH_REPLICAS', baseOffset: -1 }])
})

test('retries end with delivery.timeout.ms, counted from the first record', () => {
  const sender = new GivenSender({
    'delivery.timeout.ms': 500,
    'retry.backoff.ms': 200,
    'retry.backoff.max.ms': 200,
  }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.pass(400)
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  sender.pass(99)
  expect(sender.reports()).toEqual([])
  sender.pass(1)
  expect([sender.reports(), sender.produces()]).toEqual([[timedOut(0)], []])
})

test('a batch that is on its way is not given up, however late: the broker may still read it', () => {
  const sender = new GivenSender({ 'delivery.timeout.ms': 500 }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.pass(5000)
  expect(sender.reports()).toEqual([])
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  expect(sender.reports()).toEqual([timedOut(0)])
})

test('a batch whose broker has ended is sent to the leader that is elected then', () => {
  const sender = new GivenSender({}, { leaders: [2] }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.elect(0, 1)
  sender.stage.kill('broker-2')
  // The leader's epoch has grown, so nothing is left to wait for.
  expect([sender.valuesAt(1), sender.reports()]).toEqual([[['a']], []])
  sender.answer(1, { baseOffset: 7 })
  expect(sender.reports()).toEqual([written(0, 7)])
})

test('a batch waits for its broker while nobody else leads, and for it alone', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] }).connect()
  sender.append(1, 'a')
  sender.settle()
  sender.stage.kill('broker-2')
  sender.append(0, 'b')
  sender.pass(5000)
  expect([sender.valuesAt(1), sender.reports()]).toEqual([[['b']], []])
  sender.start(2)
  sender.pass(1500)
  expect(sender.valuesAt(2)).toEqual([['a']])
})

test('a connection whose request is not answered within request.timeout.ms is closed, and the batch sent again', () => {
  const sender = new GivenSender({ 'request.timeout.ms': 1000 }).connect()
  sender.append(0, 'a')
  sender.settle()
  const [stuck] = sender.produces()
  sender.pass(999)
  expect(sender.counters.totals().requests).toBe(1)
  sender.pass(1)
  sender.pass(500)
  const again = sender.produces().find(({ connection }) => connection !== stuck!.connection)!
  expect([stuck!.connection.isClosed, again.body.batches.length, sender.reports()]).toEqual([true, 1, []])
})

test('a partition without a leader waits, asking for metadata, and is given up after delivery.timeout.ms', () => {
  const sender = new GivenSender(
    { 'delivery.timeout.ms': 1000, 'retry.backoff.ms': 100 },
    { leaders: [-1, -1] },
  ).connect()
  sender.append(0, 'a')
  sender.settle()
  const asked = sender.metadataAskedOf.length
  for (let tick = 0; tick < 5; tick++) sender.pass(100)
  expect([sender.metadataAskedOf.length - asked, sender.reports()]).toEqual([5, []])
  sender.append(1, 'b')
  sender.elect(1, 1)
  sender.pass(100)
  expect(sender.valuesAt()).toEqual([['b']])
  sender.pass(400)
  expect(sender.reports()).toEqual([timedOut(0)])
})

// KIP-951
test('a broker that says who leads now is believed, and no backoff is waited for', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] }).connect()
  sender.append(0, 'a')
  sender.settle()
  const asked = sender.metadataAskedOf.length
  sender.answer(1, { error: 'NOT_LEADER_OR_FOLLOWER', currentLeader: { leader: 2, leaderEpoch: 1 } })
  expect([sender.valuesAt(2), sender.metadataAskedOf.length]).toEqual([[['a']], asked])
})

test('a broker that names a leader which is known already is asked again after the backoff, with fresh metadata', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.pass(1000)
  const asked = sender.metadataAskedOf.length
  sender.answer(1, { error: 'NOT_LEADER_OR_FOLLOWER', currentLeader: { leader: 1, leaderEpoch: 0 } })
  expect([sender.produces(), sender.metadataAskedOf.length]).toEqual([[], asked + 1])
  sender.pass(120)
  expect(sender.valuesAt(1)).toEqual([['a']])
})

test('metadata that are older than what is known take no leader back', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] }).connect()
  sender.append(0, 'a')
  sender.settle()
  sender.answer(1, { error: 'NOT_LEADER_OR_FOLLOWER', currentLeader: { leader: 2, leaderEpoch: 5 } })
  sender.answer(2, { error: 'NOT_LEADER_OR_FOLLOWER' })
  sender.pass(300)
  expect([sender.valuesAt(1), sender.valuesAt(2)]).toEqual([[], [['a']]])
})

test('with max.in.flight.requests.per.connection 1 nothing of a partition passes a batch that failed', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 1 }).connect()
  for (const value of ['a', 'b', 'c']) sender.append(0, value.repeat(900))
  sender.settle()
  const seen: string[] = []
  for (let round = 0; round < 6; round++) {
    seen.push(sender.valuesAt()[0]![0]![0]!)
    sender.answer(1, { error: round % 2 === 0 ? 'NOT_ENOUGH_REPLICAS' : 'NONE' })
    sender.pass(200)
  }
  expect([seen, sender.reports().length]).toEqual([['a', 'a', 'b', 'b', 'c', 'c'], 3])
})

test('with max.in.flight.requests.per.connection 1 a partition whose batch is on its way waits, whoever leads by then', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 1 }, { leaders: [2, 1] }).connect()
  sender.append(0, LARGE)
  sender.append(0, LARGE)
  sender.settle()
  sender.append(1, 'elsewhere')
  sender.settle()
  sender.elect(0, 1)
  sender.answer(1, { error: 'NOT_LEADER_OR_FOLLOWER' })
  sender.pass(1000)
  expect(sender.valuesAt(1)).toEqual([['elsewhere']])
})

// Without idempotence, and with more than one request in flight, a retry can change the order.
test('with more in flight, a batch behind one that failed may be written before it', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 2 }).connect()
  for (const value of ['a', 'b', 'c']) sender.append(0, value.repeat(900))
  sender.settle()
  const seen: string[] = []
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  seen.push(sender.valuesAt()[0]![0]![0]!)
  sender.answer(1)
  sender.pass(200)
  while (sender.produces().length > 0) {
    seen.push(sender.valuesAt()[0]![0]![0]!)
    sender.answer(1)
  }
  expect(seen).toEqual(['b', 'a', 'c'])
})

test('a batch that comes back is in front of those that were never sent', () => {
  const sender = new GivenSender({ 'max.in.flight.requests.per.connection': 2, 'retry.backoff.ms': 100 }).connect()
  for (const value of ['a', 'b']) sender.append(0, value.repeat(900))
  sender.settle()
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  sender.append(0, 'c'.repeat(900))
  sender.settle()
  expect(sender.produces()).toEqual([])
  const seen: string[] = []
  for (sender.pass(150); sender.produces().length > 0; sender.answer(1)) seen.push(sender.valuesAt()[0]![0]![0]!)
  // As in Kafka, which puts each one in front of all: the one that came back last goes first.
  expect(seen).toEqual(['b', 'a', 'c'])
})

test('a retry finds its memory lent on the new connection too', () => {
  const sender = new GivenSender({}, { bufferBytes: 1 << 20, leaders: [2] }).connect()
  const value = 'y'.repeat(5000)
  sender.append(0, value)
  sender.settle()
  sender.stage.kill('broker-2')
  sender.start(2)
  sender.pass(500)
  expect(sender.valuesAt(2)).toEqual([[value]])
})

test('the application hears of a topic though the first broker that is asked ends, or knows no cluster yet', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] })
  const known = sender.leaders
  sender.leaders = null
  const asked = sender.ask()
  sender.settle()
  sender.stage.kill(`broker-${sender.metadataAskedOf[0]!}`)
  sender.pass(100)
  expect(asked.answer).toBeUndefined()
  sender.leaders = known
  sender.pass(100)
  expect(asked.answer).toMatchObject({ api: 'Metadata', topics: [{ name: 'orders', error: 'NONE' }] })
})

test('a question of the application waits for brokers as long as there are none', () => {
  const sender = new GivenSender()
  sender.settle()
  sender.stage.kill('broker-1')
  const asked = sender.ask()
  for (let second = 0; second < 60; second++) sender.pass(1000)
  expect(asked.answer).toBeUndefined()
  sender.start(1)
  sender.pass(1000)
  sender.pass(1000)
  expect(asked.answer).toMatchObject({ topics: [{ error: 'NONE' }] })
})

// KIP-516: batches are sent under the id that the topic has by then.
test('a batch that waits for a topic that is created again goes to the new one, and the application is told', () => {
  const sender = new GivenSender({}, { leaders: [1, 2] }).connect()
  sender.append(1, 'a')
  sender.settle()
  sender.createAgain(2, 1)
  sender.append(1, 'b')
  sender.answer(2, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  sender.pass(200)
  expect([sender.valuesAt(1), sender.produces(1)[0]!.body.batches[0]!.topicId]).toEqual([[['a']], 2])
  expect([sender.given.accumulator.takeTopicChange(), sender.given.accumulator.takeTopicChange()]).toEqual([
    true,
    false,
  ])
  sender.answer(1)
  expect(sender.valuesAt(1)).toEqual([['b']])
})

test('a batch for a partition that a topic has no more is given up after max.block.ms', () => {
  const sender = new GivenSender({ 'max.block.ms': 1000 }, { leaders: [1, 1] }).connect()
  sender.append(1, 'a')
  sender.settle()
  sender.createAgain(1)
  sender.answer(1, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  sender.pass(200)
  sender.pass(999)
  expect(sender.reports()).toEqual([])
  sender.pass(1)
  expect(sender.reports()).toEqual([unknown(1)])
})

test('batches of a topic that was deleted are given up, each after max.block.ms, and the application is told once', () => {
  const sender = new GivenSender({ 'max.block.ms': 1000 }, { leaders: [1, 1] }).connect()
  sender.append(1, 'a')
  sender.settle()
  sender.isDeleted = true
  sender.answer(1, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  sender.pass(200)
  const { accumulator } = sender.given
  expect([accumulator.takeTopicChange(), accumulator.takeTopicChange()]).toEqual([true, false])
  sender.pass(500)
  sender.append(1, 'b')
  sender.pass(499)
  expect(sender.reports()).toEqual([])
  sender.pass(1)
  expect(sender.reports()).toEqual([unknown(1)])
  sender.pass(500)
  expect(sender.reports()).toEqual([unknown(1)])
  expect(accumulator.takeTopicChange()).toBe(false)
})

test('a batch whose topic is made again within max.block.ms is written to the new one', () => {
  const sender = new GivenSender({ 'max.block.ms': 1000 }, { leaders: [1, 1] }).connect()
  sender.append(1, 'a')
  sender.settle()
  sender.isDeleted = true
  sender.answer(1, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  sender.pass(900)
  sender.createAgain(1, 1)
  sender.pass(100)
  sender.pass(1000)
  expect(sender.valuesAt(1)).toEqual([['a']])
  sender.answer(1)
  expect(sender.reports()).toMatchObject([{ partition: 1, error: 'NONE' }])
})

test('a partition that has no leader for longer than max.block.ms is not gone', () => {
  const sender = new GivenSender({ 'max.block.ms': 1000, 'delivery.timeout.ms': 5000 }, { leaders: [1, 1] }).connect()
  sender.append(1, 'a')
  sender.settle()
  sender.elect(1, -1)
  sender.answer(1, { error: 'NOT_LEADER_OR_FOLLOWER' })
  for (let passed = 0; passed < 3; passed++) sender.pass(1000)
  expect(sender.reports()).toEqual([])
  sender.elect(1, 1)
  sender.pass(1000)
  expect(sender.valuesAt(1)).toEqual([['a']])
})

// KIP-516: brokers know producers by topic, and the new one knows nobody.
test('an idempotent producer counts anew for a topic that was made again, when nothing is on its way to the old one', () => {
  const sender = new GivenSender({ 'enable.idempotence': true, acks: -1 }, { leaders: [1, 1] }).connect()
  for (const value of ['a', 'b']) {
    sender.append(0, value)
    sender.settle()
    sender.answer(1)
  }
  sender.append(0, 'c')
  sender.settle()
  sender.append(0, 'd')
  sender.settle()
  expect(sender.countsAt(1)).toEqual(['0/2'])
  sender.createAgain(1, 1)
  sender.answer(1, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  sender.answer(1, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  for (let passed = 0; passed < 3; passed++) sender.pass(200)
  expect([sender.valuesAt(1), sender.countsAt(1)]).toEqual([[['c']], ['1/0']])
  sender.answer(1)
  expect([sender.valuesAt(1), sender.countsAt(1)]).toEqual([[['d']], ['1/1']])
})
