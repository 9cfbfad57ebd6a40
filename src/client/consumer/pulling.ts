import type { Clock } from '../../base/clock.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { ClosedError, ConfigError, KafkaError, WakeupError } from '../../base/errors.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { ConsumerFront } from './consumer-front.js'
import { type FetchedSlice, goesOn, isCurrent, whyUnreadable } from './fetching/fetched-slice.js'
import { HandingOut } from './handing-out.js'
import type { LentBatch } from './lent-batch.js'

/** One `for await`. */
export interface Loop {
  /** Whether nobody waits for a record in it any more. */
  isLeft: boolean
  /** Called when its first record is asked for; may throw. */
  readonly begin: () => void
  /** Called when it has ended, if it has begun. */
  readonly end: () => void
}

export interface PullingParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  readonly clock: Clock
}

/**
 * Records that the application pulls, with `poll` or `for await`: it waits for them, may be woken, and is told what
 * cannot be read on.
 */
export class Pulling {
  readonly #parts: PullingParts
  readonly #front: ConsumerFront
  readonly #handingOut: HandingOut
  /** Slices that tell of partitions that could not be read on. */
  #failures: FetchedSlice[] = []
  #isPolling = false
  /** The loop that is under way. */
  #loop: Loop | null = null
  #isWoken = false
  #isEnded = false

  constructor(parts: PullingParts) {
    this.#parts = parts
    this.#front = parts.front
    this.#handingOut = new HandingOut(parts.front.slices, parts.options)
  }

  /** Whether a poll waits. */
  get isPolling(): boolean {
    return this.#isPolling
  }

  async poll(timeoutMs: number): Promise<LentBatch | null> {
    this.#isPolling = true
    try {
      return await this.#nextBatch(timestamp(this.#parts.clock.now() + timeoutMs))
    } finally {
      this.#isPolling = false
    }
  }

  /**
   * Records that may be kept, until it ends or nobody waits any more. A loop that is left leaves the rest to the next
   * one.
   */
  async *records(loop: Loop): AsyncGenerator<KeptRecord, void> {
    loop.begin()
    this.leave()
    this.#loop = loop
    try {
      for (let slice = await this.#nextSlice(NEVER); slice !== null; slice = await this.#nextSlice(NEVER)) {
        this.#handingOut.open(slice)
        // Once the consumer is closed or the partition sought, the slice is not to be looked at.
        while (!this.#isEnded && this.#handingOut.stillOpen()) {
          const record = this.#handingOut.nextRecord()
          if (record === null) break
          this.#handingOut.handled(record.offset + 1)
          yield record
          this.#checkWoken()
        }
      }
    } catch (error) {
      // Closing the cluster has closed the consumer.
      if (!(error instanceof ClosedError)) throw error
    } finally {
      this.#loop = null
      this.leave()
      loop.end()
    }
  }

  /** Ends a loop that waits for a record. */
  leaveLoop(loop: Loop): void {
    loop.isLeft = true
    if (this.#loop === loop) this.#front.endPull()
  }

  /** Tells so what waits for records now, or next, as in Kafka. */
  wakeup(): void {
    this.#isWoken = true
    this.#front.endPull()
  }

  /** The offset behind what a poll has handed out, looked at or not; -1: nothing is out of this partition. */
  endOfPolled({ topic, partition }: PartitionName): number {
    const { slice, lent } = this.#handingOut
    const isPolled = lent !== null && slice?.topic === topic && slice.partition === partition
    return isPolled && isCurrent(this.#front.slices, slice) ? lent.endOffset : -1
  }

  /** Ends the loan of what was polled. What is left of an open slice is handed out later, if it is still wanted. */
  leave(): void {
    this.#handingOut.leave()
  }

  /** Hands out nothing more. */
  end(): void {
    this.#isEnded = true
    this.#handingOut.endBatch()
    this.#handingOut.close()
    this.#front.endPull()
  }

  async #nextBatch(deadline: Timestamp): Promise<LentBatch | null> {
    const handingOut = this.#handingOut
    handingOut.endBatch()
    this.#checkWoken()
    for (;;) {
      if (handingOut.stillOpen()) {
        const batch = handingOut.nextBatch()
        if (batch !== null) return batch
      } else {
        const slice = await this.#nextSlice(deadline)
        if (slice === null && this.#isEnded) throw closed()
        if (slice === null) return null
        // Its partition may have been paused or sought since the slice was found.
        handingOut.open(slice)
      }
    }
  }

  /** The next slice; null: none has come by the deadline, or none will. */
  async #nextSlice(deadline: Timestamp): Promise<FetchedSlice | null> {
    for (;;) {
      if (this.#isOver) return null
      this.#checkWoken()
      this.#tellFailure()
      if (!this.#front.hasAssignment && this.#front.fatal === null) throw withoutAssignment()
      const slice = await this.#front.nextSlice(deadline)
      if (slice === null) return this.#noSlice()
      // A front that has stopped gives it back.
      if (this.#isOver || this.#isWoken) this.#front.slices.putBack(slice)
      else if (slice.error === 'NONE') return slice
      else this.#failures.push(slice)
    }
  }

  /** Whether nobody is to be handed anything any more, at all or here. */
  get #isOver(): boolean {
    return this.#isEnded || this.#loop?.isLeft === true
  }

  #noSlice(): null {
    if (this.#isOver) return null
    this.#checkWoken()
    const { fatal } = this.#front
    if (fatal !== null) throw fatal
    return null
  }

  #checkWoken(): void {
    if (!this.#isWoken) return
    this.#isWoken = false
    throw new WakeupError()
  }

  /** Throws what cannot be read: as in Kafka, each poll does until the partition is sought, paused or taken away. */
  #tellFailure(): void {
    this.#failures = this.#failures.filter((slice) => isCurrent(this.#front.slices, slice))
    const failed = this.#failures.find((slice) => goesOn(this.#front.slices, slice))
    if (failed !== undefined) throw new KafkaError(failed.error, `${whyUnreadable(failed)}: ${failed.error}`)
  }
}

export const closed = (): ClosedError => new ClosedError('The consumer is closed')

/** The error of a poll without an assignment. Kafka: `IllegalStateException`. */
const withoutAssignment = (): ConfigError =>
  new ConfigError(
    'poll',
    'Cannot read while nothing is assigned to this consumer: subscribe to topics or assign partitions',
  )
