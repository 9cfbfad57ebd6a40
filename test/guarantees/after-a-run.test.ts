import { describe, expect, test } from 'vitest'
import type { Consumer, LentBatch } from '../../src/index.js'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

const ORDERS = { topic: 'orders', partition: 0 }
const HANDLER = new URL('../support/counting-handler.js', import.meta.url).href

/** How a run is made that stops at the record 4 of 10, and where the next one begins then. */
const STOPS: readonly (readonly [string, (consumer: Consumer) => Promise<void>, number])[] = [
  [
    'an eachMessage that throws',
    (consumer) =>
      consumer.run({
        eachMessage({ message }) {
          if (message.offset === 4) throw new Error('4 is not wanted')
        },
      }),
    4,
  ],
  [
    'an eachMessage that rejects',
    (consumer) =>
      consumer.run({
        async eachMessage({ message }) {
          if (message.offset === 4) throw new Error('4 is not wanted')
        },
      }),
    4,
  ],
  // Of a batch that was not handled to its end, nobody knows how far it was.
  [
    'an eachBatch that throws',
    (consumer) =>
      consumer.run({
        eachBatch({ batch }) {
          for (const { offset } of batch) if (offset === 4) throw new Error('4 is not wanted')
        },
      }),
    3,
  ],
  [
    'a module that throws',
    (consumer) => consumer.run({ module: HANDLER, options: { shared: new SharedArrayBuffer(8), failAt: 4 } }),
    3,
  ],
]

/** The ways to go on, each with the texts of the records that are left. */
const NEXT: Readonly<Record<string, (cluster: GivenCluster, consumer: Consumer, left: number) => Promise<string[]>>> = {
  async run(cluster, consumer, left) {
    const read: string[] = []
    await cluster.run(consumer.run({ eachMessage: ({ message }) => void read.push(String(message.value)) }))
    await cluster.until(() => read.length >= left)
    return read
  },
  async poll(cluster, consumer, left) {
    const read: string[] = []
    while (read.length < left) read.push(...textsOf([...((await cluster.run(consumer.poll(5000))) as LentBatch)]))
    return read
  },
  async iterate(cluster, consumer, left) {
    const read: string[] = []
    const records = consumer[Symbol.asyncIterator]()
    while (read.length < left) read.push(String((await cluster.run(records.next())).value?.value))
    await cluster.run(Promise.resolve(records.return?.()))
    return read
  },
  async 'run a module'(cluster, consumer, left) {
    const totals = new Int32Array(new SharedArrayBuffer(8))
    const position = consumer.position(ORDERS)
    await cluster.run(consumer.run({ module: HANDLER, options: { shared: totals.buffer } }))
    await cluster.until(() => Atomics.load(totals, 0) >= left)
    const sum = values(10, '')
      .slice(position)
      .reduce((sum, value) => sum + Number(value), 0)
    expect(totals[1]).toBe(sum)
    return values(10, '').slice(position)
  },
}

async function givenStopped(
  host: HostName,
  begin: (consumer: Consumer) => Promise<void>,
): Promise<{ cluster: GivenCluster; consumer: Consumer }> {
  const cluster = await given({ host, topics: { orders: 1 } })
  await cluster.send(cluster.producer(), ORDERS, values(10, ''))
  const consumer = cluster.consumer({ 'max.poll.records': 3 })
  await cluster.run(consumer.subscribe({ topic: 'orders' }))
  await cluster.run(begin(consumer))
  await expect(cluster.run(consumer.stopped)).rejects.toThrow('4 is not wanted')
  return { cluster, consumer }
}

const CASES = STOPS.flatMap(([what, begin, next]) => Object.keys(NEXT).map((way) => [what, way, begin, next] as const))

describe.each(HOSTS)('a consumer whose run has stopped (%s)', (host) => {
  test.each(CASES)(
    'after %s, the next %s begins behind the last record that was handled',
    async (_, way, begin, next) => {
      const { cluster, consumer } = await givenStopped(host, begin)
      expect(consumer.position(ORDERS)).toBe(next)
      const read = await NEXT[way]?.(cluster, consumer, 10 - next)
      expect(read).toEqual(values(10, '').slice(next))
      await cluster.until(() => consumer.position(ORDERS) === 10)
    },
  )

  test('each run has its own stopped', async () => {
    const [, begin] = STOPS[0] as (typeof STOPS)[number]
    const { cluster, consumer } = await givenStopped(host, begin)
    for (let times = 0; times < 3; times++) {
      await cluster.run(begin(consumer))
      await expect(cluster.run(consumer.stopped)).rejects.toThrow('4 is not wanted')
    }
    await cluster.run(consumer.run({ eachMessage() {} }))
    const { stopped } = consumer
    await cluster.run(consumer.close())
    await expect(stopped).resolves.toBeUndefined()
  })

  test('an error of the partition is told to the next run, and a seek ends it', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), ORDERS, values(3, ''))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([ORDERS])).catch(() => {})
    for (let times = 0; times < 2; times++) {
      await cluster.run(consumer.run({ eachMessage() {} }))
      await expect(cluster.run(consumer.stopped)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    }
    await cluster.run(consumer.seek({ ...ORDERS, offset: 1 }))
    expect(await NEXT.run?.(cluster, consumer, 2)).toEqual(['1', '2'])
  })
})
