import type { FailAt } from './input-error.js'
import type { Piece, Splitter } from './input-record.js'
import { PendingBytes } from './pending-bytes.js'

/**
 * Cuts one JSON array of objects into the bytes of its objects, without parsing them: it counts brackets and skips what
 * stands inside a string. It checks only what holds the objects together; the objects are checked by whoever parses
 * them.
 *
 *     [   { … }   ,   { … }   ]
 *     │   │       │           └ closed: nothing but blanks may follow
 *     │   │       └ afterElement
 *     │   └ inElement (depth > 0; inString, escaped)
 *     └ opened → beforeElement
 */
type State = 'beforeArray' | 'beforeFirst' | 'beforeElement' | 'inElement' | 'afterElement' | 'closed'

const byteOf = (character: string): number => character.charCodeAt(0)
const QUOTE = byteOf('"')
const BACKSLASH = byteOf('\\')
const LINE_FEED = byteOf('\n')
const BLANKS = new Set([' ', '\t', '\r', '\n'].map(byteOf))

export class ArraySplitter implements Splitter {
  readonly #fail: FailAt
  readonly #pending: PendingBytes
  #state: State = 'beforeArray'
  #depth = 0
  #inString = false
  #escaped = false
  #line = 1
  #elementLine = 1

  constructor(fail: FailAt) {
    this.#fail = fail
    this.#pending = new PendingBytes(fail)
  }

  *push(chunk: Buffer): Iterable<Piece> {
    let start = 0
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] as number
      if (byte === LINE_FEED) this.#line++
      if (this.#state === 'inElement') {
        if (!this.#closesElement(byte)) continue
        yield { bytes: this.#pending.join(chunk.subarray(start, index + 1)), line: this.#elementLine }
        this.#state = 'afterElement'
      } else if (!BLANKS.has(byte)) {
        this.#between(byte)
        start = index
      }
    }
    if (this.#state === 'inElement') this.#pending.hold(chunk.subarray(start), this.#elementLine)
  }

  // biome-ignore lint/correctness/useYield: an array that was closed leaves nothing over
  *finish(): Iterable<Piece> {
    if (this.#state === 'closed') return
    const what = this.#state === 'inElement' ? `in the object that starts at line ${this.#elementLine}` : 'before its ]'
    throw this.#fail(this.#line, `the array ends too early, ${what}; the file may have been cut off`)
  }

  #closesElement(byte: number): boolean {
    if (this.#escaped) {
      this.#escaped = false
    } else if (this.#inString) {
      if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) this.#inString = false
    } else if (byte === QUOTE) {
      this.#inString = true
    } else if (byte === byteOf('{') || byte === byteOf('[')) {
      this.#depth++
    } else if (byte === byteOf('}') || byte === byteOf(']')) {
      this.#depth--
    }
    return this.#depth === 0
  }

  /** Takes one byte outside the objects that is not blank: it moves the state on, or the array is broken. */
  #between(byte: number): void {
    const character = String.fromCharCode(byte)
    const opensElement = this.#state === 'beforeFirst' || this.#state === 'beforeElement'
    if (opensElement && character === '{') {
      this.#state = 'inElement'
      this.#depth = 1
      this.#elementLine = this.#line
    } else if (this.#state === 'beforeArray' && character === '[') this.#state = 'beforeFirst'
    else if (this.#state === 'beforeFirst' && character === ']') this.#state = 'closed'
    else if (this.#state === 'afterElement' && character === ',') this.#state = 'beforeElement'
    else if (this.#state === 'afterElement' && character === ']') this.#state = 'closed'
    else throw this.#fail(this.#line, `${JSON.stringify(character)} is out of place; ${EXPECTED[this.#state]}`)
  }
}

const EXPECTED: Readonly<Record<State, string>> = {
  beforeArray: 'a .json file must be one array of objects, or one object per line',
  beforeFirst: 'every element of the array must be an object: { … }',
  beforeElement: 'every element of the array must be an object: { … }',
  inElement: 'an object must end with }',
  afterElement: 'an object must be followed by , or ]',
  closed: 'nothing may follow the array',
}
