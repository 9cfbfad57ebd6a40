import { type Timestamp, timestamp } from '../../base/ids.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import { PartitionQueue, type SealedBatch } from './sealed-batch.js'

/** The queues of all partitions. (The sender's half of `RecordAccumulator` in Kafka.) */
export class PartitionQueues {
  /**
   * The queues that hold batches, and some that did until a moment ago: a producer may know thousands of partitions and
   * write to a few.
   */
  readonly filled: PartitionQueue[] = []
  readonly #shared: AccumulatorMemory
  readonly #nameOf: (topicId: number) => string
  readonly #queues = new Map<string, PartitionQueue>()
  #slotsTaken = 0

  /** `nameOf` knows every topic that the application writes to, by all of its ids. */
  constructor(shared: AccumulatorMemory, nameOf: (topicId: number) => string) {
    this.#shared = shared
    this.#nameOf = nameOf
  }

  /** Takes in what the application has announced. Returns whether there was anything. */
  takeOpened(): boolean {
    const shared = this.#shared
    const { opened } = shared
    if (this.#slotsTaken === opened) return false
    for (; this.#slotsTaken !== opened; this.#slotsTaken = (this.#slotsTaken + 1) | 0) {
      const slot = shared.announcedSlot(this.#slotsTaken)
      const queue = this.#queueOf(shared.topicId(slot), shared.partition(slot))
      queue.slots.push(slot)
      this.#list(queue)
    }
    return true
  }

  /**
   * In front of all that waits, or where its sequence belongs (`RecordAccumulator.reenqueue`, `insertInSequenceOrder`).
   * Without sequences, of several that come back at once the last one is in front, as in Kafka.
   */
  putBack(batch: SealedBatch): void {
    const { sealed, sequences } = batch.queue
    const place = sequences.outstanding.indexOf(batch)
    const before = sealed.findIndex((other) => place < 0 || sequences.outstanding.indexOf(other) > place)
    sealed.splice(before < 0 ? sealed.length : before, 0, batch)
    this.#list(batch.queue)
  }

  /** When the first batch was opened. */
  createdAt(queue: PartitionQueue): Timestamp {
    return queue.sealed[0]?.createdAt ?? timestamp(this.#shared.createdAt(queue.slots[0] as number))
  }

  /** Takes the first batch out, for good. Returns its slot, to which no record is added any more. */
  removeFirst(queue: PartitionQueue): number {
    const batch = queue.sealed.shift()
    if (batch !== undefined) return batch.slot
    const slot = queue.slots.shift() as number
    this.#shared.close(slot)
    return slot
  }

  #queueOf(topicId: number, partition: number): PartitionQueue {
    const topic = this.#nameOf(topicId)
    const key = `${partition}:${topic}`
    let queue = this.#queues.get(key)
    if (queue === undefined) {
      queue = new PartitionQueue(topic, topicId, partition)
      this.#queues.set(key, queue)
    }
    return queue
  }

  #list(queue: PartitionQueue): void {
    if (queue.isListed) return
    queue.isListed = true
    this.filled.push(queue)
  }
}
