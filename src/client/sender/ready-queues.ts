import type { Context } from '../../actor/types.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import type { BatchOutcomes } from './batch-outcomes.js'
import type { Idempotence } from './idempotence.js'
import type { PartitionQueues } from './partition-queues.js'
import type { PartitionQueue, SealedBatch } from './sealed-batch.js'
import type { SendReason } from './sender-counters.js'
import type { SenderMetadata } from './sender-metadata.js'

export interface ReadyQueuesParts {
  readonly shared: AccumulatorMemory
  readonly queues: PartitionQueues
  readonly metadata: SenderMetadata
  /** What holds batches back for their order; null: enable.idempotence is false. */
  readonly idempotence: Idempotence | null
  /** The outcomes, for batches that are given up because their time is over. */
  readonly outcomes: BatchOutcomes
  readonly options: ProducerOptions
  /** Wakes the application when a topic has changed. */
  readonly applicationBell: { ring(): void }
}

/**
 * Says which queues may send their first batch, and to which leader (`RecordAccumulator.ready` in Kafka). A batch is
 * ready when it is full, has waited for linger.ms, or somebody waits for memory, a flush or the close. Whatever holds
 * it back, its time runs: after delivery.timeout.ms it is given up, and earlier where its partition is gone for good.
 *
 * Owned by the sender's thread.
 */
export class ReadyQueues {
  /** The leaders for whom something is ready in this turn. */
  readonly leaders: number[] = []
  /** Whether in this turn a batch was ready and its partition had no leader. */
  lacksLeader = false
  readonly #parts: ReadyQueuesParts
  /** What is ready in this turn, by its leader; emptied, not dropped. */
  readonly #ready: PartitionQueue[][] = []

  constructor(parts: ReadyQueuesParts) {
    this.#parts = parts
  }

  /** Looks at all queues. Returns when the next batch will have waited long enough, or too long. */
  look(context: Context): Timestamp {
    let next = NEVER
    this.lacksLeader = false
    const { filled } = this.#parts.queues
    let listed = 0
    for (const queue of filled) {
      queue.isListed = !queue.isEmpty
      if (!queue.isListed) continue
      filled[listed++] = queue
      next = earliest(next, this.#look(queue, context))
    }
    filled.length = listed
    return next
  }

  queuesOf(leader: number): readonly PartitionQueue[] {
    return this.#ready[leader] as PartitionQueue[]
  }

  /** Ends the turn. */
  clear(): void {
    for (const leader of this.leaders) (this.#ready[leader] as PartitionQueue[]).length = 0
    this.leaders.length = 0
  }

  /** Why the first batch of a queue leaves; it was not sealed yet. */
  reasonOf(queue: PartitionQueue): SendReason {
    const slot = queue.slots[0] as number
    if (this.#parts.shared.isClosing) return 'close'
    if (this.#parts.shared.isFlushing) return 'flush'
    if (queue.slots.length > 1 || this.#parts.shared.isClosed(slot)) return 'full'
    return this.#parts.shared.isWaiting ? 'memory' : 'linger'
  }

  /** Lists a queue as ready, or says when it will be. Whatever holds it back, its time runs. */
  #look(queue: PartitionQueue, context: Context): Timestamp {
    const { queues, idempotence, metadata, outcomes, options } = this.#parts
    const expiry = timestamp(queues.createdAt(queue) + options['delivery.timeout.ms'])
    if (context.now >= expiry) {
      outcomes.giveUpFirst(queue, 'REQUEST_TIMED_OUT')
      context.noteWork()
      return context.now
    }
    if (queue.isMuted || idempotence?.maySend(queue, context.now) === false) return expiry
    const due = this.#readyAt(queue, context.now)
    if (due > context.now) return earliest(due, expiry)
    const leader = metadata.known.leaderOf(queue.topicId, queue.partition)
    if (leader < 0) return earliest(expiry, this.#withoutLeader(queue, context))
    queue.goneSince = null
    this.#ready[leader] ??= []
    const ready = this.#ready[leader] as PartitionQueue[]
    if (ready.length === 0) this.leaders.push(leader)
    ready.push(queue)
    return expiry
  }

  /** Returns when the queue's first batch is given up, if there is no leader because the partition is gone. */
  #withoutLeader(queue: PartitionQueue, context: Context): Timestamp {
    const { queues, idempotence, metadata, outcomes, options } = this.#parts
    const { known } = metadata
    this.lacksLeader = true
    metadata.noteStale()
    const madeAgain = known.topic(queue.topic)?.topicId ?? queue.topicId
    if (madeAgain !== queue.topicId) {
      queue.moveTo(madeAgain)
      idempotence?.moved(queue)
      this.#tellTopicChange()
      context.noteWork()
      return context.now
    }
    if (!known.isGone(queue.topic, queue.topicId, queue.partition)) {
      queue.goneSince = null
      return NEVER
    }
    // The application makes it again, where that is allowed, or tells at once what comes later.
    if (queue.goneSince === null) this.#tellTopicChange()
    queue.goneSince ??= context.now
    const end = timestamp(Math.max(queue.goneSince, queues.createdAt(queue)) + options['max.block.ms'])
    if (context.now < end) return end
    outcomes.giveUpFirst(queue, 'UNKNOWN_TOPIC_OR_PARTITION')
    context.noteWork()
    return context.now
  }

  #tellTopicChange(): void {
    this.#parts.shared.noteTopicChange()
    this.#parts.applicationBell.ring()
  }

  #readyAt(queue: PartitionQueue, now: Timestamp): Timestamp {
    const { sealed, slots } = queue
    const batch = sealed[0]
    if (batch !== undefined) return this.#isAnotherLeader(batch) ? now : batch.retryAt
    const { shared, options } = this.#parts
    const slot = slots[0] as number
    if (slots.length > 1 || shared.isFlushing || shared.isWaiting || shared.isClosed(slot)) return now
    return timestamp(shared.createdAt(slot) + options['linger.ms'])
  }

  /** KIP-951: a batch does not wait for its backoff where there is a new leader. */
  #isAnotherLeader(batch: SealedBatch): boolean {
    return this.#parts.metadata.known.leaderEpochOf(batch.topicId, batch.partition) > batch.leaderEpoch
  }
}
