import type { Clock } from '../../base/clock.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { ClosedError, ConfigError, WakeupError } from '../../base/errors.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { KeptRecord } from '../../record/lent-record.js'
import type { ConsumerFront } from './consumer-front.js'
import { type FetchedSlice, goesOn, isCurrent } from './fetching/fetched-slice.js'
import { unreadable } from './fetching/unreadable.js'
import type { MemberFront } from './group/front/member-front.js'
import { HandingOut } from './handing-out.js'
import type { LentBatch } from './lent-batch.js'

/** One `for await`. */
interface Loop {
  /** Whether nobody waits for a record in it any more. */
  isLeft: boolean
  readonly begin: () => void
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
  readonly #member: MemberFront | null
  readonly #handingOut: HandingOut
  /** Slices that tell of partitions that could not be read on. */
  #failures: FetchedSlice[] = []
  #isPolling = false
  /** The loop that is under way. */
  #loop: Loop | null = null
  /** The offset behind the record that the loop was handed last; -1: it is looked at no more. */
  #nextOffset = -1
  #isWoken = false
  #isEnded = false

  constructor(parts: PullingParts) {
    this.#parts = parts
    this.#front = parts.front
    this.#member = parts.front.member
    this.#handingOut = new HandingOut(parts.front.slices, parts.options)
  }

  /** Whether a poll waits. */
  get isPolling(): boolean {
    return this.#isPolling
  }

  async poll(timeoutMs: number): Promise<LentBatch | null> {
    this.#isPolling = true
    const { clock } = this.#parts
    const { polls } = this.#front.counters
    const now = clock.now()
    polls.begin(now)
    try {
      this.#member?.steps.goOn()
      return await this.#nextBatch(timestamp(now + timeoutMs))
    } finally {
      this.#isPolling = false
      const endsAt = clock.now()
      polls.end(endsAt)
      this.#member?.notePoll(endsAt)
    }
  }

  /**
   * Records that may be kept, until it ends or nobody waits any more. A loop that is left leaves the rest to the next
   * one. `begin` is called when its first record is asked for, and may throw; `end` is called when it has ended, if it
   * has begun.
   */
  iterate(begin: () => void, end: () => void): AsyncIterableIterator<KeptRecord> {
    const loop: Loop = { isLeft: false, begin, end }
    const records = this.#records(loop)
    return {
      next: () => records.next(),
      // Whoever leaves while a record is waited for does not wait for it.
      return: () => {
        this.#leaveLoop(loop)
        return records.return()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  async *#records(loop: Loop): AsyncGenerator<KeptRecord, void> {
    loop.begin()
    this.leave()
    this.#loop = loop
    try {
      this.#member?.steps.goOn()
      for (let slice = await this.#pollSlice(); slice !== null; slice = await this.#pollSlice()) {
        this.#handingOut.open(slice)
        // Once the consumer is closed or the partition sought, the slice is not to be looked at.
        while (!this.#isEnded && !this.#isBehind && this.#handingOut.stillOpen()) {
          const record = this.#handingOut.nextRecord()
          if (record === null) break
          this.#nextOffset = record.offset + 1
          if (record.offset % RECORDS_PER_NOTE === 0) this.#notePoll()
          yield record
          this.#noteRead()
          this.#checkWoken()
        }
      }
    } catch (error) {
      // Closing the cluster has closed the consumer.
      if (!(error instanceof ClosedError)) throw error
    } finally {
      this.#loop = null
      this.leave()
      this.#notePoll()
      loop.end()
    }
  }

  /** The next slice for a loop, which counts as a poll. */
  async #pollSlice(): Promise<FetchedSlice | null> {
    const { clock } = this.#parts
    const { polls } = this.#front.counters
    polls.begin(clock.now())
    try {
      return await this.#nextSlice(NEVER)
    } finally {
      const endsAt = clock.now()
      polls.end(endsAt)
      this.#member?.notePoll(endsAt)
    }
  }

  /** Ends a loop that waits for a record. */
  #leaveLoop(loop: Loop): void {
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
    const { slice } = this.#handingOut
    return slice?.topic === topic && slice.partition === partition ? this.#endOfOpen(slice) : -1
  }

  /** Counts as read, for a commit, what was handed out last, though the next poll has not come. */
  countHandedOut(): void {
    const { slice } = this.#handingOut
    const end = slice === null ? -1 : this.#endOfOpen(slice)
    if (slice !== null && end >= 0) this.#member?.progress.positions.set(slice.index, end)
  }

  /** Ends the loan of what was polled. What is left of an open slice is handed out later, if it is still wanted. */
  leave(): void {
    this.#noteRead()
    this.#handingOut.leave()
  }

  /** Leaves all that was not handed out to a handler, and what cannot be read on as well. */
  passOn(): void {
    this.leave()
    const { slices } = this.#front
    for (const slice of this.#failures) if (isCurrent(slices, slice)) slices.putBack(slice)
    this.#failures = []
  }

  /** Hands out nothing more. */
  end(): void {
    this.#isEnded = true
    this.#noteRead()
    this.#handingOut.endBatch()
    this.#handingOut.close()
    this.#front.endPull()
  }

  /** The offset behind what the open slice has handed out and may still be looked at; -1: there is nothing. */
  #endOfOpen(slice: FetchedSlice): number {
    if (!isCurrent(this.#front.slices, slice)) return -1
    return this.#handingOut.lent?.endOffset ?? this.#nextOffset
  }

  /** Notes that the loop's last record was read: the next one is asked for, or nobody goes on. */
  #noteRead(): void {
    const nextOffset = this.#nextOffset
    this.#nextOffset = -1
    if (nextOffset >= 0 && this.#handingOut.slice !== null) this.#handingOut.handled(nextOffset)
  }

  get #isBehind(): boolean {
    return this.#member?.steps.isBehind === true
  }

  #notePoll(): void {
    this.#member?.notePoll(this.#parts.clock.now())
  }

  /** Takes what a rebalance asks for, before anything else is handed out. */
  async #takeSteps(): Promise<void> {
    this.leave()
    await this.#member?.steps.takeAll({ isPoll: true })
  }

  async #nextBatch(deadline: Timestamp): Promise<LentBatch | null> {
    const handingOut = this.#handingOut
    handingOut.endBatch()
    this.#checkWoken()
    for (;;) {
      if (this.#isBehind) await this.#takeSteps()
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
      if (this.#isBehind) {
        await this.#takeSteps()
        continue
      }
      this.#member?.noteWaiting()
      const slice = await this.#front.nextSlice(deadline)
      if (slice === null && this.#isBehind && !this.#isOver) continue
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
    if (failed !== undefined) throw unreadable(failed)
  }
}

/** After so many records of a loop it is noted that the application goes on. */
const RECORDS_PER_NOTE = 32

export const closed = (): ClosedError => new ClosedError('The consumer is closed')

/** The error of a poll without an assignment. Kafka: `IllegalStateException`. */
const withoutAssignment = (): ConfigError =>
  new ConfigError(
    'poll',
    'Cannot read while nothing is assigned to this consumer: subscribe to topics or assign partitions',
  )
