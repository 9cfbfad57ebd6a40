import { expect, test } from 'vitest'
import { HistoryBuilder } from '../../../../src/lab/history/history-builder.js'

const MEGABYTE = 2 ** 20
const topic = { topic: 'orders', partition: 0 }

test('records are taken as long as the heap has room for them', () => {
  const builder = new HistoryBuilder(65 * MEGABYTE)
  const send = (id: number): void => builder.take({ op: 'send', producer: 'p', id, ...topic }, id)

  for (let id = 1; id <= 3_000; id++) send(id)

  expect(() => {
    for (let id = 3_001; id <= 4_000; id++) send(id)
  }).toThrow('records and 0 readings are what fits into a heap of 65 MB')
})

test('readings of the same records take room as well', () => {
  const builder = new HistoryBuilder(65 * MEGABYTE)
  const records = Array.from({ length: 100 }, (_, offset) => ({ id: offset, offset }))

  expect(() => {
    for (let line = 1; line <= 200; line++) builder.take({ op: 'poll', consumer: 'c', ...topic, records }, line)
  }).toThrow('100 records and 10200 readings are what fits into a heap of 65 MB; give Node a larger one')
})
