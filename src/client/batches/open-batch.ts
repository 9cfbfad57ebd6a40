import type { Memory } from '../../base/memory.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import type { PartitionLoad } from '../producer/sticky-partition.js'
import type { BatchReport, Delivery } from './delivery.js'
import { tellParts } from './part-results.js'

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
  /** See `FailedBatch`, but for the last end, which moves with each record. Empty where nobody keeps failed batches. */
  readonly named: number[] = []
  namedEnd = -1
  /** It has failed, and its records are being kept. */
  isFailed = false

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

  /** The record appended last has named its partition. */
  noteNamed(): void {
    if (this.namedEnd !== this.count - 1) {
      if (this.named.length > 0) this.named.push(this.namedEnd)
      this.named.push(this.count - 1)
    }
    this.namedEnd = this.count
  }

  /** Tells the deliveries what became of the batch, or of its parts. */
  tell(reports: readonly BatchReport[]): void {
    const { deliveries, deliveryIndexes, deliveryEnds } = this
    const cursor = { part: 0, first: 0 }
    for (let number = 0; number < deliveries.length; number++) {
      const delivery = deliveries[number] as Delivery
      const index = deliveryIndexes[number] as number
      const end = deliveryEnds[number] as number
      if (reports.length === 1) delivery.settled(reports[0] as BatchReport, index, end - index)
      else tellParts(delivery, reports, { index, end }, cursor)
    }
  }
}
