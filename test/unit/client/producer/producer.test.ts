import { expect, test } from 'vitest'
import { ClosedError, ConfigError, WorkerDiedError } from '../../../../src/base/errors.js'
import type { Partitioner } from '../../../../src/client/producer/partitioner.js'
import { nextUncaught } from '../../../support/uncaught.js'
import { sendBatch } from '../batches/given-accumulator.js'
import { GivenProducer } from './given-producer.js'

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test("an exception of a delivery callback is the program's, and the producer goes on", async () => {
  const given = new GivenProducer()
  const { producer } = given
  given.front.topic('orders')
  given.settle()
  const thrown = new Error('thrown by the callback')
  const partitions: number[] = []
  for (const partition of [0, 1]) {
    producer.produce({ topic: 'orders', value: 'v', partition }, () => {
      partitions.push(partition)
      if (partition === 0) throw thrown
    })
  }
  const uncaught = nextUncaught()
  given.report(0)
  given.report(1)
  expect(await uncaught).toBe(thrown)
  expect(partitions).toEqual([0, 1])
  await producer.close()
})

test('an exception of a listener keeps no other from hearing it', async () => {
  const given = new GivenProducer()
  const heard: string[] = []
  given.producer.on('undelivered', () => {
    throw new Error('thrown by the listener')
  })
  given.producer.on('undelivered', ({ error }) => heard.push(error))
  given.front.topic('orders')
  given.settle()
  given.producer.produce({ topic: 'orders', value: 'v' })
  const uncaught = nextUncaught()
  given.report(0, 'MESSAGE_TOO_LARGE')
  expect(await uncaught).toEqual(new Error('thrown by the listener'))
  expect(heard).toEqual(['MESSAGE_TOO_LARGE'])
  await given.producer.close()
})

test('a flush that a callback asks for waits for every batch that is under way', async () => {
  const given = new GivenProducer()
  given.front.topic('orders')
  given.settle()
  let isFlushed = false
  const flush = (): void => void given.producer.flush().then(() => (isFlushed = true))
  given.producer.produce({ topic: 'orders', value: 'v', partition: 0 }, flush)
  given.producer.produce({ topic: 'orders', value: 'v', partition: 1 })
  given.report(0)
  await turns()
  expect(isFlushed).toBe(false)
  given.report(1)
  await turns()
  expect(isFlushed).toBe(true)
})

test('all callers that were told that there is no room wait for one drain, and a caller that was not does not wait', async () => {
  const given = new GivenProducer({}, { bufferBytes: 1024 })
  given.front.topic('orders')
  given.settle()
  await given.producer.drained()
  expect(given.producer.produce({ topic: 'orders', value: 'v' })).toBe(false)
  const waiting = Array.from({ length: 20 }, () => given.producer.drained())
  given.report(0)
  await Promise.all(waiting)
  expect(given.events.listenerCount('drain')).toBe(0)
  await given.producer.drained()
})

test('a caller that was thrown at for a large record is told to go on when a batch has come back, and not before', () => {
  const given = new GivenProducer({}, { bufferBytes: 4096 })
  given.front.topic('orders')
  given.settle()
  let drains = 0
  given.producer.on('drain', () => (drains += 1))
  const produce = (): boolean => given.producer.produce({ topic: 'orders', value: 'x'.repeat(1500) })
  expect(produce()).toBe(true)
  expect(produce).toThrow('buffer.memory')
  given.settle()
  given.settle()
  expect(drains).toBe(0)
  given.report(0)
  expect([drains, produce()]).toEqual([1, true])
})

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`.padEnd(200, '.'))

/** What is written in the batches so far, in the order of opening. */
const written = ({ given }: Pick<GivenProducer, 'given'>): string[][] =>
  Array.from({ length: given.shared.opened }, (_, number) => sendBatch(given, number))

test('produceMany appends what single calls would, to the same batches', () => {
  const [many, single] = [
    new GivenProducer({}, { bufferBytes: 1 << 16 }),
    new GivenProducer({}, { bufferBytes: 1 << 16 }),
  ]
  for (const given of [many, single]) {
    given.front.topic('orders')
    given.settle()
  }
  const values = numbered(50)
  expect(many.producer.produceMany('orders', values)).toBe(50)
  for (const value of values) single.producer.produce({ topic: 'orders', value })
  expect(written(many)).toEqual(written(single))
})

test('produceMany says how many values found room, and goes on where it was told to after drained', async () => {
  const given = new GivenProducer({}, { bufferBytes: 2048 })
  given.front.topic('orders')
  given.settle()
  const values = numbered(11)
  const taken = given.producer.produceMany('orders', values)
  expect([taken, given.producer.produceMany('orders', values.slice(taken))]).toEqual([8, 0])
  const drained = given.producer.drained()
  given.report(0)
  await drained
  expect(given.producer.produceMany('orders', new Set(values.slice(taken)))).toBe(3)
})

test('produceMany keeps the values of a topic that is not known yet, as many as have room', () => {
  const given = new GivenProducer({}, { bufferBytes: 4096 })
  const taken = given.producer.produceMany('orders', numbered(100))
  expect([taken > 2, taken < 20]).toEqual([true, true])
  given.settle()
  expect(written(given).flat()).toEqual(numbered(taken))
})

test('produceMany throws for a value that can never be sent, and those before it are sent', () => {
  const given = new GivenProducer()
  given.front.topic('orders')
  given.settle()
  const { producer } = given
  expect(() => producer.produceMany('orders', ['a', 'b', 7 as never, 'c'])).toThrow('not a number')
  expect(() => producer.produceMany('orders', ['d', 'x'.repeat(2 ** 20), 'e'])).toThrow('max.request.size')
  expect(written(given)).toEqual([['a', 'b', 'd']])
  const refused: [unknown, unknown][] = [
    ['orders', 'text'],
    ['orders', Buffer.from('bytes')],
    [7, ['a']],
    ['orders', null],
  ]
  for (const [topic, values] of refused)
    expect(() => producer.produceMany(topic as never, values as never)).toThrow(ConfigError)
})

test('produceMany serializes each value, and sends none to a closed producer', async () => {
  const given = new GivenProducer<number>({}, {}, { value: (topic, input) => `${topic} ${input}` })
  given.front.topic('orders')
  given.settle()
  expect(given.producer.produceMany('orders', [1, 2])).toBe(2)
  expect(written(given)).toEqual([['orders 1', 'orders 2']])
  given.settle()
  await given.producer.close()
  expect(() => given.producer.produceMany('orders', [3])).toThrow(ClosedError)
})

const send = ({ producer }: GivenProducer, topic: string, value = 'v'): Promise<unknown> => {
  const sent = producer.send({ topic, messages: [{ value }] })
  return sent.then(
    ([metadata]) => metadata?.baseOffset,
    (error: Error) => error.message,
  )
}

test('a send whose list becomes shorter while it is read settles with what is left of it', async () => {
  const given = new GivenProducer()
  given.front.topic('orders')
  given.settle()
  const messages: { value: string }[] = [{ value: 'a' }]
  messages.push({
    get value() {
      messages.length = 1
      return 'b'
    },
  })
  given.producer.produce({ topic: 'orders', value: 'before' })
  const sent = given.producer.send({ topic: 'orders', messages })
  expect(written(given)).toEqual([['before', 'a']])
  given.settle()
  await expect(sent).resolves.toMatchObject([{ recordCount: 1 }])
})

test('a send whose bytes were given away while it waited fails, and does not send nothing in their place', async () => {
  const given = new GivenProducer()
  const value = Uint8Array.from([1, 2, 3])
  const sent = given.producer.send({ topic: 'orders', messages: [{ value: 'before' }, { value }] })
  structuredClone(value, { transfer: [value.buffer] })
  given.settle()
  expect(written(given)).toEqual([['before']])
  given.settle()
  await expect(sent).rejects.toThrow('a Uint8Array whose memory was transferred')
})

// KafkaProducer.waitOnMetadata: only the caller waits.
test('a send that waits for metadata holds up no send to a topic that is known', async () => {
  const given = new GivenProducer()
  given.errors.set('late', 'LEADER_NOT_AVAILABLE')
  const late = send(given, 'late')
  const sent = send(given, 'orders')
  given.settle()
  expect(given.producer.produce({ topic: 'orders', value: 'v' })).toBe(true)
  given.report(0)
  expect(await sent).toBe(0)
  given.pass(60_000)
  expect(await late).toContain("No metadata of the topic 'late' arrived within max.block.ms (60000 ms)")
})

test('sends that waited for metadata keep the order of their topic', async () => {
  const given = new GivenProducer()
  given.errors.set('late', 'LEADER_NOT_AVAILABLE')
  const sent = [send(given, 'late')]
  given.settle()
  sent.push(send(given, 'late'))
  const offsets: (number | undefined)[] = []
  expect(given.producer.produce({ topic: 'late', value: 'v' }, (_, record) => offsets.push(record?.offset))).toBe(true)
  given.errors.clear()
  given.pass(100)
  sent.push(send(given, 'late'))
  given.report(0)
  expect([await Promise.all(sent), offsets]).toEqual([[0, 1, 3], [2]])
})

test('sends that have found their topics wait for memory in one line', async () => {
  const given = new GivenProducer({}, { bufferBytes: 1024 })
  given.errors.set('late', 'LEADER_NOT_AVAILABLE')
  const log: string[] = []
  const note = (name: string): void => void send(given, name, 'x'.repeat(800)).then(() => log.push(name))
  for (const name of ['orders', 'users', 'late']) note(name)
  given.settle()
  given.errors.clear()
  given.pass(100)
  note('orders')
  for (let batch = 0; batch < 4; batch++) {
    given.report(batch)
    await turns()
  }
  expect(log).toEqual(['orders', 'users', 'late', 'orders'])
})

// KafkaProducer.doSend: the topic and the size are looked at before memory is allocated.
test('a record that can never be sent waits for no memory', async () => {
  const given = new GivenProducer({}, { bufferBytes: 1024 })
  given.errors.set('secret', 'TOPIC_AUTHORIZATION_FAILED').set('secret-too', 'TOPIC_AUTHORIZATION_FAILED')
  for (const topic of ['orders', 'secret', 'secret-too']) given.front.topic(topic)
  given.settle()
  for (let waiting = 0; waiting < 2; waiting++) void send(given, 'orders', 'x'.repeat(800))
  const toNoTime = given.producer.send({ topic: 'orders', messages: [{ value: 'v', timestamp: -1 }] })
  await expect(send(given, 'orders', 'x'.repeat(2 ** 20))).resolves.toContain('more than max.request.size')
  await expect(toNoTime).rejects.toThrow('Cannot send a record with the timestamp -1')
  await expect(send(given, 'secret')).resolves.toContain('TOPIC_AUTHORIZATION_FAILED')
  expect(() => given.producer.produce({ topic: 'secret-too', value: 'v' })).toThrow('Records for the topic')
})

test('a record that can never be sent waits for no memory either when it had to wait for its topic', async () => {
  const given = new GivenProducer({}, { bufferBytes: 1024 })
  for (let waiting = 0; waiting < 2; waiting++) void send(given, 'orders', 'x'.repeat(800))
  given.settle()
  given.errors.set('secret', 'TOPIC_AUTHORIZATION_FAILED')
  const refused = [send(given, 'secret'), send(given, 'secret'), send(given, 'users', 'x'.repeat(2 ** 20))]
  given.settle()
  const [first, second, third] = await Promise.all(refused)
  expect([first, second]).toEqual(Array(2).fill(expect.stringContaining('TOPIC_AUTHORIZATION_FAILED')))
  expect(third).toContain('more than max.request.size')
})

test('every call that an end makes fail fails with an error of its own', async () => {
  const given = new GivenProducer({}, { bufferBytes: 1024 })
  given.errors.set('late', 'LEADER_NOT_AVAILABLE')
  const messages = [{ value: 'x'.repeat(800) }]
  const sent = ['orders', 'orders', 'orders', 'late', 'late'].map((topic) => given.producer.send({ topic, messages }))
  given.settle()
  const cause = new Error('the cause')
  given.front.end(new WorkerDiedError('It has ended', { cause }))
  sent.push(given.producer.send({ topic: 'orders', messages }), given.producer.send({ topic: 'orders', messages }))
  const errors = await Promise.all(sent.map((promise) => promise.catch((error: Error) => error)))
  expect(new Set(errors).size).toBe(7)
  for (const error of errors) expect(error).toMatchObject({ name: 'WorkerDiedError', message: 'It has ended', cause })
})

test('a flush waits for the sends that wait, and is not kept waiting by a send that came later', async () => {
  const given = new GivenProducer()
  given.errors.set('late', 'LEADER_NOT_AVAILABLE').set('later', 'LEADER_NOT_AVAILABLE')
  void send(given, 'late')
  given.settle()
  let isFlushed = false
  void given.producer.flush().then(() => (isFlushed = true))
  void send(given, 'later')
  await turns()
  given.errors.delete('late')
  given.pass(100)
  await turns()
  expect(isFlushed).toBe(false)
  given.report(0)
  await turns()
  expect(isFlushed).toBe(true)
})

test('a record that waits is serialized once', async () => {
  let calls = 0
  const value = (_: string, input: number): string => `${input}${calls++}`
  const given = new GivenProducer<number>({}, {}, { value })
  const sent = given.producer.send({ topic: 'orders', messages: [{ value: 1 }, { value: 2 }] })
  given.settle()
  given.report(0)
  await sent
  expect(calls).toBe(2)
})

// KafkaProducer.doSend calls `partition` before it waits for memory.
test('a partitioner is asked once for each record that waits, which goes where it has said', async () => {
  const asked: string[] = []
  const partitioner: Partitioner = ({ value }) => asked.push(String(value).slice(0, 1)) % 2
  const given = new GivenProducer({}, { bufferBytes: 1024 }, {}, partitioner)
  const [first, second, third, fourth] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(800))
  const messages = [{ value: first! }, { value: second! }, { value: third!, partition: 0 }, { value: fourth! }]
  const sent = given.producer.send({ topic: 'orders', messages })
  for (let batch = 0; batch < 4; batch++) {
    for (let turn = 0; turn < 5; turn++) given.settle()
    given.report(batch)
  }
  expect((await sent).map(({ partition }) => partition)).toEqual([1, 0, 0, 1])
  expect(asked).toEqual(['a', 'b', 'd'])
})

test('a record that found no room leaves its turn in the round to the next', () => {
  const given = new GivenProducer({ 'partitioner.class': 'RoundRobinPartitioner' }, { bufferBytes: 1024 })
  given.front.topic('orders')
  given.settle()
  const partitions: (number | undefined)[] = []
  const produce = (): boolean =>
    given.producer.produce({ topic: 'orders', value: 'x'.repeat(800) }, (_, record) =>
      partitions.push(record?.partition),
    )
  expect(produce()).toBe(false)
  expect(produce).toThrow('buffer.memory')
  given.report(0)
  produce()
  given.report(1)
  expect(partitions).toEqual([0, 1])
})

test('a topic that is known is asked for again without creating it, and forgotten when it was not used since', () => {
  const given = new GivenProducer({ 'metadata.max.age.ms': 1000 })
  given.front.topic('orders')
  given.settle()
  for (let age = 0; age < 3; age++) given.pass(1000)
  expect(given.asked.map(({ allowAutoTopicCreation }) => allowAutoTopicCreation)).toEqual([true, false])
})

test('a topic that was deleted is asked for again, and may be created, when it is used', async () => {
  const given = new GivenProducer({ 'metadata.max.age.ms': 1000 })
  given.front.topic('orders')
  given.settle()
  given.errors.set('orders', 'UNKNOWN_TOPIC_OR_PARTITION')
  given.pass(1000)
  given.errors.clear()
  const sent = send(given, 'orders')
  given.settle()
  given.report(0)
  expect(await sent).toBe(0)
  expect(given.asked.map(({ allowAutoTopicCreation }) => allowAutoTopicCreation)).toEqual([true, false, true])
})

test('topics are asked for again when one of them turns out to be another one', () => {
  const given = new GivenProducer()
  given.front.topic('orders')
  given.settle()
  given.given.shared.noteTopicChange()
  given.settle()
  given.settle()
  expect(given.asked.map(({ allowAutoTopicCreation }) => allowAutoTopicCreation)).toEqual([true, false])
})
