import { ConfigError } from '../../base/errors.js'
import type { KeptRecord } from '../../record/lent-record.js'
import { CallChain } from '../call-chain.js'
import { type FetchedSlice, goesOn, isCurrent, type SliceSource, takeNext } from './fetching/fetched-slice.js'
import { HandingOut, type HandingOutOptions } from './handing-out.js'
import type { BatchHandler, HandlingEnd, MessageHandler, RecordHandler } from './handler.js'
import type { HandlerFailures } from './handler-failures.js'
import { type HandlerDesk, type HandlerPayloads, handlerPayloads, MODULE_DESK } from './handler-payloads.js'
import type { LentBatch } from './lent-batch.js'

export interface HandlingParts {
  readonly source: SliceSource
  readonly handler: RecordHandler
  readonly options: HandingOutOptions
  /** Called when a promise that the handler returned has settled: time for another step. */
  readonly wake: () => void
  readonly onEnd: (end: HandlingEnd) => void
  /** What handlers are offered beside their records; absent: what there is in a handler module. */
  readonly desk?: HandlerDesk
  /** Whether a batch counts as handled when its handler returns; false: what it has resolved does. */
  readonly autoResolves?: boolean
  /** What becomes of records at which the handler fails; absent: the first failure ends it. */
  readonly failures?: HandlerFailures
  /** Asked between two calls of the handler whether it may be called again; absent: always. */
  readonly mayHandOver?: () => boolean
  /** Called when a call has resolved nothing of what it was given, all of which comes again. */
  readonly onUnresolved?: (slice: FetchedSlice) => void
  /** Called when so many offsets more were handled. */
  readonly onHandled?: (count: number) => void
}

/** How a call of the handler has ended: KEPT, or with what it threw. */
type Settled = { readonly cause: unknown }
const KEPT: Settled = { cause: null }

/** Feeds a handler, a bounded number of records at a time. */
export class Handling {
  readonly #parts: HandlingParts
  readonly #handingOut: HandingOut
  readonly #payloads: HandlerPayloads
  readonly #chain = new CallChain()
  #isWaiting = false
  /** Whether the handler is being called, and has not returned. */
  #isCalling = false
  /** Whether the call at work waits until the handler rests: nobody is to wait for it. */
  #waitsItself = false
  /** How the promise has settled that the handler has kept or broken since the last step; null: it has not. */
  #settled: Settled | null = null
  /** The record that the handler was given; null: it was given a batch, or nothing. */
  #message: KeptRecord | null = null
  /** What was handled of the slice when the handler was given the batch at work. */
  #batchFrom = -1
  /** Records that are being kept as dead letters; null: none are. */
  #keeping: readonly KeptRecord[] | null = null
  #isEnded = false
  /** Whether it was ended for others to go on: what was not handled is put back. */
  #isLeft = false

  constructor(parts: HandlingParts) {
    this.#parts = parts
    this.#handingOut = new HandingOut(parts.source, parts.options)
    this.#payloads = handlerPayloads(parts.desk ?? MODULE_DESK)
  }

  /**
   * Whether the handler is at work on something it has promised to finish, or the next step has to note that it has.
   */
  get isWaiting(): boolean {
    return this.#isWaiting
  }

  /** Whether the handler is at work in a call that does not wait itself until it rests. */
  get isAwaited(): boolean {
    return this.#isWaiting && !this.#waitsItself
  }

  /** Whoever is about to wait until the handler rests says so: it may be the call at work, or be awaited by it. */
  noteWaiting(): void {
    if (this.#isCalling || (this.#isWaiting && this.#chain.isInside)) this.#waitsItself = true
  }

  /** Index of the partition of which the handler has a slice at work; -1: none. */
  get held(): number {
    return this.#isWaiting ? (this.#handingOut.slice?.index ?? -1) : -1
  }

  /** Index of the partition whose slice is open; -1: none is. */
  get openIndex(): number {
    return this.#handingOut.slice?.index ?? -1
  }

  /** Hands over the next records. False: there is nothing to do now. */
  step(): boolean {
    if (this.#settled !== null) this.#settle(this.#settled)
    if (this.#isWaiting || this.#isEnded) return false
    const { mayHandOver } = this.#parts
    if (mayHandOver !== undefined && !mayHandOver()) return false
    if (!this.#handingOut.stillOpen() && !this.#openNext()) return false
    const { handler } = this.#parts
    if (handler.eachBatch !== undefined) this.#stepBatch(handler)
    else this.#stepRecords(handler, this.#handingOut.slice as FetchedSlice)
    return true
  }

  /**
   * Ends it: the handler is called no more. A call at work counts as handled in the step after the handler has kept its
   * promise, and what was lent is given back then. A promise that is kept already counts at once.
   */
  stop(): void {
    if (this.#settled === KEPT) this.#settle(KEPT)
    this.#isEnded = true
    if (!this.#isWaiting) this.#handingOut.close()
  }

  /**
   * Ends it because the run has failed elsewhere. Whoever reads next begins behind the last record that was handled,
   * once the handler has kept its promise.
   */
  leave(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#isLeft = true
    if (!this.#isWaiting) this.#handingOut.giveUp()
  }

  #openNext(): boolean {
    const slice = takeNext(this.#parts.source)
    if (slice === null) return false
    if (slice.error !== 'NONE') {
      // Whoever reads on without a seek is told again.
      this.#parts.source.putBack(slice)
      this.#end({ type: 'partition', slice })
      return false
    }
    this.#handingOut.open(slice)
    return true
  }

  #stepBatch(handler: BatchHandler): void {
    const handingOut = this.#handingOut
    const { source } = this.#parts
    const batch = handingOut.nextBatch()
    if (batch === null) return
    const slice = handingOut.slice as FetchedSlice
    this.#batchFrom = handingOut.handledTo
    const payload = this.#payloads.batch(batch, {
      isRunning: () => !this.#isEnded,
      isStale: () => !isCurrent(source, slice),
      resolve: (offset) => this.#resolve(batch, offset),
    })
    this.#call(() => handler.eachBatch(payload))
  }

  /** Counts the records of the batch at work up to this offset as handled. */
  #resolve(batch: LentBatch, offset: number): void {
    const handingOut = this.#handingOut
    if (handingOut.lent !== batch) return
    const [first, last] = [batch.firstOffset() ?? 0, batch.lastOffset()]
    if (offset < first || offset > last)
      throw new ConfigError('offset', `Cannot resolve ${offset}: the batch has the offsets ${first} to ${last}`)
    const next = Math.min(offset + 1, batch.endOffset)
    const before = handingOut.handledTo
    if (next <= before) return
    handingOut.handled(next)
    this.#parts.onHandled?.(next - before)
  }

  /** Hands over as many records as one poll may return, as long as the handler makes no promise. */
  #stepRecords(handler: MessageHandler, slice: FetchedSlice): void {
    const { source, options } = this.#parts
    const { topic, partition } = slice
    const payloadOf = this.#payloads.messagesOf(topic, partition)
    for (
      let left = options['max.poll.records'];
      left > 0 && !this.#isWaiting && !this.#isEnded && goesOn(source, slice) && this.#handingOut.slice !== null;
      left--
    ) {
      const message = this.#handingOut.nextRecord()
      if (message === null) return
      this.#message = message
      this.#call(() => handler.eachMessage(payloadOf(message)))
    }
  }

  #call(handle: () => unknown): void {
    let outcome: unknown
    let isPromise: boolean
    // A stop in the middle of the call leaves the handler what it was lent.
    this.#isWaiting = true
    this.#isCalling = true
    try {
      outcome = handle()
      // A promise may be of another make than this realm's, and a getter or a proxy may throw.
      isPromise = typeof (outcome as PromiseLike<unknown> | null | undefined)?.then === 'function'
    } catch (cause) {
      this.#isCalling = false
      return this.#settle({ cause })
    }
    this.#isCalling = false
    if (!isPromise) return this.#settle(KEPT)
    this.#chain.wait(outcome).then(
      () => this.#noteSettled(KEPT),
      (cause) => this.#noteSettled({ cause }),
    )
  }

  /** Is called between two turns of the actor that takes the steps: all it does is to ask for the next one. */
  #noteSettled(settled: Settled): void {
    this.#settled = settled
    this.#parts.wake()
  }

  #settle(settled: Settled): void {
    this.#settled = null
    this.#isWaiting = false
    this.#waitsItself = false
    if (settled === KEPT) this.#noteHandled()
    else if (!this.#isLeft) this.#failed(settled.cause)
    if (this.#isLeft) this.#handingOut.giveUp()
    else if (this.#isEnded && !this.#isWaiting) this.#handingOut.close()
  }

  /** Counts what the handler was given as handled. */
  #noteHandled(): void {
    const handingOut = this.#handingOut
    const message = this.#message
    this.#message = null
    this.#keeping = null
    if (message !== null) {
      handingOut.handled(message.offset + 1)
      return this.#parts.onHandled?.(1)
    }
    const before = handingOut.handledTo
    if (this.#parts.autoResolves !== false || before >= (handingOut.lent as LentBatch).endOffset) handingOut.endBatch()
    else {
      const { slice } = handingOut
      handingOut.giveUp()
      if (slice !== null && before === this.#batchFrom) this.#parts.onUnresolved?.(slice)
    }
    this.#parts.onHandled?.(handingOut.handledTo - before)
  }

  /** The handler has failed, or the sink that was to keep what it has failed at. */
  #failed(cause: unknown): void {
    const { failures } = this.#parts
    const { slice, handledTo } = this.#handingOut
    const isKept = this.#keeping !== null
    const verdict = failures === undefined || slice === null || isKept ? 'stop' : failures.judge(slice, handledTo)
    if (verdict === 'keep') {
      this.#keeping = this.#atWork
      const letters = this.#keeping
      return this.#call(() => failures?.keep(letters, cause))
    }
    this.#message = null
    if (verdict === 'again') this.#handingOut.giveUp()
    else this.#end({ type: 'handler', cause })
  }

  /** What the handler was given and has not resolved, copied. */
  get #atWork(): readonly KeptRecord[] {
    if (this.#message !== null) return [this.#message]
    return this.#handingOut.unhandledBefore((this.#handingOut.lent as LentBatch).endOffset)
  }

  /** Ends it by itself: whoever reads next begins behind the last record that was handled. */
  #end(end: HandlingEnd): void {
    this.#isEnded = true
    this.#handingOut.giveUp()
    this.#parts.onEnd(end)
  }
}
