import { expect, test } from 'vitest'
import { Histogram } from '../../../../src/base/histogram.js'
import type { EachBatchPayload } from '../../../../src/client/consumer/handler.js'
import benchHandler from '../../../../src/lab/measure/bench-handler.js'
import { ConsumerTally } from '../../../../src/lab/measure/consumer-tally.js'
import { writeNumber } from '../../../../src/lab/measure/record-number.js'
import { SendTimes } from '../../../../src/lab/measure/send-times.js'
import { buildBatch, type RecordToBuild } from '../../../../src/record/batch-builder.js'
import { BatchReader } from '../../../../src/record/batch-reader.js'
import { LentRecord } from '../../../../src/record/lent-record.js'

function given(numberIn: 'value' | 'header' = 'value') {
  const tally = ConsumerTally.allocate(2)
  const latencies = Histogram.allocate()
  const times = SendTimes.allocate()
  const options = {
    clockOriginMs: 0,
    producers: 1,
    partitions: 2,
    numberIn,
    tally: tally.shared,
    latencies: latencies.shared,
  }
  const handler = benchHandler({ ...options, sendTimes: [times.shared] })
  const handle = (partition: number, records: readonly RecordToBuild[]) => {
    handler.eachBatch?.({ batch: batchOf(partition, records) } as EachBatchPayload)
  }
  return { tally, latencies, times, handle }
}

/** What a handler sees of a lent batch. */
function batchOf(partition: number, records: readonly RecordToBuild[]): EachBatchPayload['batch'] {
  const memory = buildBatch(records)
  const forEach = (take: (record: LentRecord) => void): void => {
    const reader = new BatchReader(memory).reset(memory, 0)
    const record = new LentRecord(reader)
    while (reader.next()) take(record)
  }
  return { partition, nextOffset: records.length, forEach } as unknown as EachBatchPayload['batch']
}

const number = (count: number): Buffer => {
  const bytes = Buffer.alloc(20)
  writeNumber(bytes, 0, count)
  return bytes
}
const values = (...counts: readonly number[]): RecordToBuild[] => counts.map((count) => ({ value: number(count) }))

test('the findings of a handler are in shared memory after each batch', () => {
  const { tally, handle } = given()
  handle(1, values(0, 1, 1, 3, 2))
  const { read, duplicated, outOfOrder } = tally
  expect({ read, duplicated, outOfOrder }).toEqual({ read: 5, duplicated: 1, outOfOrder: 1 })
  expect([tally.nextOffset(0), tally.nextOffset(1)]).toEqual([0, 5])
  expect(tally.handledAt).toBeGreaterThan(0)
})

test('the number of a record from a file is the one in its header, whatever its value looks like', () => {
  const { tally, handle } = given('header')
  const inHeader = (count: number) => ({ value: '{}', headers: [{ key: 'n', value: number(count).subarray(0, 8) }] })
  handle(0, [inHeader(0), inHeader(2), inHeader(1)])
  expect([tally.read, tally.outOfOrder]).toEqual([3, 1])
})

test('a record without the header that was sent with it stops the run', () => {
  const { handle } = given('header')
  expect(() => handle(0, [{ value: '{}' }])).toThrow('does not carry the header')
})

test('flat out, the records that were timed when they were sent are timed again here', () => {
  const { latencies, times, handle } = given()
  times.measureFrom(64, 1e6)
  for (const count of [0, 64, 128]) times.note(count, 0)
  handle(0, values(0, 63, 64, 65, 128))
  expect(latencies.count).toBe(2)
})

test('paced, every record that is measured is timed', () => {
  const { latencies, times, handle } = given()
  times.beginPace(0, { start: 0, intervalMs: 1, group: 1 })
  times.measureFrom(2, 1e6)
  handle(0, values(0, 1, 2, 3, 4))
  expect(latencies.count).toBe(3)
})
