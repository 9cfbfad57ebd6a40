import type { Doorbell } from '../../actor/control-block.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import type { RecordAccumulator } from '../batches/record-accumulator.js'
import type { ProducerCounters } from './producer-counters.js'
import type { ProducerEvents } from './producer-events.js'
import type { WaitingRoom } from './waiting-room.js'

export interface FastPathRoomParts {
  readonly accumulator: RecordAccumulator
  /** The room of the records that wait: they go first. */
  readonly waiting: WaitingRoom
  readonly counters: ProducerCounters
  readonly events: ProducerEvents
  readonly ownBell: Doorbell
}

/**
 * The room that `produce` has, which waits for nothing: it is told that there is none, and hears with `drain` when it
 * may go on.
 *
 *     plenty ──(`false`, or a record refused)──▶ wanted ──(enough came back, and nobody waits before it)──▶ plenty, `drain`
 *
 * Lives on the application's thread.
 */
export class FastPathRoom {
  readonly #parts: FastPathRoomParts
  /** Whether the fast path was told that there is no room for another batch, or was refused for want of it. */
  #isWanted = false
  /** Whether a record found no room, and no batch has come back since. A large one may find none where others do. */
  #isNoneYet = false
  /**
   * The time since which somebody waits for `drain`; -1: nobody who was told that there is no room came back for it.
   */
  #awaitedSince = -1
  /** Resolves with the next `drain`. */
  #drained: Deferred<void> | null = null

  constructor(parts: FastPathRoomParts) {
    this.#parts = parts
  }

  /** Whether somebody waits for `drain`. */
  get isAwaited(): boolean {
    return this.#awaitedSince >= 0
  }

  /** Whether one more batch has room, and nobody waits for it; otherwise `drain` is told when there is. */
  isThere(): boolean {
    const { accumulator, waiting, events } = this.#parts
    if (accumulator.buffer.hasRoom && waiting.isEmpty) return true
    this.#want()
    if (events.listenerCount('drain') > 0) this.#await()
    return false
  }

  /** Notes that a record has found no room: `drain` is told when it may be given again. */
  refused(): void {
    this.#want()
    this.#await()
    // Otherwise it was not its turn.
    this.#isNoneYet = this.#parts.waiting.isEmpty
  }

  /** Notes that a batch has come back. */
  cameBack(): void {
    this.#isNoneYet = false
  }

  /** Resolves with the next `drain`, or at once when nobody was told to wait since the last one. */
  drained(): Promise<void> {
    if (!this.#isWanted) return Promise.resolve()
    this.#await()
    this.#drained ??= deferred()
    return this.#drained.promise
  }

  /** Lets the fast path go on if it can. The sender is told when nobody waits for memory any more. */
  tick(): void {
    const { accumulator, waiting } = this.#parts
    const canGoOn = this.#isWanted && this.#canGoOn()
    if (waiting.isEmpty && (canGoOn || !this.#isWanted)) accumulator.setWaiting(false)
    if (canGoOn) this.#drain()
  }

  /** Ends the waiting: the producer has ended. */
  end(): void {
    if (this.#isWanted) this.#drain()
  }

  #want(): void {
    this.#isWanted = true
    this.#parts.accumulator.setWaiting(true)
    this.#parts.ownBell.ring()
  }

  #await(): void {
    if (this.#awaitedSince < 0) this.#awaitedSince = this.#parts.counters.now
  }

  #canGoOn(): boolean {
    const { accumulator, waiting } = this.#parts
    // Where nothing is on its way, nothing comes back.
    const mayHaveRoom = !this.#isNoneYet || accumulator.outstanding === 0
    return mayHaveRoom && waiting.isEmpty && accumulator.buffer.hasRoomToGoOn
  }

  #drain(): void {
    const { counters, events } = this.#parts
    const drained = this.#drained
    if (this.#awaitedSince >= 0) counters.waited(this.#awaitedSince)
    this.#awaitedSince = -1
    this.#isWanted = false
    this.#isNoneYet = false
    this.#drained = null
    drained?.resolve()
    events.tell('drain')
  }
}
