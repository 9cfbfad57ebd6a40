import { describe, expect, test } from 'vitest'
import type { GivenProducerOptions, Producer } from '../../src/index.js'
import { type GivenCluster, type GivenOptions, given, HOSTS, type HostName, values } from '../support/given.js'

/** A linger that no test outlives. */
const FOR_EVER = { 'linger.ms': 80_000 }

/** A producer that knows the topic `orders` and has not sent anything. */
async function givenProducer(
  host: HostName,
  config: GivenProducerOptions,
  options: Partial<GivenOptions> = {},
): Promise<{ cluster: GivenCluster; producer: Producer }> {
  const cluster = await given({ host, topics: { orders: 1 }, ...options })
  const producer = cluster.producer(config)
  await cluster.hearOf(producer, 'orders')
  return { cluster, producer }
}

function produce(producer: Producer, count: number, bytes: number, partition = 0): void {
  for (let number = 0; number < count; number++) {
    expect(producer.produce({ topic: 'orders', partition, value: Buffer.alloc(bytes, number) })).toBe(true)
  }
}

describe.each(HOSTS)('when a batch leaves (%s)', (host) => {
  // ProducerConfig linger.ms: once we get batch.size worth of records for a partition it will be sent immediately
  // regardless of this setting.
  test('a full batch leaves at once, and the one behind it waits', async () => {
    const { cluster, producer } = await givenProducer(host, { ...FOR_EVER, 'batch.size': 1000 })

    produce(producer, 12, 100)
    await cluster.until(() => producer.totals().answered === 1)

    expect(producer.totals()).toMatchObject({
      batches: 1,
      records: 8,
      batchesByReason: { full: 1, linger: 0, flush: 0 },
    })
    await cluster.run(producer.flush())
    expect(producer.totals()).toMatchObject({ batches: 2, records: 12, batchesByReason: { full: 1, flush: 1 } })
  })

  // KafkaProducer.flush: makes all buffered records immediately available to send, even if linger.ms is greater than 0,
  // and blocks on the completion of the requests associated with these records.
  test('a flush sends everything at once, and resolves when it is acknowledged', async () => {
    const { cluster, producer } = await givenProducer(host, FOR_EVER, { topics: { orders: 3 } })
    let delivered = 0

    for (let partition = 0; partition < 3; partition++) {
      producer.produce({ topic: 'orders', partition, value: 'v' }, () => (delivered += 1))
    }
    await cluster.run(producer.flush())

    expect(delivered).toBe(3)
    expect(producer.totals()).toMatchObject({ batches: 3, batchesByReason: { flush: 3 } })
    expect(await cluster.readAll('orders')).toHaveLength(3)
  })

  test('a flush does not wait for records that are given after it', async () => {
    const { cluster, producer } = await givenProducer(host, FOR_EVER, { topics: { orders: 2 } })
    produce(producer, 1, 10, 0)
    const flushed = producer.flush()
    await cluster.run(flushed)

    produce(producer, 1, 10, 1)

    expect(producer.totals().records).toBe(1)
    await cluster.run(producer.flush())
    expect(producer.totals().records).toBe(2)
  })

  // KafkaProducer.close: waits until all previously sent requests complete.
  test('closing sends what is left', async () => {
    const { cluster, producer } = await givenProducer(host, FOR_EVER)
    produce(producer, 5, 10)

    await cluster.run(producer.close())

    expect(producer.totals()).toMatchObject({ batches: 1, records: 5 })
    expect(await cluster.readAll('orders')).toHaveLength(5)
  })

  // RecordAccumulator.ready: a batch is ready when the pool is exhausted, that is, when threads wait for memory.
  test('when somebody waits for memory, batches leave though they are not full', async () => {
    const config = { ...FOR_EVER, 'batch.size': 1024, 'buffer.memory': 4096 }
    const { cluster, producer } = await givenProducer(host, config, { topics: { orders: 6 } })
    for (let partition = 0; partition < 3; partition++) produce(producer, 1, 10, partition)
    expect(producer.produce({ topic: 'orders', partition: 3, value: 'the last batch' })).toBe(false)
    expect(() => producer.produce({ topic: 'orders', partition: 4, value: 'no memory' })).toThrow('buffer.memory')

    await cluster.run(producer.drained())
    // One batch that came back is enough to go on; with all four there is room for the next one, too.
    await cluster.until(() => producer.metrics()['buffer-available-bytes'] === 4096)

    expect(producer.produce({ topic: 'orders', partition: 4, value: 'memory' })).toBe(true)
    expect(producer.totals().batchesByReason).toMatchObject({ full: 0, linger: 0, flush: 0 })
    expect(producer.totals().batchesByReason.memory).toBeGreaterThan(0)
  })

  // RecordAccumulator.drain: at most one batch of each partition in a request.
  test('a request takes at most one batch of each partition', async () => {
    const { cluster, producer } = await givenProducer(host, { 'batch.size': 200 })

    produce(producer, 100, 100)
    await cluster.run(producer.flush())

    const { batches, requests } = producer.totals()
    expect(batches).toBe(100)
    expect(requests).toBe(100)
  })

  test('batches of several partitions with one leader share a request', async () => {
    const { cluster, producer } = await givenProducer(host, FOR_EVER, { topics: { orders: 5 } })

    for (let partition = 0; partition < 5; partition++) produce(producer, 3, 10, partition)
    await cluster.run(producer.flush())

    const { batches, requests } = producer.totals()
    expect(batches).toBe(5)
    // The sender may come by while they are given: on threads, two requests can carry them.
    if (host === 'simulation') expect(requests).toBe(1)
    else expect(requests).toBeLessThan(5)
  })

  // ProducerConfig batch.size: a batch size of zero will disable batching entirely. (KafkaProducer: Math.max(1,
  // batch.size) bytes.)
  test('with batch.size 0 every record is a batch, and what is read is the same', async () => {
    const cluster = await given({ host, topics: { single: 2, batched: 2 } })
    const messages = values(60).map((value, n) => ({
      key: `key ${n % 5}`,
      value: n === 7 ? 'x'.repeat(5000) : value,
      headers: [{ key: 'n', value: `${n}` }],
      timestamp: 1_000_000 + n,
    }))
    const single = cluster.producer({ ...FOR_EVER, 'batch.size': 0 })
    const batched = cluster.producer({ 'linger.ms': 1 })

    await cluster.run(Promise.all([single.send({ topic: 'single', messages }), single.flush()]))
    await cluster.run(batched.send({ topic: 'batched', messages }))

    expect(single.totals()).toMatchObject({ batches: 60, records: 60, batchesByReason: { linger: 0 } })
    expect(batched.totals().batches).toBeLessThan(60)
    const read = async (topic: string): Promise<object[][]> => {
      const records = await cluster.readAll(topic)
      const shown = records.map(({ partition, offset, key, value, headers, timestamp }) => {
        return { partition, offset, key, value, headers, timestamp }
      })
      return [0, 1].map((partition) => shown.filter((record) => record.partition === partition))
    }
    expect(await read('single')).toEqual(await read('batched'))
  })

  // RecordAccumulator.append: allocates max(batch.size, the size of this record).
  test('a record larger than batch.size gets a batch of its own', async () => {
    const { cluster, producer } = await givenProducer(host, { ...FOR_EVER, 'batch.size': 1024 })
    const large = Buffer.alloc(50_000, 7)

    produce(producer, 2, 10)
    producer.produce({ topic: 'orders', value: large })
    produce(producer, 2, 10)
    await cluster.run(producer.flush())

    const read = await cluster.readAll('orders')
    expect(read.map(({ value }) => value?.length)).toEqual([10, 10, 50_000, 10, 10])
    expect(read[2]?.value?.equals(large)).toBe(true)
  })

  // ProducerConfig max.in.flight.requests.per.connection: the maximum number of unacknowledged requests the client will
  // send on a single connection before blocking.
  test.each([1, 3])('at most %i requests are in flight on one connection', async (inFlight) => {
    const { cluster, producer } = await givenProducer(host, {
      'batch.size': 100,
      'max.in.flight.requests.per.connection': inFlight,
    })

    produce(producer, 200, 60)
    await cluster.run(producer.flush())

    const { requests, inFlightSum } = producer.totals()
    expect(inFlightSum / requests).toBeLessThanOrEqual(inFlight)
    if (inFlight === 1) expect(inFlightSum).toBe(requests)
  })
})

describe('linger.ms, by the simulated clock', () => {
  // ProducerConfig linger.ms: the upper bound on the delay for batching.
  test('a batch that is not full leaves when linger.ms has passed, and not before', async () => {
    const { cluster, producer } = await givenProducer('simulation', { 'linger.ms': 20 })

    produce(producer, 3, 10)
    await cluster.simulated.advance(19.9)
    expect(producer.totals().batches).toBe(0)

    await cluster.simulated.advance(10)
    expect(producer.totals()).toMatchObject({ batches: 1, records: 3, batchesByReason: { linger: 1 } })
  })

  test('the time counts from the first record of the batch', async () => {
    const { cluster, producer } = await givenProducer('simulation', { 'linger.ms': 20 })

    produce(producer, 1, 10)
    await cluster.simulated.advance(15)
    produce(producer, 1, 10)
    await cluster.simulated.advance(15)

    expect(producer.totals()).toMatchObject({ batches: 1, records: 2 })
    expect(producer.totals().queuedMs).toBeGreaterThanOrEqual(20)
  })

  test('with linger.ms 0 nothing waits for company', async () => {
    const { cluster, producer } = await givenProducer('simulation', { 'linger.ms': 0 })

    produce(producer, 1, 10)
    await cluster.simulated.advance(10)

    expect(producer.totals()).toMatchObject({ batches: 1, records: 1, batchesByReason: { linger: 1 } })
  })

  test('each request of a long run holds each partition once', async () => {
    const { cluster, producer } = await givenProducer('simulation', { 'batch.size': 150 }, { topics: { orders: 4 } })
    for (const [number] of values(200).entries()) produce(producer, 1, 60, number % 4)

    await cluster.run(producer.flush())

    const requests = cluster.simulated.trace.text.match(/request Produce #\d+ from \S+: [^<\n]*/g) ?? []
    expect(requests.length).toBeGreaterThan(10)
    for (const request of requests) {
      const partitions = request.match(/\d+-\d+(?= \d+ bytes)/g) ?? []
      expect(new Set(partitions).size).toBe(partitions.length)
    }
  })
})

test.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'a produce that leaves less than a batch makes batches leave at once, whatever linger.ms says (seed %i)',
  async (seed) => {
    const config = { ...FOR_EVER, 'batch.size': 1024, 'buffer.memory': 4096 }
    const { cluster, producer } = await givenProducer('simulation', config, { seed, topics: { orders: 6 } })
    for (let partition = 0; partition < 3; partition++) produce(producer, 1, 10, partition)
    expect(producer.produce({ topic: 'orders', partition: 3, value: 'the last batch' })).toBe(false)
    const before = cluster.simulated.now

    await cluster.run(producer.drained())

    expect(cluster.simulated.now - before).toBeLessThan(100)
  },
)
