import { allocateForCopyingIn } from '../../src/base/kernel-memory.js'
import type { Memory } from '../../src/base/memory.js'
import { buildBatch } from '../../src/record/batch-builder.js'
import { BatchReader } from '../../src/record/batch-reader.js'
import { BATCH_OVERHEAD } from '../../src/record/layout.js'
import { type KeptRecord, keepableRecords, LentRecord } from '../../src/record/lent-record.js'
import type { RecordData } from '../../src/record/record.js'
import { encodeRecord } from '../../src/record/record-encoder.js'
import type { MicroSuite } from './micro-suite.js'

const RECORDS = 1_000
const BATCH_BYTES = 16 * 1024
const VALUE_BYTES = [10, 100, 1_000]
/** The number of values in turn, so that no run works on one that is always in the nearest cache. */
const VALUES = 1_024

/**
 * The cost of a record for the thread that produces it and the one that reads it, in batches of 16 KiB, without the
 * CRC.
 */
export const suite: MicroSuite = {
  name: 'record',
  unit: 'record',
  unitsPerRun: RECORDS,
  register(bench) {
    for (const valueBytes of VALUE_BYTES) {
      const texts = Array.from({ length: VALUES }, (_, index) => 'abcdefgh'[index % 8]!.repeat(valueBytes))
      const bytes = texts.map((text) => Buffer.from(text))
      bench.add(`write ${valueBytes} B of bytes`, () => writeRecords(bytes))
      bench.add(`write ${valueBytes} B of text`, () => writeRecords(texts))

      const batch = buildBatch(bytes.slice(0, BATCH_BYTES / (valueBytes + 12)).map((value) => ({ value })))
      const reader = new BatchReader(batch)
      const record = new LentRecord(reader)
      bench.add(`read ${valueBytes} B in place`, () => readRecords(batch, reader, () => reader.valuePosition))
      bench.add(`read ${valueBytes} B as a view`, () => readRecords(batch, reader, () => record.value!.length))
      bench.add(`keep ${valueBytes} B`, () => keepRecords(batch))
    }
  },
}

const open = allocateForCopyingIn(BATCH_BYTES)

/** Writes record after record; a full batch starts again, unsealed. */
function writeRecords(values: readonly RecordData[]): void {
  let end = BATCH_OVERHEAD
  let count = 0
  for (let index = 0; index < RECORDS; index++) {
    const value = values[index]!
    let bytes = encodeRecord(open, end, BATCH_BYTES - end, count, 5, null, value, null)
    if (bytes < 0) {
      end = BATCH_OVERHEAD
      count = 0
      bytes = encodeRecord(open, end, BATCH_BYTES - end, count, 5, null, value, null)
    }
    end += bytes
    count++
  }
}

/** Returns the sum of what was read, so that nothing is optimised away. */
function readRecords(batch: Memory, reader: BatchReader, read: () => number): number {
  let sum = 0
  reader.reset(batch, 0)
  for (let left = RECORDS; left > 0; left--) {
    if (!reader.next()) reader.reset(batch, 0).next()
    sum += read()
  }
  return sum
}

function keepRecords(batch: Memory): readonly KeptRecord[] {
  const kept: KeptRecord[] = []
  while (kept.length < RECORDS) keepableRecords(batch, 0, 'bench', 0, kept)
  return kept
}
