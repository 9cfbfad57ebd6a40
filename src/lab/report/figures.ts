import { grouped } from '../../base/words.js'
import { BATCH_REASONS, type BatchReason, type BenchRun } from '../measure/bench-result.js'

/** This file derives figures from a run, so that table, page and explanation agree. */

/** Returns the mean bytes of a batch as a share of `batch.size`; above 1 where single records are larger than that. */
export function batchFill(run: BenchRun): number {
  const size = run.config['batch.size']
  // batch.size 0 means one record in each batch: it is always full.
  return size > 0 ? run.batchBytesMean / size : 1
}

export interface ReasonShare {
  readonly reason: BatchReason
  readonly batches: number
  /** The share of all batches, between 0 and 1. */
  readonly share: number
}

/** Lists shares in the order of `BATCH_REASONS`, zeros included; none when no batch left. */
export function reasonShares(run: BenchRun): readonly ReasonShare[] {
  const total = BATCH_REASONS.reduce((sum, reason) => sum + run.batchesByReason[reason], 0)
  if (total === 0) return []
  return BATCH_REASONS.map((reason) => {
    const batches = run.batchesByReason[reason]
    return { reason, batches, share: batches / total }
  })
}

export function batchesSent(run: BenchRun): number {
  return BATCH_REASONS.reduce((sum, reason) => sum + run.batchesByReason[reason], 0)
}

/** Returns the reason of most batches. */
export function mainReason(run: BenchRun): ReasonShare | undefined {
  return [...reasonShares(run)].sort((a, b) => b.share - a.share)[0]
}

export interface BusyThread {
  readonly thread: string
  readonly busy: number
}

/** Lists threads: the application's first, then the others in the order records travel. */
export function busyThreads(run: BenchRun): readonly BusyThread[] {
  return Object.entries(run.threads)
    .map(([thread, { busy }]) => ({ thread, busy }))
    .sort((a, b) => rank(a.thread) - rank(b.thread) || a.thread.localeCompare(b.thread, 'en', { numeric: true }))
}

const JOURNEY = ['main', 'producer', 'sender', 'broker', 'consumer']

function rank(thread: string): number {
  const index = JOURNEY.indexOf(roleOf(thread))
  return index < 0 ? JOURNEY.length : index
}

/** Returns the role of a thread: `sender` of `sender-1`. */
export function roleOf(thread: string): string {
  return thread.replace(/-\d+$/, '')
}

export function busiestThread(run: BenchRun): BusyThread | undefined {
  return [...busyThreads(run)].sort((a, b) => b.busy - a.busy)[0]
}

const IN_FLIGHT_DEFAULT = 5

/**
 * Returns how many produce requests may be under way at once: Kafka's limit for each connection, of each producer to
 * each leader.
 */
export function inFlightLimit(run: BenchRun): number {
  const { brokers, partitions, producers } = run.config
  const option = run.config['max.in.flight.requests.per.connection']
  const ofOneConnection = typeof option === 'number' ? option : IN_FLIGHT_DEFAULT
  return ofOneConnection * Math.max(1, producers) * Math.max(1, Math.min(brokers, partitions))
}

export interface Verification {
  readonly records: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  readonly unacknowledged: number
  readonly isClean: boolean
}

/** Sums up the verification of the runs that ran. */
export function verificationOf(runs: readonly BenchRun[]): Verification {
  const sum = (count: (run: BenchRun) => number): number => runs.reduce((total, run) => total + count(run), 0)
  const lost = sum((run) => run.lost)
  const duplicated = sum((run) => run.duplicated)
  const outOfOrder = sum((run) => run.outOfOrder)
  const unacknowledged = sum((run) => run.unacknowledged ?? 0)
  return {
    records: sum((run) => run.records),
    lost,
    duplicated,
    outOfOrder,
    unacknowledged,
    isClean: lost + duplicated + outOfOrder + unacknowledged === 0,
  }
}

/** Says in words what is wrong with records. */
export function faultsInWords({ lost, duplicated, outOfOrder, unacknowledged }: Verification): string {
  const refused = unacknowledged > 0 ? `, ${grouped(unacknowledged)} not acknowledged` : ''
  return `${grouped(lost)} lost, ${grouped(duplicated)} duplicated, ${grouped(outOfOrder)} out of order${refused}`
}

/** Returns the run with the best `figure`, leaving out runs that were refused or moved nothing. */
export function bestRun(runs: readonly BenchRun[], figure: (run: BenchRun) => number): BenchRun | undefined {
  return runs.filter((run) => run.records > 0).sort((a, b) => figure(a) - figure(b))[0]
}
