/** What Kafka has compressed, and what Kafka says of batches that are wrong: `test/fixtures/compression/README.md`. */
import { readFileSync } from 'node:fs'
import { Memory } from '../../../../src/base/memory.js'
import { BatchReader, readHeaders } from '../../../../src/record/batch-reader.js'
import type { CodecName } from '../../../../src/record/codecs/codec.js'
import { decompressedBatch } from '../../../../src/record/compressed-batch.js'
import { LentRecord } from '../../../../src/record/lent-record.js'

export interface GoldenBatch {
  readonly codec: CodecName
  readonly level: number | null
  readonly made: 'few' | 'many'
  readonly bytes: string
}

export interface ValidatedBatch {
  readonly codec: CodecName | 'none'
  readonly made: string
  /** What Kafka answers; `compacted`: where the topic is compacted. */
  readonly error: string
  readonly compacted: string
  readonly bytes: string
}

// From dist/test/unit/record/codecs, where the compiled tests run.
const FOLDER = new URL('../../../../../test/fixtures/compression/', import.meta.url)
const read = <Row>(file: string): readonly Row[] => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Row[]

export const goldenBatches = read<GoldenBatch>('batches.json')
export const validatedBatches = read<ValidatedBatch>('validated.json')

export function memoryWith(base64: string): Memory {
  const bytes = Buffer.from(base64, 'base64')
  const memory = Memory.allocate(bytes.length)
  memory.copyIn(0, bytes)
  return memory
}

/** A record as a text, so that it can be compared. */
export type Shown = string

/** The records that are in a batch `made` as the fixtures are. */
export function recordsMade(made: GoldenBatch['made']): Shown[] {
  return Array.from({ length: made === 'few' ? 3 : 1_000 }, (_, number) => {
    const key = number % 5 === 0 ? null : `customer ${number % 7}`
    const value = number % 11 === 7 ? null : `order ${number} of ${'books '.repeat(number % 30)}`
    const header = number % 3 === 0 ? `trace=${number}` : ''
    return `${number}|${1_700_000_000_000 + number}|${key}|${value}|${header}`
  })
}

/** The records of a batch, whatever its codec. */
export function recordsIn(memory: Memory): Shown[] {
  const readable = decompressedBatch(memory, 0)
  if (typeof readable === 'string') return [readable]
  const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
  const record = new LentRecord(reader)
  const records: Shown[] = []
  while (reader.next()) {
    const { offset, timestamp, key, value } = record
    const headers = readHeaders(reader).map((header) => `${header.key}=${header.value}`)
    records.push(`${offset}|${timestamp}|${key}|${value}|${headers.join(',')}`)
  }
  return records
}
