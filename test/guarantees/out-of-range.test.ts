import { describe, expect, test } from 'vitest'
import { given, HOSTS, values } from '../support/given.js'

const PARTITION = { topic: 'orders', partition: 0 }
const TO_DO = 'Seek to an offset that is there, or set auto.offset.reset to earliest, latest or by_duration'

// KafkaConsumer.poll: OffsetOutOfRangeException names the position, where auto.offset.reset is none.
describe.each(HOSTS)('a position that the log does not have, with auto.offset.reset=none (%s)', (host) => {
  test.each([
    ['behind the end', 500, 'its log ends at offset 3, before the position 500'],
    ['before the start', 1, 'its log begins at offset 2, behind the position 1'],
  ])('%s is told with the bound of the log and what to do', async (_, offset, why) => {
    const cluster = await given({ host, topics: { orders: 1 } })
    await cluster.send(cluster.producer(), PARTITION, values(3, 'v'))
    const begins = { topic: 'orders', partitions: [{ partition: 0, offset: 2 }] }
    await cluster.run(cluster.admin().deleteTopicRecords(begins))
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([{ ...PARTITION, offset }]))
    const error = await cluster.run(consumer.poll(5000).catch((error: unknown) => error))
    expect(error).toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      message: `Partition 0 of 'orders' cannot be read on, because ${why}, and auto.offset.reset is none. ${TO_DO} (OFFSET_OUT_OF_RANGE)`,
    })
    await cluster.run(consumer.seek({ ...PARTITION, offset: 'earliest' }))
    expect((await cluster.run(consumer.poll(5000)))?.firstOffset()).toBe(2)
  })

  test('is told to a handler as well, though a poll was told before', async () => {
    const cluster = await given({ host, topics: { orders: 1 } })
    const consumer = cluster.consumer({ 'auto.offset.reset': 'none' })
    await cluster.run(consumer.assign([{ ...PARTITION, offset: 7 }]))
    await expect(cluster.run(consumer.poll(5000))).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await cluster.run(consumer.run({ eachMessage: () => {} }))
    await expect(cluster.run(consumer.stopped)).rejects.toThrow('its log ends at offset 0, before the position 7')
  })
})

test.each(HOSTS)('a poll that was refused, or has found nothing, leaves run possible (%s)', async (host) => {
  const cluster = await given({ host, topics: { orders: 1 } })
  await cluster.send(cluster.producer(), PARTITION, ['v'])
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await expect(consumer.poll(100)).rejects.toThrow('Cannot read while nothing is assigned')
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  await cluster.run(consumer.pause([PARTITION]))
  expect(await cluster.run(consumer.poll(1))).toBe(null)
  await cluster.run(consumer.resume([PARTITION]))
  const read: number[] = []
  await cluster.run(consumer.run({ eachMessage: ({ message }) => void read.push(message.offset) }))
  await cluster.until(() => read.length === 1)
})

test.each(HOSTS)('a poll that has handed out records leaves the next ones to polls (%s)', async (host) => {
  const cluster = await given({ host, topics: { orders: 1 } })
  await cluster.send(cluster.producer(), PARTITION, ['v'])
  const consumer = cluster.consumer({ 'auto.offset.reset': 'earliest' })
  await cluster.run(consumer.subscribe({ topics: ['orders'] }))
  expect(await cluster.run(consumer.poll(5000))).not.toBe(null)
  await expect(consumer.run({ eachMessage: () => {} })).rejects.toThrow('make another consumer for the handler')
})
