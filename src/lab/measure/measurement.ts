import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { ErrorCode } from '../../base/error-code.js'
import type { Histogram } from '../../base/histogram.js'
import type { SenderTotals } from '../../client/sender/sender-counters.js'
import type { BenchCluster } from './bench-cluster.js'
import {
  BATCH_REASONS,
  type BatchesByReason,
  type BatchReason,
  type BenchRun,
  type LatencySummary,
} from './bench-result.js'

type BeforeJoining = Omit<BenchRun, 'config' | 'refused' | 'unacknowledged' | 'latencyRate' | 'repeats' | 'spread'>

/** The figures of one run, before repeats are joined. */
export interface Measurement extends BeforeJoining {
  /** Records of batches that were given up. They are not lost, as nobody was told that they were written. */
  readonly unacknowledged: number
  /** The error of the first of these batches; null when there is none. */
  readonly failure: ErrorCode | null
}

/** The part of a run that says what became of its records. */
export type Found = Pick<Measurement, 'lost' | 'duplicated' | 'outOfOrder' | 'unacknowledged' | 'failure'>

/** All counters that only grow, read at one moment. */
export interface Snapshot {
  /** The moment, in milliseconds of the run's clock. */
  readonly at: number
  readonly totals: SenderTotals
  /** Busy milliseconds of each thread, by its name in a run's `threads`. */
  readonly busyMs: ReadonlyMap<string, number>
  readonly cpu: NodeJS.CpuUsage
  readonly eventLoop: EventLoopUtilization
}

export async function takeSnapshot({ cluster, clock, producers }: BenchCluster): Promise<Snapshot> {
  const { threads } = await cluster.describe()
  const busyMs = namedByRole(threads.map(({ address, busyMs }) => [address, busyMs]))
  const totals = sumOf(producers.map(({ producer }) => producer.totals()))
  return { at: clock.now(), totals, busyMs, cpu: process.cpuUsage(), eventLoop: performance.eventLoopUtilization() }
}

/**
 * Names threads by role: `sender-2` is the second sender, whatever its number in the cluster. Leaves out threads that
 * only decide.
 */
export function namedByRole(threads: readonly (readonly [address: string, busyMs: number])[]): Map<string, number> {
  const numbered = threads
    .map(([address, busyMs]) => {
      const dash = address.lastIndexOf('-')
      return { role: address.slice(0, dash), number: Number(address.slice(dash + 1)), busyMs }
    })
    .filter(({ role }) => role !== 'controller')
    .sort((a, b) => a.number - b.number)
  const counts = new Map<string, number>()
  return new Map(
    numbered.map(({ role, busyMs }) => {
      const ordinal = (counts.get(role) ?? 0) + 1
      counts.set(role, ordinal)
      return [`${role}-${ordinal}`, busyMs]
    }),
  )
}

function sumOf(all: readonly SenderTotals[]): SenderTotals {
  const sum = (of: (totals: SenderTotals) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    batches: sum(({ batches }) => batches),
    bytes: sum(({ bytes }) => bytes),
    records: sum(({ records }) => records),
    queuedMs: sum(({ queuedMs }) => queuedMs),
    compressionRates: sum(({ compressionRates }) => compressionRates),
    requests: sum(({ requests }) => requests),
    inFlightSum: sum(({ inFlightSum }) => inFlightSum),
    answered: sum(({ answered }) => answered),
    requestLatencyMs: sum(({ requestLatencyMs }) => requestLatencyMs),
    retries: sum(({ retries }) => retries),
    splits: sum(({ splits }) => splits),
    batchesByReason: byReason((reason) => sum(({ batchesByReason }) => batchesByReason[reason])),
  }
}

function byReason(count: (reason: BatchReason) => number): BatchesByReason {
  return Object.fromEntries(BATCH_REASONS.map((reason) => [reason, count(reason)])) as BatchesByReason
}

/** Computes figures from two snapshots, and from what moved between them. */
export function figuresBetween(
  before: Snapshot,
  after: Snapshot,
  moved: {
    /** Records that moved, without those that were given up; `bytes` leaves these out, too. */
    readonly records: number
    readonly valueBytes: number
    /** Milliseconds from the first send until the last record was handled. */
    readonly ms: number
    /** Milliseconds that the application's thread slept outside its event loop. */
    readonly sleptMs: number
  },
): Omit<Measurement, keyof Found | 'latencyMs' | 'produceLatencyMs'> {
  const { records, valueBytes } = moved
  const seconds = moved.ms / 1e3
  const wallMs = after.at - before.at
  const total = (of: (totals: SenderTotals) => number): number => of(after.totals) - of(before.totals)
  const batches = total((totals) => totals.batches)
  const answered = total((totals) => totals.answered)
  const latencyMs = total((totals) => totals.requestLatencyMs)
  const cpuMicros = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system
  const mainMs = after.eventLoop.active - before.eventLoop.active - moved.sleptMs
  const others = [...after.busyMs].map(
    ([thread, busyMs]) => [thread, busyMs - (before.busyMs.get(thread) ?? 0)] as const,
  )
  return {
    records,
    recordsPerSecond: records / seconds,
    megabytesPerSecond: valueBytes / 1e6 / seconds,
    cpuSecondsPerMillionRecords: mean(cpuMicros, records),
    batchBytesMean: mean(
      total((totals) => totals.bytes),
      batches,
    ),
    batchRecordsMean: mean(
      total((totals) => totals.records),
      batches,
    ),
    recordQueueMsMean: mean(
      total((totals) => totals.queuedMs),
      batches,
    ),
    batchesByReason: byReason((reason) => total((totals) => totals.batchesByReason[reason])),
    requestsPerSecond: total((totals) => totals.requests) / seconds,
    // This is Little's law, over time and over all connections at once.
    inFlightMean: latencyMs / moved.ms,
    requestLatencyMsMean: mean(latencyMs, answered),
    threads: Object.fromEntries(
      [['main', mainMs] as const, ...others].map(([thread, ms]) => [
        thread,
        { busy: Math.min(1, Math.max(0, ms / wallMs)) },
      ]),
    ),
  }
}

const mean = (sum: number, count: number): number => (count === 0 ? 0 : sum / count)

/** Converts a histogram of microseconds to the milliseconds of a run; zeros when it is empty. */
export function latencySummary(micros: Histogram): LatencySummary {
  const at = (percentage: number): number => micros.percentile(percentage) / 1e3
  return { p50: at(50), p95: at(95), p99: at(99), p999: at(99.9), max: micros.max / 1e3 }
}
