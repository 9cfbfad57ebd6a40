import { describe, expect, test } from 'vitest'
import { type GivenCluster, given, HOSTS, type HostName, textsOf, values } from '../support/given.js'

const FIRST = { topic: 'orders', partition: 0 }
const SECOND = { topic: 'orders', partition: 1 }

async function givenTwoPartitions(host: HostName, count: number): Promise<GivenCluster> {
  const cluster = await given({ host, topics: { orders: 2 } })
  const producer = cluster.producer({ 'batch.size': 300 })
  await cluster.send(producer, FIRST, values(count, 'a'))
  await cluster.send(producer, SECOND, values(count, 'b'))
  return cluster
}

// KafkaConsumer.pause: future calls to poll will not return any records from these partitions until they have been
// resumed.
describe.each(HOSTS)('pause and resume (%s)', (host) => {
  test('a paused partition hands out nothing, the others go on', async () => {
    const cluster = await givenTwoPartitions(host, 200)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    await cluster.run(consumer.pause([FIRST]))

    const read = await cluster.collect(consumer)
    await cluster.until(() => read.length >= 200)

    expect(textsOf(read)).toEqual(values(200, 'b'))
  })

  test('a consumer tells which partitions are paused', async () => {
    const cluster = await givenTwoPartitions(host, 1)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    expect(consumer.paused()).toEqual([])
    const paused = consumer.pause([SECOND, FIRST])
    expect(consumer.paused()).toEqual([FIRST, SECOND])
    await cluster.run(paused)
    await cluster.run(consumer.resume([FIRST]))
    expect(consumer.paused()).toEqual([SECOND])
    await cluster.run(consumer.unsubscribe())
    expect(consumer.paused()).toEqual([])
  })

  test('a partition goes on where it was when it is resumed, and nothing is lost or repeated', async () => {
    const cluster = await givenTwoPartitions(host, 500)
    const consumer = cluster.consumer({ 'max.poll.records': 20, 'max.partition.fetch.bytes': 1000 })
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const read: string[] = []
    let isPaused = false

    for (let polls = 0; read.length < 1000; polls++) {
      const batch = await cluster.run(consumer.poll(isPaused ? 20 : 5000))
      if (batch !== null) {
        if (isPaused) expect(batch.partition).toBe(1)
        read.push(...textsOf([...batch]))
      }
      if (polls % 7 === 3) {
        isPaused = !isPaused
        await cluster.run(isPaused ? consumer.pause([FIRST]) : consumer.resume([FIRST]))
      }
    }

    expect(read.filter((value) => value.startsWith('a'))).toEqual(values(500, 'a'))
    expect(read.filter((value) => value.startsWith('b'))).toEqual(values(500, 'b'))
  })

  test('pausing inside a handler takes effect with the next record', async () => {
    const cluster = await givenTwoPartitions(host, 50)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ ...FIRST, offset: 0 }]))
    const read: string[] = []
    let paused = Promise.resolve()

    await cluster.run(
      consumer.run({
        eachMessage({ message }) {
          read.push(String(message.value))
          if (read.length === 10) paused = consumer.pause([FIRST])
        },
      }),
    )
    await cluster.until(() => read.length === 10)
    await cluster.run(paused)
    await cluster.send(cluster.producer(), FIRST, ['later'])
    expect(read).toEqual(values(10, 'a'))

    await cluster.run(consumer.resume([FIRST]))
    await cluster.until(() => read.length === 51)
    expect(read).toEqual([...values(50, 'a'), 'later'])
  })

  test('pausing keeps the order of an iteration', async () => {
    const cluster = await givenTwoPartitions(host, 50)
    const consumer = cluster.consumer()
    await cluster.run(consumer.subscribe({ topic: 'orders' }))
    const records = consumer[Symbol.asyncIterator]()
    const next = async (): Promise<{ partition: number; text: string }> => {
      const { value } = await cluster.run(records.next())
      return { partition: value?.partition, text: String(value?.value) }
    }
    const read = [await next()]
    const { partition } = read[0] as { partition: number }

    await cluster.run(consumer.pause([{ topic: 'orders', partition }]))
    for (let count = 0; count < 50; count++) read.push(await next())
    await cluster.run(consumer.resume([{ topic: 'orders', partition }]))
    for (let count = 0; count < 49; count++) read.push(await next())

    const [own, other] = partition === 0 ? ['a', 'b'] : ['b', 'a']
    expect(read.map(({ text }) => text)).toEqual([`${own}0`, ...values(50, other), ...values(50, own).slice(1)])
  })

  // KafkaConsumer.seek: the position counts from the next poll, whether the partition is paused or not.
  test('a seek of a paused partition holds when it is resumed', async () => {
    const cluster = await givenTwoPartitions(host, 50)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([{ ...FIRST, offset: 0 }]))
    await cluster.run(consumer.poll(5000))
    await cluster.run(consumer.pause([FIRST]))

    await cluster.run(consumer.seek({ ...FIRST, offset: 30 }))
    expect(await cluster.run(consumer.poll(10))).toBe(null)
    await cluster.run(consumer.resume([FIRST]))

    expect([...((await cluster.run(consumer.poll(5000))) ?? [])][0]?.offset).toBe(30)
  })

  test('pausing a partition that is not assigned is refused', async () => {
    const cluster = await givenTwoPartitions(host, 1)
    const consumer = cluster.consumer()
    await cluster.run(consumer.assign([FIRST]))
    await expect(cluster.run(consumer.pause([SECOND]))).rejects.toThrow('is not assigned to this consumer')
  })
})
