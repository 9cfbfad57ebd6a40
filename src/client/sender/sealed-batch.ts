import { type Timestamp, timestamp } from '../../base/ids.js'
import type { BatchReference } from '../../protocol/apis/produce.js'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE } from '../../record/layout.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import type { PartResult } from '../batches/part-results.js'

/**
 * A batch that was closed and sealed; it is sent as often as it takes. Nothing in it changes, but for who wrote it and
 * how it is counted, when its producer counts anew.
 */
export class SealedBatch implements BatchReference {
  /** The id of the topic that it was sent to last. */
  topicId: number
  readonly partition: number
  readonly queue: PartitionQueue
  readonly slot: number
  readonly memoryId: number
  readonly position: number
  /** The size as it is sent: less than `uncompressedBytes`, if it is compressed. */
  bytes: number
  readonly uncompressedBytes: number
  /** The bits of `layout`: the codec. */
  attributes = 0
  readonly recordCount: number
  /** Milliseconds since 1970. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly createdAt: Timestamp
  /** The batch that it is a part of; null: it is not a part. */
  readonly split: SplitBatch | null
  /** Index of its first record in the batch that it is a part of. */
  readonly firstRecord: number
  /** The identity of its producer; -1 in all three: its producer is not idempotent. */
  producerId = NO_PRODUCER_ID
  producerEpoch = NO_PRODUCER_EPOCH
  baseSequence = NO_SEQUENCE
  /** How often it was put back. */
  attempts = 0
  /** When it may be sent again, unless there is another leader by then. */
  retryAt = timestamp(0)
  /** The leader's epoch when it was sent last. */
  leaderEpoch = -1

  constructor(queue: PartitionQueue, slot: number, content: BatchContent, part: BatchPart | null = null) {
    this.topicId = queue.topicId
    this.partition = queue.partition
    this.queue = queue
    this.slot = slot
    this.memoryId = content.memoryId
    this.position = content.position
    this.bytes = content.bytes
    this.uncompressedBytes = content.bytes
    this.recordCount = content.recordCount
    this.baseTimestamp = content.baseTimestamp
    this.maxTimestamp = content.maxTimestamp
    this.createdAt = content.createdAt
    this.split = part?.split ?? null
    this.firstRecord = part?.firstRecord ?? 0
  }

  /** The batch that the application has written into a slot. */
  static ofSlot(queue: PartitionQueue, slot: number, shared: AccumulatorMemory): SealedBatch {
    const recordCount = shared.close(slot)
    return new SealedBatch(queue, slot, {
      memoryId: shared.memoryId(slot),
      position: shared.position(slot),
      bytes: shared.bytes(slot, recordCount),
      recordCount,
      baseTimestamp: shared.baseTimestamp(slot),
      maxTimestamp: shared.maxTimestamp(slot, recordCount),
      createdAt: timestamp(shared.createdAt(slot)),
    })
  }
}

/** What a batch is before it is sealed: records behind the place of a header. */
export type BatchContent = Pick<
  SealedBatch,
  'memoryId' | 'position' | 'bytes' | 'recordCount' | 'baseTimestamp' | 'maxTimestamp' | 'createdAt'
>

interface BatchPart {
  readonly split: SplitBatch
  readonly firstRecord: number
}

/** A batch of the application's that was split, perhaps more than once. */
export class SplitBatch {
  readonly slot: number
  readonly recordCount: number
  /** How many parts there are, if no more are split. */
  parts = 1
  /** How many results the application was told of. */
  told = 0
  /** The results of the parts that are settled, as they came. */
  readonly results: (PartResult & { readonly firstRecord: number })[] = []

  constructor({ slot, recordCount }: { readonly slot: number; readonly recordCount: number }) {
    this.slot = slot
    this.recordCount = recordCount
  }
}

/** What a partition's batches are counted with. */
export interface PartitionSequences {
  /** The id of the identity under which `next` counts; -1: nothing was counted yet. */
  producerId: number
  epoch: number
  next: number
  /** The sequence of the last record that is known to be written; -1: none is. */
  lastAcknowledged: number
  /** When a batch was acknowledged last: the leader knew the producer then. */
  acknowledgedAt: Timestamp
  /** Batches counted and not settled, by their sequences: on their way, or waiting to be sent again. */
  readonly outstanding: SealedBatch[]
  /** How many of them are on their way. */
  inFlight: number
  /** The sequence behind a batch that was given up though it may have been written; -1: there is none. */
  unresolvedAt: number
  /** Whether what is outstanding has to be counted anew, under a new epoch. */
  isBumpWanted: boolean
}

function newSequences(): PartitionSequences {
  return {
    producerId: NO_PRODUCER_ID,
    epoch: -1,
    next: 0,
    lastAcknowledged: -1,
    acknowledgedAt: timestamp(0),
    outstanding: [],
    inFlight: 0,
    unresolvedAt: -1,
    isBumpWanted: false,
  }
}

/** What waits to be sent to one partition: first what was sealed already, then what is open or may still be. */
export class PartitionQueue {
  readonly topic: string
  /**
   * The id of its topic, which changes when the topic is created again: what waits goes there, as in Kafka, where it
   * waits under the topic's name.
   */
  topicId: number
  readonly partition: number
  /** Sealed batches, first to be sent first. What comes back is put in front. */
  readonly sealed: SealedBatch[] = []
  /** Slots of batches that are not sealed, in the order of opening. */
  readonly slots: number[] = []
  readonly sequences = newSequences()
  /** Whether a batch is on its way that none may pass (`max.in.flight.requests.per.connection` is 1). */
  isMuted = false
  /** The time since which its partition is known to be gone, with batches that wait; null: it is not. */
  goneSince: Timestamp | null = null
  /** Whether it is among the filled ones. */
  isListed = false

  constructor(topic: string, topicId: number, partition: number) {
    this.topic = topic
    this.topicId = topicId
    this.partition = partition
  }

  /** Its topic was created again: the leader of the new one knows no producer. */
  moveTo(topicId: number): void {
    this.topicId = topicId
    this.sequences.acknowledgedAt = timestamp(0)
  }

  get isEmpty(): boolean {
    return this.sealed.length === 0 && this.slots.length === 0
  }
}
