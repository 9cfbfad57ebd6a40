/**
 * Records for a partition that a producer has not heard of: it may have been added since (`createPartitions`). Kafka:
 * `KafkaProducer.waitOnMetadata`.
 */
import { expect, test } from 'vitest'
import { GivenProducer } from './given-producer.js'

const RETRY_BACKOFF_MS = 100

/** A producer that knows two partitions of `orders`, after its metadata may be asked for again. */
function givenTopic(...parameters: ConstructorParameters<typeof GivenProducer<string>>): GivenProducer<string> {
  const given = new GivenProducer<string>(...parameters)
  given.front.topic('orders')
  given.settle()
  given.pass(RETRY_BACKOFF_MS)
  return given
}

/** Nobody answers what is asked about the topic, until it has so many partitions. */
const hold = (given: GivenProducer<string>): void => void given.errors.set('orders', 'LEADER_NOT_AVAILABLE')
function grow(given: GivenProducer<string>, count: number): void {
  given.errors.clear()
  given.partitionCount = count
}

const send = (given: GivenProducer<string>, ...partitions: number[]): Promise<unknown> => {
  const messages = partitions.map((partition) => ({ value: `to ${partition}`, partition }))
  return given.producer.send({ topic: 'orders', messages }).then(
    (taken) => taken.map(({ partition, baseOffset }) => [partition, baseOffset]),
    (error: unknown) => error,
  )
}

test('a send to a partition that was added since asks for metadata at once, and is written', async () => {
  const given = givenTopic()
  given.partitionCount = 4
  const sent = send(given, 3)
  given.settle()
  expect(given.asked).toHaveLength(2)
  given.report(0)
  expect(await sent).toEqual([[3, 0]])
})

test('a producer asks again, after retry.backoff.ms each time, until it is answered', async () => {
  const given = givenTopic()
  hold(given)
  const sent = send(given, 2)
  given.settle()
  for (let again = 0; again < 3; again++) given.pass(RETRY_BACKOFF_MS)
  expect(given.asked).toHaveLength(5)
  grow(given, 3)
  given.pass(RETRY_BACKOFF_MS)
  given.report(0)
  expect(await sent).toEqual([[2, 0]])
})

test('a producer whose records have found their partitions asks as seldom as before', async () => {
  const given = givenTopic()
  given.partitionCount = 3
  const sent = send(given, 2)
  given.settle()
  given.report(0)
  await sent
  given.pass(60_000)
  expect(given.asked).toHaveLength(2)
})

test('a send to a partition that is not there says what there is, when it was asked for', async () => {
  const given = givenTopic()
  const sent = send(given, 7)
  expect(given.asked).toHaveLength(1)
  given.settle()
  const says = "The topic 'orders' has partitions 0 to 1, not 7"
  expect(await sent).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION', message: says })
  expect([given.asked.length, given.front.hasPending]).toEqual([2, false])
})

test('it says so after max.block.ms where nobody answers', async () => {
  const given = givenTopic({ 'max.block.ms': 1000 })
  hold(given)
  const sent = send(given, 7)
  given.settle()
  given.pass(1000)
  expect(await sent).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  expect(given.front.hasPending).toBe(false)
})

test('records that wait for a partition hold up no others of their topic, and a flush waits for them', async () => {
  const given = givenTopic()
  hold(given)
  const late = send(given, 2)
  given.settle()
  const sent = send(given, 1)
  given.report(0)
  expect(await sent).toEqual([[1, 0]])
  let isFlushed = false
  const flushed = given.producer.flush().then(() => {
    isFlushed = true
  })
  grow(given, 3)
  given.pass(RETRY_BACKOFF_MS)
  expect(isFlushed).toBe(false)
  given.report(1)
  await flushed
  expect(await late).toEqual([[2, 0]])
})

test('records that waited for a partition are written in their order, and before those that come later', () => {
  const given = givenTopic()
  hold(given)
  const log: string[] = []
  const produce = (value: string): void => {
    const told = (error: unknown, record: { readonly offset: number } | null): void => {
      log.push(`${value} ${record?.offset ?? error}`)
    }
    given.producer.produce({ topic: 'orders', value, partition: 2 }, told)
  }
  produce('first')
  produce('then')
  given.settle()
  produce('later')
  grow(given, 3)
  given.pass(RETRY_BACKOFF_MS)
  produce('last')
  given.report(0)
  expect(log).toEqual(['first 0', 'then 1', 'later 2', 'last 3'])
})

test('a send goes on when its topic has more partitions, and asks for those that it names besides', async () => {
  const given = givenTopic()
  given.partitionCount = 3
  const sent = send(given, 2, 3)
  given.settle()
  given.partitionCount = 4
  given.pass(RETRY_BACKOFF_MS)
  given.report(0)
  given.report(1)
  expect(await sent).toEqual([
    [2, 0],
    [3, 0],
  ])
})

test('a send that has waited for memory leaves it to others while its next record waits for a partition', async () => {
  const given = givenTopic({}, { bufferBytes: 1024 })
  hold(given)
  const first = send(given, 0)
  const both = send(given, 1, 2)
  const behind = send(given, 1)
  given.report(0)
  expect(await first).toEqual([[0, 0]])
  expect(given.front.waitingForMemory).toBe(0)
  given.report(1)
  expect(await behind).toEqual([[1, 1]])
  grow(given, 3)
  given.pass(RETRY_BACKOFF_MS)
  given.report(2)
  expect(await both).toEqual([
    [1, 0],
    [2, 0],
  ])
})

test('records that wait for a partition of a topic that is deleted meanwhile fail', async () => {
  const given = givenTopic()
  const sent = send(given, 2)
  given.errors.set('orders', 'UNKNOWN_TOPIC_OR_PARTITION')
  given.settle()
  expect(await sent).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
})

test('records that wait for a partition fail when the producer ends', async () => {
  const given = givenTopic()
  hold(given)
  const sent = send(given, 2)
  given.settle()
  await given.producer.close({ timeoutMs: 0 }).catch(() => {})
  expect(await sent).toMatchObject({ name: 'ClosedError' })
})
