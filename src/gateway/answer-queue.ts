import { LARGE_ANSWERS_MAX, UNANSWERED_BYTES_MAX, UNANSWERED_REQUESTS_MAX } from '../base/config/internal-limits.js'
import { isOn } from '../base/guards.js'
import type { ByteStream } from './byte-stream.js'
import type { Answer, LastWord, OpenExchange } from './open-exchange.js'
import type { Passage } from './passage.js'

/**
 * The requests of one stream that were begun, until the stream has taken their answers. These are written in the order
 * of the requests, all that are there in one write.
 *
 *     begun --> answered --> written --> taken
 *
 * How many may be begun and not written is limited, and so is how much the answers hold: an API whose answers hold the
 * memory of the log has one request at a time that is not taken, and all APIs together whose answers may be large have
 * a few.
 *
 * Owned by the gateway's thread.
 */
export class AnswerQueue {
  /** Begun and not written, oldest first. */
  #open: OpenExchange[] = []
  #bytes = 0
  /** Requests whose answers hold memory and were not taken. */
  #holding = 0
  /** Requests whose answers may be large and were not taken. */
  #large = 0
  /** Told when such an answer was taken: between turns, or in one. */
  readonly #onTaken: () => void

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken
  }

  get isEmpty(): boolean {
    return this.#open.length === 0
  }

  /** Whether another request may be begun. */
  get hasRoom(): boolean {
    return this.isEmpty || (this.#open.length < UNANSWERED_REQUESTS_MAX && this.#bytes < UNANSWERED_BYTES_MAX)
  }

  /** Whether a request of this kind must wait for an answer that the stream has not taken. */
  holdsBack({ answersHold, isLarge }: Pick<Passage, 'answersHold' | 'isLarge'>): boolean {
    return (answersHold === true && this.#holding > 0) || (isLarge === true && this.#large >= LARGE_ANSWERS_MAX)
  }

  add(exchange: OpenExchange): void {
    this.#open.push(exchange)
    this.#bytes += exchange.bytes
    if (exchange.passage.answersHold === true) this.#holding += 1
    if (exchange.passage.isLarge === true) this.#large += 1
  }

  /** Writes what is answered. Returns the last word if it was said: nothing is written behind it. */
  writeTo(stream: ByteStream): LastWord | null {
    const parts: Uint8Array[] = []
    const written: OpenExchange[] = []
    let lastWord: LastWord | null = null
    while (lastWord === null) {
      const next = isOn('answers-in-their-order') ? 0 : this.#open.findIndex(({ outcome }) => outcome !== null)
      const exchange = this.#open[next]
      if (exchange === undefined || exchange.outcome === null) break
      this.#open.splice(next, 1)
      this.#bytes -= exchange.bytes
      written.push(exchange)
      if (exchange.outcome !== 'none') parts.push(...exchange.outcome.parts)
      lastWord = exchange.lastWord
    }
    const isWaited = parts.length > 0 && isOn('given-back-when-written')
    if (parts.length > 0) stream.write(parts, isWaited ? () => this.#taken(written) : () => {})
    if (!isWaited) this.#taken(written)
    return lastWord
  }

  /** Nobody reads answers any more. Those that are there give back what they hold, and those that come later do. */
  drop(): void {
    const answered = this.#open.filter(({ outcome }) => outcome !== null)
    this.#open = this.#open.filter(({ outcome }) => outcome === null)
    this.#taken(answered)
  }

  #taken(exchanges: readonly OpenExchange[]): void {
    let hasHeld = false
    for (const { outcome, passage } of exchanges) {
      if (outcome !== 'none') (outcome as Answer).written()
      if (passage.answersHold === true) this.#holding -= 1
      if (passage.isLarge === true) this.#large -= 1
      hasHeld ||= passage.answersHold === true || passage.isLarge === true
    }
    if (hasHeld) this.#onTaken()
  }
}
