import { sharedKafka } from 'odradek/testing'
import { expect, test } from 'vitest'

const kafka = sharedKafka()

test('what is sent is there', async () => {
  await kafka.send('one', ['text', { value: { tea: 1 } }, Buffer.from([255])])
  const records = await kafka.records('one', { count: 3, as: 'bytes' })
  expect(records.map(({ value }) => value)).toEqual([Buffer.from('text'), Buffer.from('{"tea":1}'), Buffer.from([255])])
  expect(await kafka.until(async () => Object.keys(await kafka.committed('one')).length === 0)).toBe(true)
})

test('a wait in vain tells what there is', async () => {
  await expect(kafka.records('one', { count: 9, timeoutMs: 50 })).rejects.toThrow('topic one: 3 records')
  await expect(kafka.until(() => false, { timeoutMs: 50 })).rejects.toThrow('topic one: 3 records')
  await expect(kafka.records(5)).rejects.toThrow('it must be a string')
  expect(kafka.brokers).toHaveLength(3)
})
