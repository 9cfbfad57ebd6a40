/** The batches that other clients wrote, see `test/fixtures/record-batch/README.md`. */
import { readFileSync } from 'node:fs'
import { leaderEpoch, offset } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'
import { type BatchOptions, buildBatch, type RecordToBuild } from '../../../src/record/batch-builder.js'
import { batchBytes } from '../../../src/record/record-batch.js'

/** Text, bytes in hexadecimal, or text repeated. */
export type FixtureData = string | { hex: string } | { of: string; times: number } | null

export interface Fixture {
  readonly name: string
  readonly why: string
  readonly baseTimestamp: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly attributes?: number
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly logAppendTime?: number
  readonly records: readonly {
    readonly timestamp?: number
    readonly key: FixtureData
    readonly value: FixtureData
    readonly headers?: readonly { readonly key: string; readonly value: FixtureData }[]
    /** How often the record stands in the batch. */
    readonly times?: number
  }[]
}

// From dist/test/unit/record, where the compiled tests run.
const FOLDER = new URL('../../../../test/fixtures/record-batch/', import.meta.url)

export const fixtures = JSON.parse(readFileSync(new URL('cases.json', FOLDER), 'utf8')) as readonly Fixture[]

/** Names the batches that a client wrote, and their bytes in hexadecimal. */
export function writtenBy(client: string): ReadonlyMap<string, string> {
  const lines = readFileSync(new URL(`${client}.hex`, FOLDER), 'utf8')
    .trim()
    .split('\n')
  return new Map(lines.map((line) => line.split(' ') as [string, string]))
}

export function bytesOf(data: FixtureData): Buffer | null {
  if (data === null) return null
  if (typeof data === 'string') return Buffer.from(data)
  return 'hex' in data ? Buffer.from(data.hex, 'hex') : Buffer.from(data.of.repeat(data.times))
}

/** The records of a fixture with their data as bytes, or as text where that says the same. */
export function recordsOf(fixture: Fixture, form: 'bytes' | 'text'): RecordToBuild[] {
  const data = (from: FixtureData): Buffer | string | null => {
    const bytes = bytesOf(from)
    return form === 'bytes' || bytes === null || (from as { hex?: string }).hex !== undefined ? bytes : bytes.toString()
  }
  return fixture.records.flatMap((record) => {
    const built = {
      timestamp: record.timestamp ?? fixture.baseTimestamp,
      key: data(record.key),
      value: data(record.value),
      headers: (record.headers ?? []).map(({ key, value }) => ({ key, value: data(value) })),
    }
    return Array.from({ length: record.times ?? 1 }, () => built)
  })
}

/** What our own encoder makes of a fixture, in hexadecimal. */
export function written(fixture: Fixture, form: 'bytes' | 'text', options: BatchOptions = {}): string {
  const { records: _, baseOffset, leaderEpoch: epoch, ...rest } = fixture
  const memory = buildBatch(recordsOf(fixture, form), {
    ...rest,
    baseOffset: offset(baseOffset ?? 0),
    leaderEpoch: leaderEpoch(epoch ?? -1),
    ...options,
  })
  return memory.bytes.toString('hex', 0, batchBytes(memory, 0))
}

/** The bytes in a memory of their own, from `at` on. */
export function memoryOf(hex: string, at = 0): Memory {
  const memory = Memory.allocate(at + hex.length / 2)
  memory.bytes.write(hex, at, 'hex')
  return memory
}
