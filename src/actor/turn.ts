import { assert } from '../base/assert.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { Address } from './address.js'
import type { Doorbell } from './control-block.js'
import type { Point } from './points.js'
import type { Context } from './types.js'

export interface TurnParts {
  readonly self: Address
  readonly random: Random
  readonly connect: (to: Address) => void
  readonly release: (ended: Address) => void
  readonly point: (name: Point) => void
  /** Has the next turn look at the connection. */
  readonly lookAt: (connection: number) => void
  /** Whether a test plays the actor: then it is always its turn. */
  readonly isPlayed: boolean
}

/**
 * The turn of one actor, as the actor sees it (`Context`) and as its runner does. Between two turns it is closed: a
 * promise's continuation that uses it, or writes to a connection, belongs into the next turn, and an assertion says so.
 * What it wrote would lie there unseen until the actor wakes for another reason, because peers are told of what was
 * written when the turn ends.
 *
 * Owned by the actor's thread.
 */
export class Turn implements Context {
  readonly self: Address
  foundWork = false
  isStreaming = false
  isAwaited = false
  /** The earliest moment that was noted in this turn; null: there is none. */
  due: Timestamp | null = null
  readonly #parts: TurnParts
  /** Null before the first turn: V8 makes a new object at each read of a field that has only ever held numbers. */
  #now: Timestamp | null = null
  #isOpen: boolean
  /** The bells of the peers that were written to in this turn. */
  readonly #bells: Doorbell[] = []

  constructor(parts: TurnParts) {
    this.#parts = parts
    this.self = parts.self
    this.#isOpen = parts.isPlayed
  }

  open(now: Timestamp): void {
    this.#now = now
    this.#isOpen = true
    this.foundWork = false
    this.isStreaming = false
    this.isAwaited = false
    this.due = null
  }

  close(): void {
    this.#isOpen = this.#parts.isPlayed
  }

  /** Whoever writes to a connection says so here. */
  check(): void {
    assert(this.#isOpen, 'An actor uses its context and its connections in its turn')
  }

  get now(): Timestamp {
    this.check()
    return this.#now ?? timestamp(0)
  }

  get random(): Random {
    this.check()
    return this.#parts.random
  }

  // Functions of their own: actors hand some of them on.
  readonly connect = (to: Address): void => {
    this.check()
    this.#parts.connect(to)
  }

  readonly release = (ended: Address): void => {
    this.check()
    this.#parts.release(ended)
  }

  readonly noteWork = (): void => {
    this.check()
    this.foundWork = true
  }

  readonly noteDue = (at: Timestamp): void => {
    this.check()
    if (at !== NEVER) this.due = this.due === null ? at : earliest(this.due, at)
  }

  readonly noteStream = (): void => {
    this.check()
    this.isStreaming = true
  }

  readonly noteAwaited = (): void => {
    this.check()
    this.isAwaited = true
  }

  readonly point = (name: Point): void => {
    this.check()
    this.#parts.point(name)
  }

  /** A connection may have something for its actor of which no frame tells. */
  lookAt({ id }: { readonly id: number }): void {
    this.#parts.lookAt(id)
  }

  /** The peer is told when the turn is over, however often it was written to. */
  ringLater(bell: Doorbell): void {
    if (!this.#bells.includes(bell)) this.#bells.push(bell)
  }

  /**
   * Once for each peer, and the one written to last first: waking a thread takes long, and a consumer waits for it
   * longest.
   */
  ringBells(): void {
    for (let bell = this.#bells.pop(); bell !== undefined; bell = this.#bells.pop()) bell.ring()
  }
}
