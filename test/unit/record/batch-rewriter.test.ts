import { expect, test } from 'vitest'
import { leaderEpoch, offset } from '../../../src/base/ids.js'
import type { Memory } from '../../../src/base/memory.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { BatchOpener } from '../../../src/record/batch-opener.js'
import { BatchReader, readHeaders } from '../../../src/record/batch-reader.js'
import { BatchRewriter, type StayingRecord } from '../../../src/record/batch-rewriter.js'
import { DELETE_HORIZON, GZIP, LOG_APPEND_TIME } from '../../../src/record/layout.js'
import * as header from '../../../src/record/record-batch.js'

const HORIZON = 90_000_000

function given(attributes = 0): Memory {
  const records = Array.from({ length: 8 }, (_, n) => {
    return { key: `k${n}`, value: `${n}`.repeat(40), timestamp: 1_000 + 10 * n, headers: [{ key: 'h', value: `${n}` }] }
  })
  const producer = { producerId: 7, producerEpoch: 2, baseSequence: 11 }
  return buildBatch(records, { ...producer, attributes, baseOffset: offset(50), leaderEpoch: leaderEpoch(3) })
}

/** The batch with the records of these offsets. */
function rewritten(batch: Memory, offsets: readonly number[], horizon: number | null): Memory {
  const readable = new BatchOpener().open(batch, 0) as { memory: Memory; at: number }
  const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
  const staying: StayingRecord[] = []
  for (let start = reader.recordEnd; reader.next(); start = reader.recordEnd) {
    if (offsets.includes(reader.offset)) staying.push({ start, end: reader.recordEnd, timestamp: reader.timestamp })
  }
  return new BatchRewriter().rewrite({ memory: batch, at: 0 }, readable, staying, horizon)
}

function recordsOf(batch: Memory): string[] {
  const readable = new BatchOpener().open(batch, 0) as { memory: Memory; at: number }
  const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
  const records: string[] = []
  const text = (at: number, bytes: number): string => reader.memory.bytes.toString('latin1', at, at + bytes)
  while (reader.next()) {
    const [{ key, value } = { key: '', value: null }] = readHeaders(reader)
    records.push(`${reader.offset}@${reader.timestamp} ${text(reader.keyPosition, reader.keyBytes)} ${key}${value}`)
  }
  return records
}

test.each([
  [0, null],
  [0, HORIZON],
  [GZIP, null],
  [GZIP, HORIZON],
])(
  'with attributes %i and horizon %s, what stays of a batch keeps its offsets, times and headers',
  (flags, horizon) => {
    const batch = given(flags)
    const left = rewritten(batch, [51, 54, 56], horizon)
    expect(recordsOf(left)).toEqual(['51@1010 k1 h1', '54@1040 k4 h4', '56@1060 k6 h6'])
    expect(header.isCrcValid(left, 0)).toBe(true)
    expect([header.baseOffset(left, 0), header.lastOffset(left, 0), header.recordCount(left, 0)]).toEqual([50, 57, 3])
    expect([header.producerId(left, 0), header.producerEpoch(left, 0), header.baseSequence(left, 0)]).toEqual([
      7, 2, 11,
    ])
    expect([header.maxTimestamp(left, 0), header.baseTimestamp(left, 0)]).toEqual([1_060, horizon ?? 1_000])
    expect(header.attributes(left, 0)).toBe(flags | (horizon === null ? 0 : DELETE_HORIZON))
    expect(header.partitionLeaderEpoch(left, 0)).toBe(3)
  },
)

test('a batch with the time of its append keeps it when records go', () => {
  const batch = given()
  header.stampAppendTime(batch, 0, 5_000)
  header.stampOffset(batch, 0, offset(50), leaderEpoch(3))
  const left = rewritten(batch, [51], HORIZON)
  expect(recordsOf(left)).toEqual(['51@5000 k1 h1'])
  expect(header.attributes(left, 0)).toBe(LOG_APPEND_TIME | DELETE_HORIZON)
})

test.each([0, GZIP])(
  'with attributes %i, a batch without records tells its offsets, producer and epoch',
  (attributes) => {
    const left = new BatchRewriter().empty({ memory: given(attributes), at: 0 })
    expect([header.batchBytes(left, 0), header.recordCount(left, 0), header.attributes(left, 0)]).toEqual([61, 0, 0])
    expect([header.baseOffset(left, 0), header.lastOffset(left, 0), header.maxTimestamp(left, 0)]).toEqual([
      50, 57, 1_070,
    ])
    expect([header.baseTimestamp(left, 0), header.latestTimestamp(left, 0)]).toEqual([-1, Number.NEGATIVE_INFINITY])
    expect([header.isCrcValid(left, 0), recordsOf(left)]).toEqual([true, []])
  },
)
