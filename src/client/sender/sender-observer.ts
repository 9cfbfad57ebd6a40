import type { Address } from '../../actor/address.js'
import type { Timestamp } from '../../base/ids.js'
import type { PartitionProduceResult } from '../../protocol/apis/produce.js'

/** A batch, as the same object for as long as it is told of. */
export interface ObservedBatch {
  readonly partition: number
  readonly recordCount: number
}

/**
 * An observer is told what a sender does with its batches, and not of single records: on the sender's thread, or,
 * through `SenderTapes`, later and on another.
 */
export interface SenderObserver {
  /** Told when no record comes in any more: the batch is about to be sent for the first time. */
  closed(batch: ObservedBatch, now: Timestamp): void
  /** Told of each request: it has at most one batch of each partition. */
  sent(batches: readonly ObservedBatch[], to: Address, now: Timestamp): void
  /** `results` null: the connection was lost. A batch that is to be sent again is not put back yet. */
  answered(batches: readonly ObservedBatch[], results: readonly PartitionProduceResult[] | null, now: Timestamp): void
}
