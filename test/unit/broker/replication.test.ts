import { expect, test } from 'vitest'
import type { Asked } from '../../support/scripted-actor.js'
import { TOPIC_ID } from './given-broker.js'
import { GivenReplicas } from './given-replicas.js'
import { ALL, outcome } from './outcome.js'

test('followers hold what the leader has appended, byte for byte', () => {
  const replicas = new GivenReplicas()
  replicas.client().produce({ 0: ['a', 'b'] })
  expect(replicas.ends()).toEqual([2, 2, 2])
  const bytes = [1, 2, 3].map((id) => {
    const { log } = replicas.at(id)
    const slice = log.read(log.logStartOffset, { bytesMax: 1e6, isolation: 'LOG_END' })
    if (slice === null || slice === 'OFFSET_OUT_OF_RANGE') throw new Error('There is nothing to read')
    return log.memoryOf(slice.segment).bytes.subarray(slice.position, slice.position + slice.bytes)
  })
  expect(bytes[1]).toEqual(bytes[0])
  expect(bytes[2]).toEqual(bytes[0])
})

test('with acks=all the answer comes when the whole isr holds the batch', () => {
  const replicas = new GivenReplicas()
  const client = replicas.client()
  const asked = client.produceLater({ 0: ['a'] }, ALL)
  replicas.stage.turn(client.address)
  replicas.stage.turn('broker-1')
  expect([outcome(asked), replicas.at(1).log.logEndOffset]).toEqual([undefined, 1])
  replicas.stage.settle()
  expect(outcome(asked)).toBe('NONE')
})

test('followers learn of the high watermark one fetch later', () => {
  const replicas = new GivenReplicas()
  const client = replicas.client()
  client.produce({ 0: ['a'] })
  expect(replicas.highWatermarks()).toEqual([1, 0, 0])
  client.produce({ 0: ['b'] })
  expect(replicas.highWatermarks()).toEqual([2, 1, 1])
  replicas.stage.pass(100)
  expect(replicas.highWatermarks()).toEqual([2, 2, 2])
})

test('a follower whose log is larger than it may be learns of the high watermark that makes room', () => {
  const replicas = new GivenReplicas({}, { 'segment.bytes': 1024, 'retention.bytes': 800 })
  const client = replicas.client()
  replicas.kill(3)
  for (const value of ['a', 'b']) client.produce({ 0: [value.repeat(800)] })
  expect(replicas.highWatermarks()).toEqual([0, 0])
  const asked = client.produce({ 0: ['c'.repeat(800)] }, ALL)
  // Broker 3 leaves the isr: what the leader had to wait for is committed, and what comes next says so.
  for (let passed = 0; passed < 2_000; passed += 100) replicas.stage.pass(100)
  expect([outcome(asked), replicas.ends()]).toEqual(['NONE', [3, 3]])
})

test('a follower that falls silent leaves the isr, and acks=all goes on without it', () => {
  const replicas = new GivenReplicas()
  const client = replicas.client()
  replicas.kill(3)
  const asked = client.produce({ 0: ['a'] }, ALL)
  expect(outcome(asked)).toBeUndefined()
  for (let passed = 0; passed < 2_000; passed += 100) replicas.stage.pass(100)
  expect([outcome(asked), replicas.metadata.isr]).toEqual(['NONE', [1, 2]])
})

test('the high watermark waits for a replica that is about to leave the isr until the controller has agreed', () => {
  const replicas = new GivenReplicas()
  replicas.agrees = false
  const client = replicas.client()
  replicas.kill(3)
  const asked = client.produce({ 0: ['a'] }, ALL)
  for (let passed = 0; passed < 2_000; passed += 100) replicas.stage.pass(100)
  const [request] = replicas.asked
  expect([outcome(asked), request?.partitions[0]?.newIsr.map(({ brokerId }) => brokerId)]).toEqual([undefined, [1, 2]])
  replicas.controller.answer(replicas.agreeTo(request as NonNullable<typeof request>))
  replicas.stage.settle()
  expect(outcome(asked)).toBe('NONE')
})

test('a follower that comes back joins the isr in its new incarnation once it has caught up', () => {
  const replicas = new GivenReplicas()
  const client = replicas.client()
  client.produce({ 0: ['a'] })
  replicas.kill(3)
  replicas.publish({ isr: [1, 2] })
  client.produce({ 0: ['b'] })
  replicas.start(3)
  replicas.stage.pass(100)
  expect([replicas.ends(), replicas.metadata.isr]).toEqual([
    [2, 2, 2],
    [1, 2, 3],
  ])
})

test('a broker goes on with memory that has survived its thread', () => {
  const replicas = new GivenReplicas()
  replicas.client().produce({ 0: ['a', 'b'] })
  replicas.kill(3)
  replicas.start(3)
  expect(replicas.at(3).log.logEndOffset).toBe(2)
})

test('a replica that has lost its memory gets everything again', () => {
  const replicas = new GivenReplicas()
  replicas.client().produce({ 0: ['a', 'b'] })
  replicas.kill(3, { loses: 'everything' })
  replicas.publish({ isr: [1, 2] })
  replicas.start(3)
  replicas.stage.pass(100)
  expect([replicas.ends(), replicas.metadata.isr]).toEqual([
    [2, 2, 2],
    [1, 2, 3],
  ])
})

test('with acks=all nothing is appended while the isr is below its minimum', () => {
  const replicas = new GivenReplicas({}, { 'min.insync.replicas': 2 })
  replicas.kill(2)
  replicas.kill(3)
  replicas.publish({ isr: [1] })
  const asked = replicas.client().produce({ 0: ['a'] }, ALL)
  expect([outcome(asked), replicas.at(1).log.logEndOffset]).toEqual(['NOT_ENOUGH_REPLICAS', 0])
})

test('a record that acks=1 has appended is not committed while the isr is below its minimum', () => {
  const replicas = new GivenReplicas({}, { 'min.insync.replicas': 2 })
  replicas.kill(2)
  replicas.kill(3)
  replicas.publish({ isr: [1] })
  expect(outcome(replicas.client().produce({ 0: ['a'] }))).toBe('NONE')
  expect(replicas.at(1).log).toMatchObject({ highWatermark: 0, logEndOffset: 1 })
})

test('an append whose isr has become too small before all of it had the batch waits for a larger one', () => {
  const replicas = new GivenReplicas({}, { 'min.insync.replicas': 2 })
  const client = replicas.client()
  replicas.kill(2)
  replicas.kill(3)
  const asked = client.produce({ 0: ['a'] }, ALL)
  replicas.publish({ isr: [1] })
  expect(outcome(asked)).toBeUndefined()
  replicas.stage.pass(10_000)
  expect(outcome(asked)).toBe('REQUEST_TIMED_OUT')
})

test('a minimum above the number of replicas counts as that number', () => {
  const replicas = new GivenReplicas({}, { 'min.insync.replicas': 9 })
  expect(outcome(replicas.client().produce({ 0: ['a'] }, ALL))).toBe('NONE')
})

test('a new leader knows what was committed after its followers have fetched', () => {
  const replicas = new GivenReplicas()
  replicas.client().produce({ 0: ['a'] }, ALL)
  replicas.kill(1)
  replicas.elect(2, [2, 3])
  replicas.stage.pass(100)
  expect([replicas.ends(), replicas.at(2).log.highWatermark]).toEqual([[1, 1], 1])
})

test('a new leader that does not know what is committed says so, rather than that there is nothing', () => {
  const replicas = new GivenReplicas()
  replicas.client().produce({ 0: ['a'] }, ALL)
  replicas.kill(1)
  replicas.kill(3)
  // Broker 3 is in the isr and has not fetched.
  replicas.elect(2, [2, 3])
  const client = replicas.client()
  const ask = (timestamp: number): Asked =>
    client.ask({ api: 'ListOffsets', partitions: [{ topicId: TOPIC_ID, partition: 0, timestamp }] })
  for (const timestamp of [-1, -3, 5])
    expect(ask(timestamp).answer).toMatchObject({ partitions: [{ error: 'OFFSET_NOT_AVAILABLE', offset: -1 }] })
  expect(ask(-2).answer).toMatchObject({ partitions: [{ error: 'NONE', offset: 0 }] })
})

test('an old leader gives up what it alone held when it follows', () => {
  const replicas = new GivenReplicas()
  replicas.client().produce({ 0: ['a'] }, ALL)
  replicas.kill(2)
  replicas.kill(3)
  replicas.client().produce({ 0: ['never replicated'] })
  replicas.kill(1)
  replicas.start(2)
  replicas.start(3)
  replicas.elect(2, [2, 3])
  replicas.client().produce({ 0: ['b', 'c'] })
  replicas.start(1)
  replicas.stage.pass(100)
  expect(replicas.ends()).toEqual([3, 3, 3])
  expect(replicas.at(1).log.latestEpoch).toBe(replicas.at(2).log.latestEpoch)
})

test('a producer that waits hears at once that its leader has gone', () => {
  const replicas = new GivenReplicas()
  const client = replicas.client()
  replicas.kill(3)
  const asked = client.produce({ 0: ['a'] }, ALL)
  replicas.elect(2, [1, 2])
  expect(asked.answer).toMatchObject({
    partitions: [{ error: 'NOT_LEADER_OR_FOLLOWER', currentLeader: { leader: 2, leaderEpoch: 1 } }],
  })
})

test('a leader of the wrong epoch serves no follower', () => {
  const replicas = new GivenReplicas()
  const client = replicas.client('broker-9')
  const epochs = { currentLeaderEpoch: 7 }
  expect(client.fetch({ replicaId: 9, replicaEpoch: 1, partitions: [epochs] }).answer).toMatchObject({
    partitions: [{ error: 'UNKNOWN_LEADER_EPOCH' }],
  })
})
