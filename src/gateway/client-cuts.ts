import { CUT_CLIENTS_MAX } from '../base/config/internal-limits.js'
import { KafkaError } from '../base/errors.js'

/**
 * Which clients are cut off from which brokers, in memory that all gateways read:
 *
 *     int32 0        version: grows with each change
 *     int32 1        slots that were ever in use: those behind them are free
 *     int32 4 + 4n   label (0: every client) | broker's id (0: nothing is cut here) | ways, bits of WAYS | not used
 *
 * A gateway does not begin requests of a client that is cut off, or does not write its answers, as a network that
 * carries nothing and loses nothing.
 *
 * Written by the application, read by gateways.
 */
const WAYS = { requests: 1, responses: 2, both: 3 } as const
export type Way = keyof typeof WAYS

const FIRST = 4
const WORDS_EACH = 4

/** What can be done to the links between clients and brokers. Clients are named by their label, 0: all of them. */
export interface ClientLinks {
  cut(label: number, brokerId: number, way: Way): void
  heal(label: number, brokerId: number, way: Way): void
  healAll(): void
}

export class ClientCuts implements ClientLinks {
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory)
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * (FIRST + WORDS_EACH * CUT_CLIENTS_MAX))
  }

  /** Another number means that something may have changed. */
  get version(): number {
    return Atomics.load(this.#words, 0)
  }

  /** Bits of `WAYS` that are cut for a client. */
  of(label: number, brokerId: number): number {
    let ways = 0
    const end = FIRST + WORDS_EACH * this.#word(1)
    for (let at = FIRST; at < end; at += WORDS_EACH) {
      if (this.#word(at + 1) !== brokerId) continue
      const cut = this.#word(at)
      if (cut === 0 || cut === label) ways |= this.#word(at + 2)
    }
    return ways
  }

  static isCut(ways: number, way: 'requests' | 'responses'): boolean {
    return (ways & WAYS[way]) !== 0
  }

  cut(label: number, brokerId: number, way: Way): void {
    const at = this.#find(label, brokerId) ?? this.#find(0, 0)
    if (at === null) {
      const says = `Cannot cut off more clients: ${CUT_CLIENTS_MAX} links are cut, which is the most`
      throw new KafkaError('INVALID_REQUEST', says)
    }
    this.#words[1] = Math.max(this.#word(1), 1 + (at - FIRST) / WORDS_EACH)
    Atomics.store(this.#words, at, label)
    Atomics.store(this.#words, at + 1, brokerId)
    Atomics.or(this.#words, at + 2, WAYS[way])
    Atomics.add(this.#words, 0, 1)
  }

  heal(label: number, brokerId: number, way: Way): void {
    const at = this.#find(label, brokerId)
    if (at === null) return
    if ((Atomics.and(this.#words, at + 2, ~WAYS[way]) & ~WAYS[way]) === 0) this.#free(at)
    Atomics.add(this.#words, 0, 1)
  }

  healAll(): void {
    for (const at of this.#slots()) this.#free(at)
    Atomics.add(this.#words, 0, 1)
  }

  #free(at: number): void {
    for (const word of [at + 2, at + 1, at]) Atomics.store(this.#words, word, 0)
  }

  #find(label: number, brokerId: number): number | null {
    for (const at of this.#slots()) if (this.#word(at + 1) === brokerId && this.#word(at) === label) return at
    return null
  }

  *#slots(): Iterable<number> {
    for (let at = FIRST; at < this.#words.length; at += WORDS_EACH) yield at
  }

  #word(at: number): number {
    return Atomics.load(this.#words, at)
  }
}
