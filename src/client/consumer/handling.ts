import { type FetchedSlice, goesOn, type SliceSource, takeNext, whyUnreadable } from './fetching/fetched-slice.js'
import { HandingOut, type HandingOutOptions } from './handing-out.js'
import type { HandlingEnd, RecordHandler } from './handler.js'

export interface HandlingParts {
  readonly source: SliceSource
  readonly handler: RecordHandler
  readonly options: HandingOutOptions
  /** Called when a promise that the handler returned has settled: time for another step. */
  readonly wake: () => void
  readonly onEnd: (end: HandlingEnd) => void
}

/** Feeds a handler, a bounded number of records at a time. */
export class Handling {
  readonly #parts: HandlingParts
  readonly #handingOut: HandingOut
  #isWaiting = false
  /** What is to be done about the promise that the handler has kept or broken since the last step; null: nothing. */
  #settled: (() => void) | null = null
  #isEnded = false

  constructor(parts: HandlingParts) {
    this.#parts = parts
    this.#handingOut = new HandingOut(parts.source, parts.options)
  }

  /**
   * Whether the handler is at work on something it has promised to finish, or the next step has to note that it has.
   */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Index of the partition of which the handler has a slice at work; -1: none. */
  get held(): number {
    return this.#isWaiting ? (this.#handingOut.slice?.index ?? -1) : -1
  }

  /** Hands over the next records. False: there is nothing to do now. */
  step(): boolean {
    if (this.#settled !== null) this.#settle(this.#settled)
    if (this.#isWaiting || this.#isEnded) return false
    if (!this.#handingOut.stillOpen() && !this.#openNext()) return false
    if (this.#parts.handler.eachBatch !== undefined) this.#stepBatch()
    else this.#stepRecords(this.#handingOut.slice as FetchedSlice)
    return true
  }

  /** Ends it; what was lent is given back now, or in the step after the handler has kept its promise. */
  stop(): void {
    this.#isEnded = true
    if (!this.#isWaiting) this.#handingOut.close()
  }

  #openNext(): boolean {
    const slice = takeNext(this.#parts.source)
    if (slice === null) return false
    if (slice.error !== 'NONE') {
      // Whoever reads on without a seek is told again.
      this.#parts.source.putBack(slice)
      this.#end({ type: 'partition', error: slice.error, says: whyUnreadable(slice) })
      return false
    }
    this.#handingOut.open(slice)
    return true
  }

  #stepBatch(): void {
    const batch = this.#handingOut.nextBatch()
    if (batch === null) return
    this.#call(
      () => this.#parts.handler.eachBatch?.({ batch }),
      () => this.#handingOut.endBatch(),
    )
  }

  /** Hands over as many records as one poll may return, as long as the handler makes no promise. */
  #stepRecords(slice: FetchedSlice): void {
    const { source, handler, options } = this.#parts
    const { topic, partition } = slice
    for (
      let left = options['max.poll.records'];
      left > 0 && !this.#isWaiting && !this.#isEnded && goesOn(source, slice);
      left--
    ) {
      const message = this.#handingOut.nextRecord()
      if (message === null) return
      this.#call(
        () => handler.eachMessage?.({ topic, partition, message }),
        () => this.#handingOut.handled(message.offset + 1),
      )
    }
  }

  #call(handle: () => void | Promise<void>, done: () => void): void {
    let outcome: void | Promise<void>
    let isPromise: boolean
    // A stop in the middle of the call leaves the handler what it was lent.
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

  /** Is called between two turns of the actor that takes the steps: all it does is to ask for the next one. */
  #noteSettled(then: () => void): void {
    this.#settled = then
    this.#parts.wake()
  }

  #settle(then: () => void): void {
    this.#settled = null
    this.#isWaiting = false
    if (this.#isEnded) this.#handingOut.close()
    else then()
  }

  /** Ends it by itself: whoever reads next begins behind the last record that was handled. */
  #end(end: HandlingEnd): void {
    this.#isEnded = true
    this.#handingOut.giveUp()
    this.#parts.onEnd(end)
  }
}

/** Settles like what a handler has returned, whatever that does when it is asked for its `then` or its constructor. */
async function keeping(outcome: void | Promise<void>): Promise<void> {
  await outcome
}
