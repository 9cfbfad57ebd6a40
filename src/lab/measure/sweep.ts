import type { ErrorCode } from '../../base/error-code.js'
import type { Refusal } from './bench-cluster.js'
import { type BenchRun, refusedRun } from './bench-result.js'
import { type MeasureOptions, measure, type RunLimit, type WarmUp } from './measure.js'
import type { Measurement } from './measurement.js'
import { runOf, withLatencies } from './median-run.js'
import { generatedRecords, type RecordSource } from './record-source.js'
import { configOf, type Workload } from './workload.js'

export interface Sweep {
  /** The cells, in the order in which they are run and reported. */
  readonly cells: readonly Workload[]
  readonly repeats: number
  readonly limit: RunLimit
  /** The limit of each run of the second pass; without it, that of the sweep, but at most LATENCY_SECONDS_MAX. */
  readonly latencyLimit?: RunLimit
  /** The warm-up of each run; see MeasureOptions. */
  readonly warmUp?: WarmUp
  /** The source of all records; without it, values of each cell's size are made up. */
  readonly source?: RecordSource
}

export interface SweepStep {
  readonly workload: Workload
  /** Runs that are behind us, and runs in all; the second pass is counted from its beginning. */
  readonly done: number
  readonly total: number
}

export interface SweepParts {
  readonly onStep?: (step: SweepStep) => void
  /** Called with how many records were given up, and with the first error: they are neither lost nor delivered. */
  readonly onUnacknowledged?: (workload: Workload, records: number, failure: ErrorCode) => void
  readonly measure?: (
    workload: Workload,
    source: RecordSource,
    options: MeasureOptions,
  ) => Promise<Measurement | Refusal>
}

interface Cell {
  readonly workload: Workload
  readonly source: RecordSource
  readonly repeats: Measurement[]
  refused: string | null
}

const LATENCY_SECONDS_MAX = 1

/** Lists every combination of the values, the last option varying fastest. */
export function productOf<Value>(
  axes: readonly (readonly [name: string, values: readonly Value[]])[],
): Record<string, Value>[] {
  return axes.reduce<Record<string, Value>[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  )
}

/**
 * Runs the cells in turns: A B C, A B C, … so that whatever else happens on the machine falls on all of them.
 *
 * At full speed, latency is the depth of a full buffer. So cells that are to be compared are run once more, all at half
 * the throughput of the slowest, and their latencies are those of this pass.
 */
export async function runSweep(sweep: Sweep, parts: SweepParts = {}): Promise<BenchRun[]> {
  const measureOne = parts.measure ?? measure
  const cells = sweep.cells.map((workload): Cell => {
    const source = sweep.source ?? generatedRecords(workload)
    return { workload, source, repeats: [], refused: null }
  })
  const hasSecondPass = cells.length > 1 && cells.some(({ workload }) => workload.rate === 'max')
  const total = cells.length * (sweep.repeats + (hasSecondPass ? 1 : 0))
  let done = 0
  const run = async (cell: Cell, workload: Workload, limit: RunLimit): Promise<Measurement | null> => {
    parts.onStep?.({ workload, done, total })
    done += 1
    if (cell.refused !== null) return null
    const outcome = await measureOne(workload, cell.source, {
      limit,
      ...(sweep.warmUp === undefined ? {} : { warmUp: sweep.warmUp }),
    })
    if ('refused' in outcome) {
      cell.refused = outcome.refused
      return null
    }
    const { unacknowledged, failure } = outcome
    if (failure !== null) parts.onUnacknowledged?.(workload, unacknowledged, failure)
    return outcome
  }
  for (let repeat = 0; repeat < sweep.repeats; repeat++) {
    for (const cell of cells) {
      const measured = await run(cell, cell.workload, sweep.limit)
      if (measured !== null) cell.repeats.push(measured)
    }
  }
  const runs = cells.map(({ workload, source, repeats, refused }) => {
    const config = configOf({ ...workload, recordBytes: Math.round(source.valueBytesMean) })
    return repeats.length > 0 ? runOf(config, repeats) : refusedRun(config, refused ?? '')
  })
  if (!hasSecondPass) return runs
  const rate = secondPassRate(runs)
  for (const [index, cell] of cells.entries()) {
    if (!isFlatOut(runs[index]!)) continue
    const pass = await run(cell, { ...cell.workload, rate }, sweep.latencyLimit ?? latencyLimitOf(sweep.limit, rate))
    if (pass !== null) runs[index] = withLatencies(runs[index]!, rate, pass)
  }
  return runs
}

/** Returns half the throughput of the slowest cell that ran flat out, as a whole number that reads well. */
function secondPassRate(runs: readonly BenchRun[]): number {
  const slowest = Math.min(...runs.filter(isFlatOut).map(({ recordsPerSecond }) => recordsPerSecond))
  return Math.max(1, Math.floor(slowest / 2))
}

/** A run that was refused, or moved nothing, is not compared with others. */
const isFlatOut = ({ config, records }: BenchRun): boolean => records > 0 && config.rate === 'max'

function latencyLimitOf(limit: RunLimit, rate: number): RunLimit {
  if ('seconds' in limit) return { seconds: Math.min(limit.seconds, LATENCY_SECONDS_MAX) }
  return { records: Math.max(1, Math.min(limit.records, Math.round(rate * LATENCY_SECONDS_MAX))) }
}
