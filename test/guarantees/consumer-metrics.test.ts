import { describe, expect, test } from 'vitest'
import {
  CONSUMER_METRICS,
  CONSUMER_PARTITION_METRICS,
  CONSUMER_TOPIC_METRICS,
  type Consumer,
  type ConsumerMetrics,
  type LentBatch,
} from '../../src/index.js'
import { type GivenCluster, given, HOSTS, values } from '../support/given.js'

const GROUP = { 'group.id': 'tea' } as const

/** Polls until so many records have come. */
async function pollAll(cluster: GivenCluster, consumer: Consumer, count: number): Promise<void> {
  for (let left = count; left > 0; ) {
    const batch = await cluster.run(consumer.poll(1_000))
    for (const _ of batch ?? []) left -= 1
  }
}

const partitionOf = ({ partitions }: ConsumerMetrics, number: number) =>
  partitions.find(({ partition }) => partition === number)

describe.each(HOSTS)('the metrics of a consumer (%s)', (host) => {
  test('totals are what was read, in all and for each topic, and nothing lags behind at the end', async () => {
    const cluster = await given({ host, topics: { orders: 2, payments: 1 } })
    const producer = cluster.producer()
    for (const partition of [0, 1]) await cluster.send(producer, { topic: 'orders', partition }, values(10))
    await cluster.send(producer, 'payments', values(5))
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topics: ['orders', 'payments'] }))

    await pollAll(cluster, consumer, 25)

    const metrics = consumer.metrics()
    expect(metrics).toMatchObject({
      'records-consumed-total': 25,
      'assigned-partitions': 3,
      'records-lag-max': 0,
      'commit-total': 0,
      'heartbeat-total': 0,
      'last-heartbeat-seconds-ago': -1,
      'last-rebalance-seconds-ago': -1,
      topics: { orders: { 'records-consumed-total': 20 }, payments: { 'records-consumed-total': 5 } },
    })
    const { orders, payments } = metrics.topics
    expect(orders!['bytes-consumed-total'] + payments!['bytes-consumed-total']).toBe(metrics['bytes-consumed-total'])
    expect(metrics['fetch-total']).toBeGreaterThan(0)
    expect(metrics['records-consumed-rate']).toBeGreaterThan(0)
    expect(metrics['fetch-latency-max']).toBeGreaterThanOrEqual(metrics['fetch-latency-avg'])
    expect(metrics['fetch-size-max']).toBeGreaterThanOrEqual(metrics['fetch-size-avg'])
    expect(metrics.partitions).toHaveLength(3)
    for (const partition of metrics.partitions)
      expect(partition).toMatchObject({ 'records-lag': 0, 'records-lag-max': 0 })
  })

  test('a member counts its rebalances, its commits and its callbacks', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(3))
    const consumer = cluster.consumer({ ...GROUP, 'enable.auto.commit': false })
    await cluster.run(consumer.subscribe({ topics: ['orders'], onPartitionsAssigned: () => {} }))

    await pollAll(cluster, consumer, 3)
    await cluster.run(consumer.commitSync())
    await cluster.run(consumer.committed([{ topic: 'orders', partition: 0 }]))

    const metrics = consumer.metrics()
    expect(metrics).toMatchObject({
      'join-total': 1,
      'sync-total': 1,
      'rebalance-total': 1,
      // The first JoinGroup is answered with the member's id.
      'failed-rebalance-total': 1,
      'commit-total': 1,
      'assigned-partitions': 1,
      'partition-revoked-latency-max': Number.NaN,
      'partition-lost-latency-avg': Number.NaN,
    })
    expect(metrics['rebalance-rate-per-hour']).toBeGreaterThan(0)
    expect(metrics['rebalance-latency-max']).toBeGreaterThanOrEqual(metrics['join-time-max'])
    expect(metrics['rebalance-latency-total']).toBeGreaterThanOrEqual(metrics['rebalance-latency-max'])
    expect(metrics['partition-assigned-latency-max']).toBeGreaterThanOrEqual(0)
    expect(metrics['commit-sync-time-ns-total']).toBeGreaterThan(0)
    expect(metrics['committed-time-ns-total']).toBeGreaterThan(0)
    expect(metrics['last-rebalance-seconds-ago']).toBeGreaterThanOrEqual(0)
  })

  test('what a handler module reads and how often it is called is counted where it runs', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const counter = new Int32Array(new SharedArrayBuffer(4))
    const module = 'data:text/javascript,export default (count) => ({ eachMessage() { Atomics.add(count, 0, 1) } })'
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.run({ module, options: counter }))
    await cluster.send(cluster.producer(), 'orders', values(7))
    await cluster.until(
      () => Atomics.load(counter, 0) === 7 && consumer.position({ topic: 'orders', partition: 0 }) === 7,
    )

    const metrics = consumer.metrics()
    expect(metrics).toMatchObject({ 'records-consumed-total': 7, partitions: [{ 'records-lag': 0 }] })
    expect(metrics['last-poll-seconds-ago']).toBeGreaterThanOrEqual(0)
    expect(metrics['time-between-poll-max']).toBeGreaterThanOrEqual(0)
  })

  test('a topic keeps its totals when its partitions are given up, and a partition that comes begins anew', async () => {
    const cluster = await given({ host, topics: { orders: 1, payments: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(4))
    await cluster.send(producer, 'payments', values(2))
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0 }]))
    await pollAll(cluster, consumer, 4)

    await cluster.run(consumer.assign([{ topic: 'payments', partition: 0 }]))
    await pollAll(cluster, consumer, 2)

    const { topics, partitions } = consumer.metrics()
    expect(topics).toMatchObject({
      orders: { 'records-consumed-total': 4, 'records-consumed-rate': 0 },
      payments: { 'records-consumed-total': 2 },
    })
    expect(partitions).toMatchObject([{ topic: 'payments', partition: 0, 'records-lead': 2 }])
  })

  test('each has a definition, and nothing else is told', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const { topics, partitions, ...metrics } = consumer.metrics()

    expect(Object.keys(metrics).sort()).toEqual(Object.keys(CONSUMER_METRICS).sort())
    expect(Object.keys(topics.orders!).sort()).toEqual(Object.keys(CONSUMER_TOPIC_METRICS).sort())
    const { topic: _, partition: __, ...ofPartition } = partitions[0]!
    expect(Object.keys(ofPartition).sort()).toEqual(Object.keys(CONSUMER_PARTITION_METRICS).sort())
    for (const name of ['fetch-latency-avg', 'records-lag-max', 'records-lead-min', 'poll-idle-ratio-avg'] as const)
      expect(metrics[name]).toSatisfy(Number.isNaN)
    expect(metrics).toMatchObject({ 'records-consumed-total': 0, 'last-poll-seconds-ago': -1 })
  })
})

describe('in a simulation the numbers are exact', () => {
  test('lag and lead are counted behind each poll, and lag grows while nobody polls', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const producer = cluster.producer()
    await cluster.send(producer, 'orders', values(10))
    const consumer = cluster.consumer({ 'max.poll.records': 4 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    const first = await cluster.run(consumer.poll(1_000))
    for (const _ of first as LentBatch);

    expect(consumer.metrics()).toMatchObject({
      'records-lag-max': 6,
      'records-lead-min': 4,
      'records-per-request-avg': 10,
      'records-consumed-total': 10,
    })
    expect(partitionOf(consumer.metrics(), 0)).toMatchObject({
      'records-lag': 6,
      'records-lag-max': 6,
      'records-lag-avg': 6,
      'records-lead': 4,
      'records-lead-min': 4,
      'records-lead-avg': 4,
    })
    await pollAll(cluster, consumer, 6)
    expect(partitionOf(consumer.metrics(), 0)).toMatchObject({ 'records-lag': 0, 'records-lead': 10 })
  })

  test('records before the offset that is asked for do not count, though their batch was fetched', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(10))
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0, offset: 7 }]))

    await pollAll(cluster, consumer, 3)

    expect(consumer.metrics()).toMatchObject({ 'records-consumed-total': 3, 'records-per-request-avg': 3 })
  })

  test('of a compacted batch only the records count that are left, behind the offset that is asked for', async () => {
    const configs = { 'cleanup.policy': 'compact', 'segment.bytes': 1_024, 'min.cleanable.dirty.ratio': 0 } as const
    const topics = { states: { numPartitions: 1, configs } }
    const cluster = await given({ host: 'simulation', topics, 'log.cleaner.backoff.ms': 1 })
    const producer = cluster.producer()
    const write = (keys: string): Promise<unknown> => {
      const messages = [...keys].map((key) => ({ key, value: key.repeat(150) }))
      return cluster.run(producer.send({ topic: 'states', messages }))
    }
    await write('abcd')
    // What takes the place of the second and the fourth record, and fills the segments behind them.
    for (let round = 0; round < 6; round++) await write('bdef')
    const read = async (offset: number): Promise<readonly [offsets: number[], counted: number]> => {
      const consumer = cluster.consumer()
      await cluster.run(consumer.assign([{ topic: 'states', partition: 0, offset }]))
      const records = await cluster.collect(consumer)
      await cluster.until(() => consumer.position({ topic: 'states', partition: 0 }) === 28)
      const counted = consumer.metrics()['records-consumed-total']
      await cluster.run(consumer.close())
      return [records.map((record) => record.offset), counted]
    }
    for (let isCompacted = false; !isCompacted; ) isCompacted = (await read(0))[0][1] === 2
    const [offsets, counted] = await read(2)
    expect([offsets[0], counted]).toEqual([2, offsets.length])
  })

  // KafkaConsumerMetrics: from the start of a poll to the start of the next one; idle is what the poll itself took.
  test('polls are timed from their beginning, and are idle as long as they wait', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))

    expect(await cluster.run(consumer.poll(400))).toBeNull()
    await cluster.simulated.advance(600)
    expect(await cluster.run(consumer.poll(1_000))).toBeNull()
    await cluster.simulated.advance(5_000)

    const metrics = consumer.metrics()
    expect(metrics['time-between-poll-max']).toBeCloseTo(1_000, 0)
    expect(metrics['time-between-poll-avg']).toBeCloseTo(500, 0)
    // The first poll took all the time there was, the second one half.
    expect(metrics['poll-idle-ratio-avg']).toBeCloseTo(0.75, 2)
    expect(metrics['last-poll-seconds-ago']).toBe(6)
  })

  test('heartbeats are as many as there were intervals, and the last one is as old as it is', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    const consumer = cluster.consumer({ ...GROUP, 'heartbeat.interval.ms': 3_000, 'enable.auto.commit': false })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    await cluster.run(consumer.poll(100))

    await cluster.simulated.advance(31_000)

    const metrics = consumer.metrics()
    expect(metrics['heartbeat-total']).toBe(10)
    expect(metrics['last-heartbeat-seconds-ago']).toBe(1)
    expect(metrics['last-rebalance-seconds-ago']).toBe(31)
    expect(metrics['heartbeat-response-time-max']).toBeGreaterThan(0)
  })

  test('automatic commits are counted, one for each interval', async () => {
    const cluster = await given({ host: 'simulation', topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(1))
    const consumer = cluster.consumer({ ...GROUP, 'auto.commit.interval.ms': 1_000 })
    await cluster.run(consumer.subscribe({ topics: ['orders'] }))
    await pollAll(cluster, consumer, 1)
    await cluster.run(consumer.poll(0))

    await cluster.simulated.advance(5_500)

    const { 'commit-total': total, 'commit-latency-avg': avg, 'commit-latency-max': max } = consumer.metrics()
    expect(total).toBe(5)
    expect(max).toBeGreaterThanOrEqual(avg)
    expect(avg).toBeGreaterThan(0)
  })

  test('the same seed has the same metrics', async () => {
    const read = async (): Promise<ConsumerMetrics> => {
      const cluster = await given({ host: 'simulation', topics: { orders: 3 } })
      await cluster.send(cluster.producer(), 'orders', values(100))
      const consumer = cluster.consumer(GROUP)
      await cluster.run(consumer.subscribe({ topics: ['orders'] }))
      await pollAll(cluster, consumer, 100)
      return consumer.metrics()
    }
    expect(await read()).toEqual(await read())
  })
})
