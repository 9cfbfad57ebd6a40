import type { ErrorCode } from '../../base/error-code.js'
import type { KafkaError } from '../../base/errors.js'

/** What became of one batch. */
export interface BatchReport {
  readonly topic: string
  readonly partition: number
  readonly error: ErrorCode
  /** Of the batch's first record; -1 when that is not known (acks=0, or an error). */
  readonly baseOffset: number
  /** Milliseconds since 1970 if the topic stamps the time of the append, else -1. */
  readonly logAppendTimeMs: number
  readonly recordCount: number
  /** How often it was sent; null: not known. */
  readonly attempts: number | null
}

/** What of a batch went to brokers. */
export interface BatchSends {
  readonly sends: number
  /** Of the batch as it was sent, once. */
  readonly bytes: number
  readonly uncompressedBytes: number
}

/** Waits for the reports of the batches that took its records: one record with a callback, or all records of a `send`. */
export interface Delivery {
  /** Whether a promise hangs on it, for which somebody may be waiting before sending more. */
  readonly isAwaited: boolean
  /** Whether it is one record that comes from a dead letter, which stays until the record is acknowledged. */
  readonly isReplay?: boolean
  /** A batch took a record of this delivery, the first of those in a row. */
  noteBatch(): void
  /** So many of the batch's records, from `index` on, are this delivery's. Once for each `noteBatch`. */
  settled(report: BatchReport, index: number, recordCount: number): void
}

/** One record of `produce`, which may fail before it has a batch. */
export interface RecordDelivery extends Delivery {
  /** It has failed like that. `record` is where it was to go. */
  failed(error: KafkaError, record: { readonly topic: string; readonly partition?: number | undefined }): void
}
