import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import {
  type FetchedSlice,
  goesOn,
  isCurrent,
  isMove,
  type SliceSource,
  whyUnreadable,
} from './fetching/fetched-slice.js'
import { type OpenSlice, openSlice } from './fetching/slice-cursor.js'
import type { HandlingEnd, RecordHandler } from './handler.js'
import { KeptRecords } from './kept-records.js'
import { LentBatch } from './lent-batch.js'

export type HandlingOptions = Pick<ConsumerOptions, 'max.poll.records' | 'odradek.lend'>

export interface HandlingParts {
  readonly source: SliceSource
  readonly handler: RecordHandler
  readonly options: HandlingOptions
  /** Called when a promise that the handler returned has settled: time for another step. */
  readonly wake: () => void
  readonly onEnd: (end: HandlingEnd) => void
}

/** Feeds a handler, a bounded number of records at a time, and gives slices back when they were gone through. */
export class Handling {
  readonly #parts: HandlingParts
  #open: OpenSlice | null = null
  #kept: KeptRecords | null = null
  /** Behind the last record of the open slice that was handed over; -1: none was. */
  #nextOffset = -1
  #isWaiting = false
  /** What is to be done about the promise that the handler has kept or broken since the last step; null: nothing. */
  #settled: (() => void) | null = null
  #isEnded = false

  constructor(parts: HandlingParts) {
    this.#parts = parts
  }

  /** Whether the handler is at work on something it has promised to finish, or the next step has to note that it has. */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Index of the partition of which the handler has a slice at work; -1: none. */
  get held(): number {
    return this.#isWaiting ? (this.#open?.cursor.slice.index ?? -1) : -1
  }

  /** Hands over the next records. False: there is nothing to do now. */
  step(): boolean {
    if (this.#settled !== null) this.#settle(this.#settled)
    if (this.#isWaiting || this.#isEnded) return false
    if (this.#open !== null && !goesOn(this.#parts.source, this.#open.cursor.slice)) this.#leaveSlice(this.#open)
    if (this.#open === null && !this.#takeSlice()) return false
    if (this.#parts.handler.eachBatch !== undefined) this.#stepBatch()
    else this.#stepRecord()
    return true
  }

  /** Ends it; what was lent is given back now, or in the step after the handler has kept its promise. */
  stop(): void {
    this.#isEnded = true
    if (!this.#isWaiting) this.#finishSlice()
  }

  #takeSlice(): boolean {
    const { source, handler, options } = this.#parts
    let slice = source.take()
    for (; slice !== null && isMove(slice); slice = source.take()) source.handled(slice, slice.fetchOffset)
    if (slice === null) return false
    if (slice.error !== 'NONE') {
      this.#end({ type: 'partition', error: slice.error, says: whyUnreadable(slice) })
      return false
    }
    this.#open = openSlice(slice, options['odradek.lend'])
    this.#nextOffset = -1
    if (handler.eachMessage !== undefined) this.#kept = new KeptRecords(slice)
    return true
  }

  /** Its partition was paused, and the rest of the slice waits; or it was sought elsewhere, and nobody wants the rest. */
  #leaveSlice(open: OpenSlice): void {
    const { slice } = open.cursor
    if (!isCurrent(this.#parts.source, slice)) return this.#finishSlice()
    this.#open = null
    this.#kept = null
    open.endLoan()
    this.#parts.source.putBack({ ...slice, fetchOffset: Math.max(slice.fetchOffset, this.#nextOffset) })
  }

  #finishSlice(): void {
    const open = this.#open
    this.#open = null
    this.#kept = null
    open?.close()
  }

  #stepBatch(): void {
    const { cursor } = this.#open as OpenSlice
    const batch = new LentBatch(cursor, this.#parts.options['max.poll.records'])
    if (!batch.hasRecords) return this.#finishSlice()
    this.#call(
      () => this.#parts.handler.eachBatch?.({ batch }),
      () => {
        batch.end()
        this.#handled(cursor.slice, batch.nextOffset)
      },
    )
  }

  /** As many records as one poll may return, as long as the handler makes no promise. */
  #stepRecord(): void {
    const { slice } = (this.#open as OpenSlice).cursor
    const kept = this.#kept as KeptRecords
    for (
      let left = this.#parts.options['max.poll.records'];
      left > 0 && !this.#isWaiting && !this.#isEnded && goesOn(this.#parts.source, slice);
      left--
    ) {
      const message = kept.next()
      if (message === null) return this.#finishSlice()
      const { topic, partition } = slice
      this.#call(
        () => this.#parts.handler.eachMessage?.({ topic, partition, message }),
        () => this.#handled(slice, message.offset + 1),
      )
    }
  }

  #handled(slice: FetchedSlice, nextOffset: number): void {
    this.#nextOffset = nextOffset
    this.#parts.source.handled(slice, nextOffset)
  }

  #call(handle: () => void | Promise<void>, done: () => void): void {
    let outcome: void | Promise<void>
    let isPromise: boolean
    // Whoever stops this in the middle of the call leaves the handler what it was lent.
    this.#isWaiting = true
    try {
      outcome = handle()
      // A promise may be of another make than this realm's, and a getter or a proxy may throw.
      isPromise = typeof outcome?.then === 'function'
    } catch (cause) {
      return this.#settle(() => this.#end({ type: 'handler', cause }))
    }
    if (!isPromise) return this.#settle(done)
    keeping(outcome).then(
      () => this.#noteSettled(done),
      (cause) => this.#noteSettled(() => this.#end({ type: 'handler', cause })),
    )
  }

  /** Comes between two turns of whoever takes the steps: all it does is to ask for the next one. */
  #noteSettled(then: () => void): void {
    this.#settled = then
    this.#parts.wake()
  }

  #settle(then: () => void): void {
    this.#settled = null
    this.#isWaiting = false
    if (this.#isEnded) this.#finishSlice()
    else then()
  }

  #end(end: HandlingEnd): void {
    this.#isEnded = true
    this.#finishSlice()
    this.#parts.onEnd(end)
  }
}

/** Settles like what a handler has returned, whatever that does when it is asked for its `then` or its constructor. */
async function keeping(outcome: void | Promise<void>): Promise<void> {
  await outcome
}
