import { type Part, receiveByOne, tickAll } from '../../../actor/part.js'
import type { Context, Message } from '../../../actor/types.js'
import type { Timestamp } from '../../../base/ids.js'
import type { ApiName } from '../../../protocol/api.js'

/** One concern of a consumer's back. */
export interface ConsumerPart extends Part {
  /** The requests of the application that it takes; absent: none. */
  readonly serves?: readonly ApiName[]
  /** Begins to end: the application wants nothing any more. Absent: there is nothing to end. */
  stop?(): void
  /** Whether it is still ending, such as with a request that is not answered yet. Absent: `stop` has ended it. */
  readonly isStopping?: boolean
}

/**
 * The parts of a consumer's back. They take their turns in the order of the list, and end in the opposite one: first
 * what hands records out, then what keeps account of them, and what reads last.
 *
 *     stop ─▶ the last part ends ─▶ the one before it ─▶ … ─▶ hasStopped
 *
 * A part that takes its time to end holds up those before it, and all of them go on with their turns meanwhile. (Kafka:
 * `AsyncKafkaConsumer.close` commits, leaves the group, and then ends the fetches.)
 */
export class PartList {
  readonly #parts: readonly ConsumerPart[]
  /** How many parts, from the first on, were not told to end. */
  #left: number
  #isStopping = false

  constructor(parts: readonly ConsumerPart[]) {
    this.#parts = parts
    this.#left = parts.length
  }

  /** The requests that one of them takes. */
  get serves(): ApiName[] {
    return this.#parts.flatMap((part) => part.serves ?? [])
  }

  /** Whether all of them have ended. */
  get hasStopped(): boolean {
    return this.#left === 0 && this.#parts[0]?.isStopping !== true
  }

  receive(message: Message, context: Context): boolean {
    return receiveByOne(this.#parts, message, context)
  }

  tick(context: Context): Timestamp {
    const due = tickAll(this.#parts, context)
    // Whoever was told to end has something to do in its next turn.
    if (this.#isStopping && this.#goOnStopping()) context.noteWork()
    return due
  }

  /** Ends the parts, as far as they end at once; `tick` goes on with the others. */
  stop(): void {
    this.#isStopping = true
    this.#goOnStopping()
  }

  /** Returns whether a part was told to end. */
  #goOnStopping(): boolean {
    const before = this.#left
    while (this.#left > 0 && this.#parts[this.#left]?.isStopping !== true) {
      this.#left -= 1
      this.#parts[this.#left]?.stop?.()
    }
    return this.#left < before
  }
}
