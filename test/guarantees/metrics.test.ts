import { describe, expect, test } from 'vitest'
import { PRODUCER_METRICS, PRODUCER_TOPIC_METRICS, type Producer, type ProducerMetrics } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, values } from '../support/given.js'

/** A linger that no test outlives. */
const FOR_EVER = { 'linger.ms': 80_000 }
const SENT = values(1000, 'a value of some length ')

/** Sends values as one batch, in one request. */
async function sendOnce(cluster: GivenCluster, producer: Producer, texts: readonly string[]): Promise<void> {
  const sent = producer.send({ topic: 'orders', messages: texts.map((value) => ({ value })) })
  await cluster.run(Promise.all([sent, producer.flush()]))
}

describe.each(HOSTS)('the metrics of a producer (%s)', (host) => {
  test('totals are what was sent, in all and for each topic, and nothing is left in flight or in memory', async () => {
    const cluster = await given({ host, topics: { orders: 3, payments: 1 } })
    const producer = cluster.producer({ 'batch.size': 1024 })

    await cluster.send(producer, 'orders', SENT)
    await cluster.send(producer, 'payments', SENT.slice(0, 10))

    const { bytes, batches, requests } = producer.totals()
    const metrics = producer.metrics()
    expect(metrics).toMatchObject({
      'record-send-total': 1010,
      'byte-total': bytes,
      'outgoing-byte-total': bytes,
      'request-total': requests,
      'batch-size-avg': bytes / batches,
      'records-per-request-avg': 1010 / requests,
      'compression-rate-avg': 1,
      'record-retry-total': 0,
      'record-error-total': 0,
      'requests-in-flight': 0,
      'connection-count': 1,
      'waiting-threads': 0,
      'buffer-total-bytes': 33_554_432,
      'buffer-available-bytes': 33_554_432,
      topics: { orders: { 'record-send-total': 1000 }, payments: { 'record-send-total': 10, 'compression-rate': 1 } },
    })
    const { orders, payments } = metrics.topics
    expect(orders!['byte-total'] + payments!['byte-total']).toBe(bytes)
    expect(metrics['batch-size-max']).toBeLessThanOrEqual(1024)
    expect(metrics['record-size-max']).toBeGreaterThanOrEqual(metrics['record-size-avg'])
    expect(metrics['record-queue-time-max']).toBeGreaterThanOrEqual(metrics['record-queue-time-avg'])
    expect(metrics['request-latency-max']).toBeGreaterThanOrEqual(metrics['request-latency-avg'])
    expect(metrics['record-send-rate']).toBeGreaterThan(0)
  })

  test('a batch that is sent again counts as sent once more, and as retried', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'retry.backoff.ms': 1, ...FOR_EVER })
    await cluster.addFault({ api: 'Produce', action: 'error', error: 'NOT_ENOUGH_REPLICAS', once: true })

    await sendOnce(cluster, producer, SENT.slice(0, 10))

    const { bytes } = producer.totals()
    const twice = {
      'record-send-total': 20,
      'byte-total': 2 * bytes,
      'record-retry-total': 10,
      'record-error-total': 0,
    }
    expect(producer.metrics()).toMatchObject({ ...twice, 'request-total': 2, topics: { orders: twice } })
  })

  test('records that are given up or refused count as errors', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'max.request.size': 2000, ...FOR_EVER })
    await cluster.addFault({ api: 'Produce', action: 'error', error: 'INVALID_RECORD', once: true })

    await expect(sendOnce(cluster, producer, SENT.slice(0, 10))).rejects.toMatchObject({ code: 'INVALID_RECORD' })
    await expect(cluster.send(producer, 'orders', [Buffer.alloc(4000)])).rejects.toThrow('max.request.size')
    await expect(cluster.send(producer, { topic: 'orders', partition: 7 }, ['v'])).rejects.toThrow('partition 0 alone')

    expect(producer.metrics()).toMatchObject({
      'record-error-total': 12,
      topics: { orders: { 'record-send-total': 10, 'record-error-total': 10, 'record-retry-total': 0 } },
    })
  })

  test('the rates of compression are below 1 with gzip, and bytes are those that were sent', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ 'compression.type': 'gzip', ...FOR_EVER })

    await sendOnce(cluster, producer, SENT.slice(0, 100))

    const { compressionRates, bytes } = producer.totals()
    expect(compressionRates).toBeLessThan(1)
    const metrics = producer.metrics()
    expect(metrics).toMatchObject({
      'compression-rate-avg': compressionRates,
      'byte-total': bytes,
      topics: { orders: { 'compression-rate': compressionRates, 'byte-total': bytes } },
    })
    // A record is as large as it was written, and the batch is smaller than all of them.
    expect(metrics['record-size-avg']).toBeGreaterThan(SENT[0]!.length)
    expect(metrics['batch-size-avg']).toBeLessThan(100 * metrics['record-size-avg'])
  })

  // Sender.completeBatch: a split is no retry; the parts are sent as other batches are.
  test('a batch that is too large counts as split, and its records as sent once more, in parts', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer(FOR_EVER)
    await cluster.addFault({ api: 'Produce', action: 'error', error: 'MESSAGE_TOO_LARGE', once: true })

    await sendOnce(cluster, producer, SENT.slice(0, 10))

    const { bytes } = producer.totals()
    const metrics = producer.metrics()
    expect(metrics).toMatchObject({
      'batch-split-total': 1,
      'record-send-total': 20,
      'record-retry-total': 0,
      'record-error-total': 0,
      'compression-rate-avg': 1,
      topics: { orders: { 'record-send-total': 10, 'record-retry-total': 0, 'compression-rate': 1 } },
    })
    expect(metrics['batch-split-rate']).toBeGreaterThan(0)
    // Both parts have a header.
    expect(metrics.topics.orders!['byte-total']).toBe(bytes + 61)
    expect(metrics['byte-total']).toBe(2 * bytes + 61)
  })

  test('a request is in flight until it is answered', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.addFault({ api: 'Produce', action: 'delay', delayMs: 20, once: true })

    const sent = cluster.send(producer, 'orders', ['v'])
    await cluster.until(() => producer.metrics()['requests-in-flight'] === 1)
    expect(producer.metrics()).toMatchObject({ 'request-total': 1, 'request-latency-max': Number.NaN })
    await cluster.run(sent)

    expect(producer.metrics()['requests-in-flight']).toBe(0)
  })

  // Avg.combine, Max.combine: count == 0 ? Double.NaN
  test('averages and maxima of nothing are NaN, rates and totals are 0', async () => {
    const cluster = await given({ host })

    const { topics, ...metrics } = cluster.producer().metrics()

    expect(topics).toEqual({})
    expect(Object.keys(metrics)).toEqual(Object.keys(PRODUCER_METRICS))
    for (const [name, value] of Object.entries(metrics)) {
      if (/-(avg|max)$/.test(name)) expect([name, value]).toEqual([name, Number.NaN])
      else if (/-(rate|total|ratio)$/.test(name)) expect([name, value]).toEqual([name, 0])
    }
  })

  test('requests with acks=0, which nobody answers, are not in flight', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer({ acks: 0 })

    await cluster.send(producer, 'orders', SENT)

    expect(producer.metrics()).toMatchObject({ 'record-send-total': 1000, 'requests-in-flight': 0 })
    expect(producer.metrics()['request-latency-avg']).toBe(Number.NaN)
  })
})

describe('in the simulation', () => {
  /** Ten records of 109 bytes in two batches with a header of 61, after a linger of 20 ms. */
  async function givenTenSent(): Promise<() => ProducerMetrics> {
    const cluster = await given({ host: 'simulation', topics: { orders: 2 } })
    const producer = cluster.producer({ 'linger.ms': 20 })
    const messages = Array.from({ length: 10 }, (_, number) => ({ value: Buffer.alloc(100), partition: number % 2 }))
    await cluster.run(producer.send({ topic: 'orders', messages }))
    return () => producer.metrics()
  }

  test('times and sizes are exact', async () => {
    const metrics = await givenTenSent()

    expect(metrics()).toMatchObject({
      'batch-size-avg': 606,
      'batch-size-max': 606,
      'record-size-avg': 109,
      'record-size-max': 109,
      'records-per-request-avg': 10,
      'record-queue-time-avg': 20,
      'record-queue-time-max': 20,
    })
    expect(metrics()['record-send-rate']).toBeCloseTo(10 / 30, 5)
  })

  test('the same run again gives the same numbers', async () => {
    const [first, again] = [await givenTenSent(), await givenTenSent()]

    expect(first()).toEqual(again())
    expect(Object.keys(first().topics.orders!)).toEqual(Object.keys(PRODUCER_TOPIC_METRICS))
  })

  test('rates, averages and maxima forget what is older than the window, totals do not', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const options = { 'metrics.sample.window.ms': 100, 'metrics.num.samples': 3 }
    const producer = cluster.producer(options)
    await cluster.send(producer, 'orders', SENT)
    expect(producer.metrics()['record-send-rate']).toBeCloseTo(1000 / 0.2, -1)

    await cluster.simulated.advance(300)

    expect(producer.metrics()).toMatchObject({
      'record-send-rate': 0,
      'record-send-total': 1000,
      'request-latency-max': Number.NaN,
      'batch-size-avg': Number.NaN,
    })
  })
})
