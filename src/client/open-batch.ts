import type { Memory } from '../base/memory.js'
import { BATCH_OVERHEAD } from '../record/layout.js'
import type { Delivery } from './delivery.js'
import type { PartitionLoad } from './sticky-partition.js'

/** One partition's place in the accumulator. */
export class PartitionAccumulator implements PartitionLoad {
  open: OpenBatch | null = null
  bytesEver = 0
  batches = 0
  quietSince = -1

  constructor(
    readonly topic: string,
    readonly topicId: number,
    readonly partition: number,
  ) {}
}

/** A batch from its first record until it is reported, as the application knows it. */
export class OpenBatch {
  count = 0
  bytes = BATCH_OVERHEAD
  isAwaited = false
  maxTimestamp: number
  /** Deliveries, and the index in the batch at which each begins. Empty for records that nobody waits for. */
  readonly deliveries: Delivery[] = []
  readonly deliveryIndexes: number[] = []
  /** Where each of them ends, exclusive. */
  readonly deliveryEnds: number[] = []

  constructor(
    readonly target: PartitionAccumulator,
    readonly slot: number,
    readonly memory: Memory,
    readonly memoryId: number,
    readonly position: number,
    readonly baseTimestamp: number,
    /** Counts batches in the order in which they were opened. */
    readonly number: number,
  ) {
    this.maxTimestamp = baseTimestamp
  }
}
