import { assert } from '../../base/assert.js'

/**
 * The JSON that `odradek bench --json` prints: a contract with programs that read it. Reports are drawn from it, too.
 * Scalars of a run are medians of its repeats. Megabytes are 10^6 bytes of values; `busy` is a share of wall time
 * between 0 and 1.
 */
export interface BenchResult {
  readonly machine: BenchMachine
  readonly runs: readonly BenchRun[]
}

export interface BenchMachine {
  /** Cores that the process may use. */
  readonly cpus: number
  /** The processor's name. */
  readonly model: string
  /** Versions, such as `v20.20.2` and `0.1.0`. */
  readonly node: string
  readonly odradek: string
}

export type ConfigValue = string | number | boolean

/** One cell of a sweep: every swept option by Kafka's dotted name, and the shape of the run. */
export interface BenchConfig {
  /** Bytes. */
  readonly 'batch.size': number
  readonly 'linger.ms': number
  readonly acks: string
  readonly brokers: number
  readonly partitions: number
  readonly producers: number
  readonly consumers: number
  /** Bytes of each value. */
  readonly recordSize: number
  /** Records per second; `max` is as fast as it goes. With a number, latency counts from the intended send time. */
  readonly rate: number | 'max'
  readonly api: string
  readonly handler: string
  readonly [option: string]: ConfigValue
}

export interface BenchRun {
  readonly config: BenchConfig
  /** The reason why the combination is impossible. Nothing ran then and every number is 0: see `refusedRun`. */
  readonly refused?: string
  readonly records: number
  /** Records that were acknowledged and never read, after everything that can be read was read. */
  readonly lost: number
  /** Records that were read more than once, at different offsets. */
  readonly duplicated: number
  /** Acknowledged records first read after a higher number of the same producer and partition. */
  readonly outOfOrder: number
  /**
   * Records given up by their producers, in the warm-up too; absent when there are none. No other figure counts them.
   */
  readonly unacknowledged?: number
  readonly recordsPerSecond: number
  readonly megabytesPerSecond: number
  readonly cpuSecondsPerMillionRecords: number
  /** Latency from send to handler. */
  readonly latencyMs: LatencySummary
  /** Latency from send to acknowledgement. */
  readonly produceLatencyMs: LatencySummary
  /**
   * Records per second of the second pass, which both latencies come from; without it they come from the run itself.
   */
  readonly latencyRate?: number
  readonly batchBytesMean: number
  readonly batchRecordsMean: number
  /** Milliseconds that a record waited in its batch before the batch was sent. */
  readonly recordQueueMsMean: number
  readonly batchesByReason: BatchesByReason
  readonly requestsPerSecond: number
  /** Produce requests under way at once, averaged over time. */
  readonly inFlightMean: number
  readonly requestLatencyMsMean: number
  /** Thread names, such as `main`, `sender-1`, `broker-1`, `consumer-1`, and how busy each was. */
  readonly threads: Readonly<Record<string, ThreadBusy>>
  readonly repeats: number
  /** Spreads by the scalar's name; a percentile's name has a dot: `latencyMs.p99`. */
  readonly spread: BenchSpread
}

/** Milliseconds. `p999` is the 99.9th percentile. */
export interface LatencySummary {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export const BATCH_REASONS = ['full', 'linger', 'flush', 'memory', 'close'] as const
/**
 * The reason why a batch left its producer. `linger` includes `linger.ms` = 0; `memory` is an exhausted
 * `buffer.memory`.
 */
export type BatchReason = (typeof BATCH_REASONS)[number]
/** Counts of batches. */
export type BatchesByReason = Readonly<Record<BatchReason, number>>

export interface ThreadBusy {
  /** Share of wall time spent in receive and tick, without spinning and parking. */
  readonly busy: number
}

/** The range of one figure over the repeats of a run. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export interface BenchSpread {
  readonly recordsPerSecond: Spread
  readonly [scalar: string]: Spread
}

const NO_LATENCY: LatencySummary = { p50: 0, p95: 0, p99: 0, p999: 0, max: 0 }

/** Makes the cell of an impossible combination: it says why and fails nothing. */
export function refusedRun(config: BenchConfig, reason: string): BenchRun {
  return {
    config,
    refused: reason,
    records: 0,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    recordsPerSecond: 0,
    megabytesPerSecond: 0,
    cpuSecondsPerMillionRecords: 0,
    latencyMs: NO_LATENCY,
    produceLatencyMs: NO_LATENCY,
    batchBytesMean: 0,
    batchRecordsMean: 0,
    recordQueueMsMean: 0,
    batchesByReason: { full: 0, linger: 0, flush: 0, memory: 0, close: 0 },
    requestsPerSecond: 0,
    inFlightMean: 0,
    requestLatencyMsMean: 0,
    threads: {},
    repeats: 0,
    spread: { recordsPerSecond: { min: 0, median: 0, max: 0 } },
  }
}

/** Returns the smallest, median and largest of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  assert(values.length > 0, 'A spread is taken over at least one value')
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => sorted[index] as number
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2
  return { min: at(0), median, max: at(sorted.length - 1) }
}
