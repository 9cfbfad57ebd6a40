/**
 * Chance that a seed decides: the same seed gives the same numbers, on every machine and every version of Node.
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, one of them a counter, so that no
 * seed has a short cycle. Not for secrets.
 */
import { assert } from './assert.js'

/** The source of chance. Threads get one from a seed of their own, the simulation forks all from one. */
export interface Random {
  /** A number evenly from [0, 1), in steps of 2^-32. */
  next(): number
  /** An integer from [0, n); n at most 2^32. */
  below(n: number): number
  /** True with this probability: never at 0, always at 1. */
  boolean(probability: number): boolean
  /** One of the items, each as likely; the array must not be empty. */
  pick<Item>(items: readonly Item[]): Item
  /**
   * A stream of its own, decided by this stream's seed and the name alone. Earlier draws do not matter, and drawing
   * from one does not move the other. The same name gives the same stream again.
   */
  fork(name: string): Random
}

/** The stream of a seed. Numbers and strings are seeds alike: 4711 and '4711' are the same one. */
export function seededRandom(seed: number | string): Random {
  return new SmallFastCounting(String(seed))
}

class SmallFastCounting implements Random {
  readonly #seed: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string) {
    this.#seed = seed
    this.#a = hash(seed, 0x9e3779b9)
    this.#b = hash(seed, 0x243f6a88)
    this.#c = hash(seed, 0xb7e15162)
    // The first numbers still show the seed; the author of sfc32 asks for these rounds.
    for (let round = 0; round < 12; round++) this.#step()
  }

  next(): number {
    return this.#step() / 2 ** 32
  }

  below(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= 2 ** 32, 'A number below n needs an n from 1 to 2^32')
    return Math.floor(this.next() * n)
  }

  boolean(probability: number): boolean {
    return this.next() < probability
  }

  pick<Item>(items: readonly Item[]): Item {
    assert(items.length > 0, 'Nothing can be picked from an empty array')
    return items[this.below(items.length)]!
  }

  fork(name: string): Random {
    return new SmallFastCounting(`${this.#seed}/${name}`)
  }

  #step(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

/** FNV-1a over the letters, then murmur3's last mixing, so that neighbouring seeds share nothing. */
function hash(text: string, start: number): number {
  let state = start | 0
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return state ^ (state >>> 16)
}
