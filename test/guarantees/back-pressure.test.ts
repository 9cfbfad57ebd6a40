import { describe, expect, test } from 'vitest'
import { type Consumer, type KafkaError, type KeptRecord, type Producer, TimeoutError } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

const ORDERS = { topic: 'orders', partition: 0 }
const SENT = values(1000, 'a value of some length ')
const SMALL_BUFFER = { 'batch.size': 1024, 'buffer.memory': 4096 }
const SMALL_LOG = { 'segment.bytes': 4096, 'retention.bytes': 8192, 'odradek.log.full': 'block' } as const

interface FullLog {
  readonly cluster: GivenCluster
  readonly consumer: Consumer
  readonly producer: Producer
  /** What the consumer has read. */
  readonly read: KeptRecord[]
}

/** A log that will be as full as it may get, because its one consumer is paused; and a producer that knows it. */
async function givenPausedReader(host: HostName, config = {}): Promise<FullLog> {
  const topics = { orders: { numPartitions: 1, configs: SMALL_LOG } }
  const cluster = await given({ host, 'log.segment.bytes': 4096, topics })
  const consumer = cluster.consumer({ 'max.partition.fetch.bytes': 1000 })
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  const read = await cluster.collect(consumer)
  // A broker knows of a reader once it has fetched.
  await cluster.send(cluster.producer(), 'orders', ['first'])
  await cluster.until(() => read.length === 1)
  await cluster.run(consumer.pause([ORDERS]))
  const producer = cluster.producer({ ...SMALL_BUFFER, ...config })
  await cluster.hearOf(producer, 'orders')
  return { cluster, consumer, producer, read }
}

function firstRejection(promises: readonly Promise<unknown>[]): Promise<KafkaError> {
  return new Promise((resolve) => {
    for (const promise of promises) promise.catch(resolve)
  })
}

describe.each(HOSTS)('back pressure (%s)', (host) => {
  // stream.Writable.write: false means that the chunk was taken, and that the caller should wait for 'drain'.
  test('produce says false when less than a batch is free, has taken the record, and drain tells when to go on', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer(SMALL_BUFFER)
    await cluster.send(producer, 'orders', ['first'])
    let waits = 0
    let drains = 0
    producer.on('drain', () => (drains += 1))

    for (const value of SENT) {
      if (producer.produce({ topic: 'orders', value })) continue
      waits += 1
      await cluster.run(producer.drained())
    }
    await cluster.run(producer.flush())

    expect(waits).toBeGreaterThan(0)
    expect(drains).toBe(waits)
    expect(textsOf(await cluster.readAll('orders'))).toEqual(['first', ...SENT])
  })

  test('a caller that goes on after false is thrown at for each record that finds no room, and loses no other', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer(SMALL_BUFFER)
    await cluster.hearOf(producer, 'orders')
    const taken: string[] = []
    const errors: unknown[] = []

    for (const value of SENT) {
      try {
        producer.produce({ topic: 'orders', value })
        taken.push(value)
      } catch (error) {
        errors.push(error)
      }
    }
    await cluster.run(producer.flush())

    expect(errors[0]).toBeInstanceOf(TimeoutError)
    expect(errors[0]).toMatchObject({ name: 'BufferExhaustedError', code: 'BUFFER_EXHAUSTED', retriable: true })
    expect(taken.length + errors.length).toBe(SENT.length)
    expect(textsOf(await cluster.readAll('orders'))).toEqual(taken)
  })

  test('a record larger than a batch that finds no room can be given again after drained', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer(SMALL_BUFFER)
    await cluster.hearOf(producer, 'orders')
    const large = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(2000))

    for (const value of large) {
      for (let isTaken = false; !isTaken; ) {
        try {
          producer.produce({ topic: 'orders', value })
          isTaken = true
        } catch (error) {
          expect(error).toMatchObject({ code: 'BUFFER_EXHAUSTED' })
          await cluster.run(producer.drained())
        }
      }
    }
    await cluster.run(producer.flush())

    expect(textsOf(await cluster.readAll('orders'))).toEqual(large)
  })

  test('sends that find no memory wait, first come first served', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer(SMALL_BUFFER)
    await cluster.run(Promise.all(SENT.map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))))

    expect(textsOf(await cluster.readAll('orders'))).toEqual(SENT)
  })

  // ProducerConfig max.block.ms: the timeout bounds the time waiting for both metadata fetch and buffer allocation.
  // BufferExhaustedException is a TimeoutException.
  test('a send that finds no memory within max.block.ms fails and says which memory', async () => {
    const { cluster, producer } = await givenPausedReader(host, { 'max.block.ms': 60 })

    const sends = SENT.map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))
    const error = await cluster.run(firstRejection(sends))

    expect(error).toMatchObject({ name: 'BufferExhaustedError', code: 'REQUEST_TIMED_OUT', retriable: true })
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.message).toContain('buffer.memory')
    expect(error.message).toContain('max.block.ms (60 ms)')
  })

  test('a send whose topic nobody knows fails with its error, not with a timeout', async () => {
    const cluster = await given({ host, 'auto.create.topics.enable': false })
    const sent = cluster.producer({ 'max.block.ms': 5000 }).send({ topic: 'nowhere', messages: [{ value: 'v' }] })
    await expect(cluster.run(sent)).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  test('with odradek.log.full=block a slow consumer loses nothing', async () => {
    const { cluster, consumer, producer, read } = await givenPausedReader(host)

    const sending = Promise.all(SENT.map((value) => producer.send({ topic: 'orders', messages: [{ value }] })))
    while (read.length < 1 + SENT.length) {
      const before = read.length
      await cluster.run(consumer.resume([ORDERS]))
      await cluster.until(() => read.length > before)
      await cluster.run(consumer.pause([ORDERS]))
    }
    await cluster.run(sending)

    expect(textsOf(read)).toEqual(['first', ...SENT])
  })

  test('with odradek.log.full=block a producer stands still until the consumer reads', async () => {
    const { cluster, consumer, producer, read } = await givenPausedReader(host, { 'max.block.ms': 60 })
    const sends = SENT.map((value) => producer.send({ topic: 'orders', messages: [{ value }] }))
    await cluster.run(firstRejection(sends))

    await cluster.run(consumer.resume([ORDERS]))
    const settled = await cluster.run(Promise.allSettled(sends))
    // Each send waits from its own call on, so those that were called later may still find what the reader has freed.
    const taken = SENT.filter((_, index) => settled[index]?.status === 'fulfilled')
    await cluster.until(() => read.length === 1 + taken.length)

    expect(taken.length).toBeLessThan(SENT.length)
    expect(textsOf(read)).toEqual(['first', ...taken])
  })

  test('with odradek.log.full=block a partition that is not assigned any more waits for nobody', async () => {
    const { cluster, consumer, producer } = await givenPausedReader(host)
    await cluster.run(consumer.unsubscribe())

    await cluster.send(producer, 'orders', SENT)
  })

  test('with odradek.log.full=block a partition waits for the member that has it now, and loses nothing on the way', async () => {
    const topics = { orders: { numPartitions: 2, configs: SMALL_LOG } }
    const cluster = await given({ host, 'log.segment.bytes': 4096, topics })
    const join = async (): Promise<{ consumer: Consumer; read: KeptRecord[] }> => {
      const consumer = cluster.consumer({ 'group.id': 'tea', 'auto.offset.reset': 'earliest' })
      await cluster.run(consumer.subscribe({ topic: 'orders' }))
      return { consumer, read: await cluster.collect(consumer) }
    }
    const first = await join()
    const producer = cluster.producer(SMALL_BUFFER)
    for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, ['first'])
    await cluster.until(() => first.read.length === 2)

    const second = await join()
    for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, SENT)
    await cluster.until(() => first.read.length + second.read.length === 2 + 2 * SENT.length)

    expect(second.consumer.assignment).toHaveLength(1)
    expect(textsOf([...first.read, ...second.read]).sort()).toEqual(['first', 'first', ...SENT, ...SENT].sort())
  })

  test('with odradek.log.full=delete the oldest records go, and a reader is told when it has read what it had fetched', async () => {
    const configs = { ...SMALL_LOG, 'odradek.log.full': 'delete' as const }
    const cluster = await given({ host, 'log.segment.bytes': 4096, topics: { orders: { numPartitions: 1, configs } } })
    const producer = cluster.producer({ 'batch.size': 1024 })
    await cluster.send(producer, 'orders', values(100))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([{ ...ORDERS, offset: 0 }]))
    await cluster.run(consumer.pause([ORDERS]))

    for (let lap = 0; lap < 10; lap++) await cluster.send(producer, 'orders', values(200, `lap ${lap} `))
    await cluster.run(consumer.resume([ORDERS]))

    // What was fetched before the pause is kept, and lent: the broker waits for nobody else.
    const readOn = async (): Promise<void> => {
      while ((await consumer.poll(10_000)) !== null);
    }
    await expect(cluster.run(readOn())).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
  })
})
