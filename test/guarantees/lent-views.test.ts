import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Consumer, LentBatch, LentRecordView } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, values } from '../support/given.js'

const SEGMENT_BYTES = 4096

/**
 * A log of two small segments that holds records, with a consumer that has read nothing yet; `lap` overwrites it
 * several times.
 */
/** Far more than it takes to come to every segment. */
const LAPS_MAX = 100

async function givenSmallLog(
  host: HostName,
  config = {},
): Promise<{ cluster: GivenCluster; consumer: Consumer; lap: () => Promise<void> }> {
  const configs = { 'segment.bytes': SEGMENT_BYTES, 'retention.bytes': 2 * SEGMENT_BYTES }
  const topics = { orders: { numPartitions: 1, configs } }
  const cluster = await given({ host, 'log.segment.bytes': SEGMENT_BYTES, topics })
  const producer = cluster.producer({ 'batch.size': 1000 })
  await cluster.send(producer, 'orders', values(50, 'before '))
  const consumer = cluster.consumer(config)
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  let laps = 0
  const lap = async (): Promise<void> => {
    laps += 1
    for (let round = 0; round < 5; round++) await cluster.send(producer, 'orders', values(200, `lap ${laps} `))
  }
  return { cluster, consumer, lap }
}

async function polled(cluster: GivenCluster, consumer: Consumer): Promise<LentBatch> {
  const batch = await cluster.run(consumer.poll(5000))
  if (batch === null) throw new Error('Nothing was there to read')
  return batch
}

const viewsOf = (batch: LentBatch): Buffer[] => [...batch].map(({ value }) => value as Buffer)

describe.each(HOSTS)('lent views (%s)', (host) => {
  test('a lent record shows what it holds in a console and in JSON, and not the log that it lies in', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), 'orders', values(2, 'tea '))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const batch = await polled(cluster, consumer)
    const [message] = batch.messages
    const shown: string[] = []
    batch.forEach((record) => void shown.push(inspect(record), JSON.stringify(record)))
    const [inspected, json] = shown
    const { offset, timestamp, key, value, headers } = message as LentRecordView

    expect(JSON.parse(json as string)).toEqual(JSON.parse(JSON.stringify({ offset, timestamp, key, value, headers })))
    expect(JSON.stringify(message)).toBe(json)
    expect(inspected).toBe(inspect({ offset, timestamp, key, value, headers }))
    expect(inspect(message)).toBe(inspected)
    expect(JSON.stringify({ ...message }).length).toBeLessThan(1_000)
  })

  test('a lent view never changes while the log around it is written again and again', async () => {
    const { cluster, consumer, lap } = await givenSmallLog(host)
    const views = viewsOf(await polled(cluster, consumer))
    const copies = views.map((view) => Buffer.from(view))

    for (let laps = 0; laps < 5; laps++) await lap()

    expect(copies.length).toBeGreaterThan(10)
    for (const [index, view] of views.entries()) expect(view.equals(copies[index] as Buffer)).toBe(true)
    const [offsets] = await cluster.run(cluster.admin().fetchTopicOffsets('orders'))
    expect(offsets?.low).toBeGreaterThan(50)
  })

  test('a batch that eachBatch is lent does not change while its promise is pending', async () => {
    const { cluster, consumer, lap } = await givenSmallLog(host)
    let finish = (): void => {}
    let views: Buffer[] = []
    let calls = 0
    const eachBatch = ({ batch }: { batch: LentBatch }): Promise<void> => {
      calls += 1
      if (calls === 1) views = viewsOf(batch)
      return new Promise((resolve) => (finish = resolve))
    }
    await cluster.run(consumer.run({ eachBatch }))
    await cluster.until(() => calls === 1)
    const copies = views.map((view) => Buffer.from(view))

    for (let laps = 0; laps < 3; laps++) await lap()

    for (const [index, view] of views.entries()) expect(view.equals(copies[index] as Buffer)).toBe(true)
    finish()
    await cluster.until(() => calls > 1)
  })

  // Without this, the tests above would prove nothing.
  test('a view that is kept beyond its loan shows other bytes once its segment is used again', async () => {
    const { cluster, consumer, lap } = await givenSmallLog(host)
    const views = viewsOf(await polled(cluster, consumer))
    const copies = views.map((view) => Buffer.from(view))

    const isOverwritten = (): boolean => views.some((view, index) => !view.equals(copies[index] as Buffer))
    // Whoever reads on gives back what lies behind, and its segment goes round with the others.
    for (let laps = 0; laps < LAPS_MAX && !isOverwritten(); laps++) {
      await lap()
      await polled(cluster, consumer)
    }

    expect(isOverwritten()).toBe(true)
  })

  test('odradek.lend=poisoned-copy shows a view that was kept too long', async () => {
    const { cluster, consumer } = await givenSmallLog(host, { 'odradek.lend': 'poisoned-copy' })
    const views: Buffer[] = []
    for (let read = 0; read < 50; ) {
      const lent = viewsOf(await polled(cluster, consumer))
      read += lent.length
      views.push(...lent)
    }
    await cluster.run(consumer.poll(0))

    for (const view of views) expect(view.every((byte) => byte === 0xdb)).toBe(true)
  })

  test('a batch whose loan is over hands out no more records', async () => {
    const { cluster, consumer } = await givenSmallLog(host, { 'max.poll.records': 10 })
    const first = await polled(cluster, consumer)
    const [record] = first
    expect(String(record?.value)).toBe('before 0')

    const second = await polled(cluster, consumer)

    expect([...first]).toEqual([])
    expect([...second][0]?.offset).toBe(10)
  })

  test('the records of eachMessage may be kept', async () => {
    const { cluster, consumer, lap } = await givenSmallLog(host)
    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length >= 50)
    const texts = values(50, 'before ')

    for (let laps = 0; laps < 3; laps++) await lap()
    await cluster.run(consumer.close())

    expect(read.slice(0, 50).map(({ value }) => String(value))).toEqual(texts)
  })

  test('a reader that held on is told where the log begins when it goes on', async () => {
    const { cluster, consumer, lap } = await givenSmallLog(host, { 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([{ topic: 'orders', partition: 0, offset: 0 }]))
    await polled(cluster, consumer)

    for (let laps = 0; laps < 3; laps++) await lap()

    const readOn = async (): Promise<void> => {
      for (;;) await polled(cluster, consumer)
    }
    await expect(readOn()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
  })
})
