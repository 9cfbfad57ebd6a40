import { SampledTotals, type SampleWindow } from '../../base/sampled-totals.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'

/** Why a batch left: full, linger.ms had passed (also linger.ms 0), a flush, somebody waited for memory, the close. */
export type SendReason = 'full' | 'linger' | 'flush' | 'memory' | 'close'
const REASONS = ['full', 'linger', 'flush', 'memory', 'close'] as const satisfies readonly SendReason[]

const BATCHES = 0
const BYTES = 1
const RECORDS = 2
const QUEUED_MS = 3
const REQUESTS = 4
const IN_FLIGHT_SUM = 5
const ANSWERED = 6
const LATENCY_MS = 7
const RETRIES = 8
const COMPRESSION_RATES = 9
const SPLITS = 10
const UNCOMPRESSED_BYTES = 11
const RESENT_BYTES = 12
const RESENT_RECORDS = 13
const RETRIED_RECORDS = 14
/** States, not totals. */
const CONNECTIONS = 15
const METADATA_AT = 16
const BY_REASON = 17
const FIELDS = BY_REASON + REASONS.length

const BATCH_BYTES_MAX = 0
const QUEUED_MS_MAX = 1
const LATENCY_MS_MAX = 2
const SHAPE = { totals: FIELDS, maxima: 3 }

export interface SenderTotals {
  readonly batches: number
  readonly bytes: number
  readonly records: number
  readonly queuedMs: number
  /**
   * Sum over all batches of the bytes of their records as they were sent, divided by those before; 1 where they were
   * not compressed.
   */
  readonly compressionRates: number
  readonly requests: number
  /** Sum over all requests of how many were in flight with it, itself included. */
  readonly inFlightSum: number
  readonly answered: number
  readonly requestLatencyMs: number
  /** Batches that were put back to be sent again, once for each time. */
  readonly retries: number
  /** Batches that were refused as too large and split. */
  readonly splits: number
  readonly batchesByReason: Readonly<Record<SendReason, number>>
}

/** The sums of a window, or since the sender began. */
export interface SenderSums {
  readonly batches: number
  /** Bytes of batches that were sent for the first time, as they were sent. */
  readonly bytes: number
  /** The same bytes before compression. */
  readonly uncompressedBytes: number
  readonly records: number
  readonly queuedMs: number
  /** The sum that `SenderTotals` has. */
  readonly compressionRates: number
  /** Bytes of batches that were sent again, and of the parts of split batches, each time. */
  readonly resentBytes: number
  readonly resentRecords: number
  /** Records sent again, without those that were sent in a part for the first time. */
  readonly retriedRecords: number
  readonly requests: number
  readonly answered: number
  readonly requestLatencyMs: number
  readonly splits: number
}

/** What came within the window that metrics are over. The maxima are NaN where there was nothing. */
export interface SenderWindow extends SenderSums {
  readonly seconds: number
  readonly batchBytesMax: number
  readonly queuedMsMax: number
  readonly requestLatencyMsMax: number
}

/**
 * Totals of a sender since it began, in shared memory so that others can read them at any time.
 * Written by the sender's thread; a reader may see a batch counted whose bytes are not.
 */
export class SenderCounters {
  readonly shared: SharedArrayBuffer
  readonly #counts: SampledTotals

  constructor(window: SampleWindow, shared?: SharedArrayBuffer) {
    this.#counts = new SampledTotals(SHAPE, window, shared)
    this.shared = this.#counts.shared
  }

  batchClosed(batch: {
    reason: SendReason
    bytes: number
    uncompressedBytes: number
    records: number
    queuedMs: number
    now: number
  }): void {
    const counts = this.#counts
    counts.happens(batch.now)
    counts.add(BATCHES, 1)
    counts.add(BYTES, batch.bytes)
    counts.add(UNCOMPRESSED_BYTES, batch.uncompressedBytes)
    counts.add(RECORDS, batch.records)
    counts.add(QUEUED_MS, batch.queuedMs)
    counts.add(COMPRESSION_RATES, compressionRate(batch))
    counts.add(BY_REASON + REASONS.indexOf(batch.reason), 1)
    counts.max(BATCH_BYTES_MAX, batch.bytes)
    counts.max(QUEUED_MS_MAX, batch.queuedMs)
  }

  /** Counts a batch whose records were sent before: in itself, or in the one that it is a part of. */
  batchResent(batch: { bytes: number; recordCount: number; attempts: number }, now: number): void {
    this.#counts.happens(now)
    this.#counts.add(RESENT_BYTES, batch.bytes)
    this.#counts.add(RESENT_RECORDS, batch.recordCount)
    if (batch.attempts > 0) this.#counts.add(RETRIED_RECORDS, batch.recordCount)
  }

  /** Counts a batch that was too large for its broker, and became several. */
  batchSplit(now: number): void {
    this.#counts.happens(now)
    this.#counts.add(SPLITS, 1)
  }

  requestSent(inFlight: number, now: number): void {
    this.#counts.happens(now)
    this.#counts.add(REQUESTS, 1)
    this.#counts.add(IN_FLIGHT_SUM, inFlight)
  }

  requestAnswered(latencyMs: number, now: number): void {
    this.#counts.happens(now)
    this.#counts.add(ANSWERED, 1)
    this.#counts.add(LATENCY_MS, latencyMs)
    this.#counts.max(LATENCY_MS_MAX, latencyMs)
  }

  batchRetried(): void {
    this.#counts.add(RETRIES, 1)
  }

  /** Notes how many brokers are connected from now on. */
  connected(count: number): void {
    this.#counts.set(CONNECTIONS, count)
  }

  metadataUpdated(now: number): void {
    this.#counts.set(METADATA_AT, now)
  }

  get connections(): number {
    return this.#counts.total(CONNECTIONS)
  }

  /** When metadata was learnt last; 0: never. */
  get metadataAt(): number {
    return this.#counts.total(METADATA_AT)
  }

  totals(): SenderTotals {
    const at = (field: number): number => this.#counts.total(field)
    return {
      batches: at(BATCHES),
      bytes: at(BYTES),
      records: at(RECORDS),
      queuedMs: at(QUEUED_MS),
      compressionRates: at(COMPRESSION_RATES),
      requests: at(REQUESTS),
      inFlightSum: at(IN_FLIGHT_SUM),
      answered: at(ANSWERED),
      requestLatencyMs: at(LATENCY_MS),
      retries: at(RETRIES),
      splits: at(SPLITS),
      batchesByReason: Object.fromEntries(REASONS.map((reason, index) => [reason, at(BY_REASON + index)])) as Record<
        SendReason,
        number
      >,
    }
  }

  /** The sums since the sender began, as `within` has them for a window. */
  sums(): SenderSums {
    return sumsOf((field) => this.#counts.total(field))
  }

  within(now: number): SenderWindow {
    const { seconds, sum, max } = this.#counts.within(now)
    return {
      ...sumsOf(sum),
      seconds,
      batchBytesMax: max(BATCH_BYTES_MAX),
      queuedMsMax: max(QUEUED_MS_MAX),
      requestLatencyMsMax: max(LATENCY_MS_MAX),
    }
  }
}

/**
 * What part of the bytes of its records a batch was sent with; 1: they were not compressed.
 * (`MemoryRecordsBuilder.close`)
 */
export function compressionRate({ bytes, uncompressedBytes }: { bytes: number; uncompressedBytes: number }): number {
  return (bytes - BATCH_OVERHEAD) / (uncompressedBytes - BATCH_OVERHEAD)
}

/**
 * Read in the opposite order of counting: no batch is seen without being counted, and no answer without its request.
 */
function sumsOf(at: (field: number) => number): SenderSums {
  return {
    bytes: at(BYTES),
    uncompressedBytes: at(UNCOMPRESSED_BYTES),
    compressionRates: at(COMPRESSION_RATES),
    records: at(RECORDS),
    queuedMs: at(QUEUED_MS),
    resentBytes: at(RESENT_BYTES),
    resentRecords: at(RESENT_RECORDS),
    retriedRecords: at(RETRIED_RECORDS),
    splits: at(SPLITS),
    requestLatencyMs: at(LATENCY_MS),
    answered: at(ANSWERED),
    requests: at(REQUESTS),
    batches: at(BATCHES),
  }
}
