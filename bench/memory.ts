import CliTable3 from 'cli-table3'
import { counted } from '../src/base/words.js'
import { measure } from '../src/lab/measure/measure.js'
import { generatedRecords } from '../src/lab/measure/record-source.js'
import { DEFAULT_WORKLOAD } from '../src/lab/measure/workload.js'
import { threeDigits } from '../src/lab/numbers.js'

/** Resident memory while records move, after all allocations that happen once. */
export interface MemoryFigure {
  readonly records: number
  /** Resident megabytes, 10^6 bytes, when a fifth of the records had been read, and at the end. */
  readonly megabytes: { readonly start: number; readonly end: number }
  /** Slope of the straight line through all samples. 0 means that nothing grows with the number of records. */
  readonly megabytesPerMillionRecords: number
  readonly recordsPerSecond: number
}

/** The share of all records that is left out at the start. */
const SETTLING = 0.2
const WORKLOAD = { ...DEFAULT_WORKLOAD, options: { acks: 1, 'batch.size': 65_536, 'linger.ms': 5 } }

export async function runMemory(options: { readonly records: number }): Promise<MemoryFigure> {
  const { records } = options
  const samples: { readonly millions: number; readonly megabytes: number }[] = []
  const outcome = await measure(WORKLOAD, generatedRecords(WORKLOAD), {
    limit: { records },
    onProgress(read) {
      if (read >= records * SETTLING) samples.push({ millions: read / 1e6, megabytes: process.memoryUsage.rss() / 1e6 })
    },
  })
  if ('refused' in outcome) throw new Error(outcome.refused)
  const [first, last] = [samples[0], samples[samples.length - 1]]
  if (first === undefined || last === undefined)
    throw new RangeError(`Cannot see a slope in ${counted(records, 'record')}: give more`)
  return {
    records,
    megabytes: { start: first.megabytes, end: last.megabytes },
    megabytesPerMillionRecords: slopeOf(samples),
    recordsPerSecond: outcome.recordsPerSecond,
  }
}

/** Least squares; 0 for a single sample. */
function slopeOf(samples: readonly { readonly millions: number; readonly megabytes: number }[]): number {
  const mean = (of: (sample: (typeof samples)[number]) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [x, y] = [mean(({ millions }) => millions), mean(({ megabytes }) => megabytes)]
  const spread = mean(({ millions }) => (millions - x) ** 2)
  return spread === 0 ? 0 : mean(({ millions, megabytes }) => (millions - x) * (megabytes - y)) / spread
}

export function memoryTable({ records, megabytes, megabytesPerMillionRecords }: MemoryFigure): string {
  const table = new CliTable3({
    head: ['records', 'RSS at a fifth, MB', 'RSS at the end, MB', 'MB per million records'],
    colAligns: ['right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  table.push([
    threeDigits(records),
    threeDigits(megabytes.start),
    threeDigits(megabytes.end),
    megabytesPerMillionRecords.toFixed(3),
  ])
  return table.toString()
}
