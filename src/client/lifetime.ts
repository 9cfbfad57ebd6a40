import type { Timers } from '../actor/event-loop.js'
import type { Actor, Context, Message } from '../actor/types.js'
import { signature } from '../base/arguments/shape.js'
import { milliseconds, objectWith, optional } from '../base/arguments/shapes.js'
import type { Clock } from '../base/clock.js'
import { deferred } from '../base/deferred.js'
import { ClosedError, type WorkerDiedError } from '../base/errors.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'

/**
 * How long a client lives: until its `close` is done, and no longer than its callers give it time.
 *
 *     close({ timeoutMs }) ─▶ its actor ends by then, by the clock that actors have ─▶ its thread ends, its seat is free
 *                                                    ─▶ sinks and interceptors have what is left of the time, by the process's clock
 *
 * So a close settles whatever it waits for, and what it has waited for in vain goes on without it. Lives on the
 * application's thread, around the actor of the client.
 */
export interface LifetimeParts {
  readonly actor: ClientActor
  /** What the error calls it: `The producer`. */
  readonly name: string
  readonly clock: Clock
  /** The timers of the process. */
  readonly after: Timers['after']
  readonly wake: () => void
  /** Called when a close of it has settled: nobody waits for anything of it any more. */
  readonly onClosed?: () => void
  /** Seats it; returns what ends the client's thread and gives the seat up. */
  readonly start: (life: Lifetime) => Release
}

/** Ends a client's thread; `hasLeft`: false if it is to be taken for one that has crashed. */
type Release = (hasLeft: boolean) => Promise<void>

/** A client's half in the application. */
export interface ClientActor extends Actor {
  /** Whether something was asked of it that will be answered, or given up, without anybody's doing. */
  readonly hasPending: boolean
  /** The same without what goes on until somebody ends it. Absent: nothing does. */
  readonly isAwaited?: boolean
  /** Fails with the error whatever is pending. */
  end(error: ClientEnd): void
}

/** Why a client has ended. */
export type ClientEnd = ClosedError | WorkerDiedError

/** How a client or a cluster is closed. */
export interface CloseOptions {
  /**
   * Milliseconds after which nothing is waited for any more. 0: nothing is waited for at all. Kafka: `close(Duration)`.
   */
  readonly timeoutMs?: number
}

export const CLOSE = signature('close', ['', objectWith({ timeoutMs: optional(milliseconds) })])

export class Lifetime implements Actor {
  readonly #parts: LifetimeParts
  readonly #release: Release
  readonly #ended = deferred<void>()
  /** Listeners that are to hear of its end. */
  readonly #listeners = new Set<(error: ClientEnd) => void>()
  #end: ClientEnd | null = null
  readonly #over = deferred<void>()
  /** The earliest that anybody has asked for. */
  #deadline: Timestamp = NEVER
  #isReleased = false
  #timer: ReturnType<Timers['after']> | null = null

  constructor(parts: LifetimeParts) {
    this.#parts = parts
    this.#release = parts.start(this)
  }

  get hasPending(): boolean {
    return this.#parts.actor.hasPending
  }

  get isAwaited(): boolean {
    const { isAwaited, hasPending } = this.#parts.actor
    return isAwaited ?? hasPending
  }

  receive(message: Message, context: Context): void {
    this.#parts.actor.receive(message, context)
  }

  tick(context: Context): Timestamp {
    if (context.now >= this.#deadline) this.end()
    const due = this.#parts.actor.tick(context)
    return context.now < this.#deadline ? earliest(due, this.#deadline) : due
  }

  /** Leaves the client no more than this time. A longer time than it had changes nothing. */
  endIn(timeoutMs: number): void {
    const deadline = timestamp(this.#parts.clock.now() + timeoutMs)
    if (deadline >= this.#deadline) return
    this.#deadline = deadline
    if (timeoutMs <= 0) this.end()
    this.#setTimer()
    this.#parts.wake()
  }

  /** Fails whatever is pending with this error, at once. */
  end(error: ClientEnd = new ClosedError(`${this.#parts.name} is closed`)): void {
    this.#end ??= error
    this.#parts.actor.end(error)
    this.#ended.resolve()
    for (const tell of this.#listeners) tell(this.#end)
    this.#listeners.clear()
  }

  /**
   * Tells of the end, at once if it has come. Returns what takes the listener back: a promise would keep all that ever
   * waited for it.
   */
  onEnd(tell: (error: ClientEnd) => void): () => void {
    if (this.#end === null) this.#listeners.add(tell)
    else tell(this.#end)
    return () => void this.#listeners.delete(tell)
  }

  /** Resolves when nobody is to wait any more, not even for what is outside. */
  get over(): Promise<void> {
    return this.#over.promise
  }

  /** Ends all waiting: whoever closes the cluster has no time left. */
  giveUp(): void {
    this.#over.resolve()
  }

  /** Waits for the promise, but not beyond the end of what is pending. */
  whileItLasts(promise: Promise<unknown>): Promise<unknown> {
    return Promise.race([promise, this.#ended.promise])
  }

  /** Waits for what is outside, but no longer than so many milliseconds of the process, or than there is time. */
  forAtMost(limitMs: number, promise: Promise<void>): Promise<void> {
    const { after } = this.#parts
    const late = deferred<void>()
    const timer = after(limitMs, late.resolve)
    return Promise.race([promise, late.promise, this.#over.promise]).finally(() => timer.cancel())
  }

  /**
   * Ends the client's thread, and what holds its half in the application. `hasLeft`: false for a member of a group that
   * is to be missed by it at once.
   */
  release(hasLeft = true): Promise<void> {
    this.end()
    return this.#release(hasLeft).then(() => {
      this.#isReleased = true
      this.#setTimer()
    })
  }

  /** Settles like the promise, at the latest when the client was released and its time is over. */
  within(closing: Promise<void>): Promise<void> {
    return Promise.race([closing, this.#over.promise]).finally(() => {
      this.#timer?.cancel()
      this.#parts.onClosed?.()
    })
  }

  #setTimer(): void {
    if (!this.#isReleased || this.#deadline === NEVER) return
    this.#timer?.cancel()
    this.#timer = this.#parts.after(Math.max(0, this.#deadline - this.#parts.clock.now()), this.#over.resolve)
  }
}
