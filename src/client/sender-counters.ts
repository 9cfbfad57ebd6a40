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
const BY_REASON = 11
const FIELDS = BY_REASON + REASONS.length

export interface SenderTotals {
  readonly batches: number
  readonly bytes: number
  readonly records: number
  readonly queuedMs: number
  /** Sum over all batches of the bytes of their records as they were sent, divided by those before; 1 where they were not compressed. */
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

/**
 * Totals of a sender since it began, in shared memory so that others can read them at any time.
 * Written by the sender's thread; a reader may see a batch counted whose bytes are not.
 */
export class SenderCounters {
  readonly shared: SharedArrayBuffer
  readonly #totals: Float64Array

  constructor(shared = new SharedArrayBuffer(FIELDS * 8)) {
    this.shared = shared
    this.#totals = new Float64Array(shared)
  }

  batchClosed(batch: {
    reason: SendReason
    bytes: number
    records: number
    queuedMs: number
    compressionRate: number
  }): void {
    this.#add(BATCHES, 1)
    this.#add(BYTES, batch.bytes)
    this.#add(RECORDS, batch.records)
    this.#add(QUEUED_MS, batch.queuedMs)
    this.#add(COMPRESSION_RATES, batch.compressionRate)
    this.#add(BY_REASON + REASONS.indexOf(batch.reason), 1)
  }

  requestSent(inFlight: number): void {
    this.#add(REQUESTS, 1)
    this.#add(IN_FLIGHT_SUM, inFlight)
  }

  requestAnswered(latencyMs: number): void {
    this.#add(ANSWERED, 1)
    this.#add(LATENCY_MS, latencyMs)
  }

  batchRetried(): void {
    this.#add(RETRIES, 1)
  }

  batchSplit(): void {
    this.#add(SPLITS, 1)
  }

  totals(): SenderTotals {
    const at = (field: number): number => this.#totals[field] as number
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

  #add(field: number, amount: number): void {
    this.#totals[field] = (this.#totals[field] as number) + amount
  }
}
