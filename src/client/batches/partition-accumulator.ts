import type { Memory } from '../../base/memory.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import type { BatchReport } from './batch-report.js'
import type { Delivery } from './delivery.js'
import { tellParts } from './part-results.js'

/**
 * How much of a producer is on its way to one partition. Written by the accumulator; both live on the application's
 * thread.
 */
export interface PartitionLoad {
  /** Bytes of all batches ever begun. */
  readonly bytesEver: number
  /**
   * Batches that were opened and not reported yet. Kafka counts those that wait in the accumulator. Here those on their
   * way count as well: the application knows of them without asking its sender, and a broker that answers slowly is
   * behind with all of them.
   */
  readonly batches: number
  /** The time since which nothing was reported of these batches; -1: something was, since the last look. */
  quietSince: number
}

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
  /** Whether it has failed and its records are being kept. */
  isFailed = false

  constructor(
    readonly target: PartitionAccumulator,
    readonly slot: number,
    readonly memory: Memory,
    readonly memoryId: number,
    readonly position: number,
    readonly baseTimestamp: number,
    /** The number of the batch: batches are counted in the order in which they were opened. */
    readonly number: number,
  ) {
    this.maxTimestamp = baseTimestamp
  }

  /** Notes that the record appended last has named its partition. */
  noteNamed(): void {
    if (this.namedEnd !== this.count - 1) {
      if (this.named.length > 0) this.named.push(this.namedEnd)
      this.named.push(this.count - 1)
    }
    this.namedEnd = this.count
  }

  /** Notes that the records appended last are the delivery's. Returns whether they begin a row of such records. */
  attach(delivery: Delivery, records = 1): boolean {
    const { deliveries, deliveryIndexes, deliveryEnds, count } = this
    const last = deliveries.length - 1
    const first = count - records
    if (deliveries[last] === delivery && deliveryEnds[last] === first) {
      deliveryEnds[last] = count
      return false
    }
    deliveries.push(delivery)
    deliveryIndexes.push(first)
    deliveryEnds.push(count)
    delivery.noteBatch()
    return true
  }

  /** Whether somebody waits for each of its records. */
  get isHeard(): boolean {
    let heard = 0
    for (let number = 0; number < this.deliveries.length; number++)
      heard += (this.deliveryEnds[number] as number) - (this.deliveryIndexes[number] as number)
    return heard === this.count
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
