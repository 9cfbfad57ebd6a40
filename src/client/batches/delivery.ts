import type { KafkaError } from '../../base/errors.js'
import type { BatchReport } from './batch-report.js'

/**
 * A delivery waits for the reports of the batches that took its records: one record with a callback, or all records
 * of a `send`.
 */
export interface Delivery {
  /** Whether a promise hangs on it, for which somebody may be waiting before sending more. */
  readonly isAwaited: boolean
  /** Whether it is one record that comes from a dead letter, which stays until the record is acknowledged. */
  readonly isReplay?: boolean
  /** Notes that a batch took a record of this delivery, the first of those in a row. */
  noteBatch(): void
  /** Tells of so many of the batch's records from `index` on, which are this delivery's. Once for each `noteBatch`. */
  settled(report: BatchReport, index: number, recordCount: number): void
}

/** One record of `produce`, which may fail before it has a batch. */
export interface RecordDelivery extends Delivery {
  /** Tells that it has failed before it had a batch. `record` is where it was to go. */
  failed(error: KafkaError, record: { readonly topic: string; readonly partition?: number | undefined }): void
}
