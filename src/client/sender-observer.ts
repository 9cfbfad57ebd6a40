import type { Address } from '../actor/types.js'
import type { Timestamp } from '../base/ids.js'
import type { PartitionProduceResult } from '../protocol/produce.js'
import type { SealedBatch } from './partition-queues.js'

/** Is told what a sender does with its batches, on the sender's thread. Nothing is told of records, and nothing to nobody. */
export interface SenderObserver {
  /** No record comes in any more; it is about to be sent for the first time. */
  closed(batch: SealedBatch, now: Timestamp): void
  /** One request, with at most one batch of each partition. */
  sent(batches: readonly SealedBatch[], to: Address, now: Timestamp): void
  /** Null: the connection was lost. A batch that is to be sent again is not put back yet. */
  answered(batches: readonly SealedBatch[], results: readonly PartitionProduceResult[] | null, now: Timestamp): void
}
