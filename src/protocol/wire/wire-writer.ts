import { assert } from '../../base/assert.js'
import type { ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import type { LengthLayout } from './wire-reader.js'

const FIRST_BYTES = 256

/** Memory beyond this is given up with the message that has needed it. */
const KEPT_BYTES_MAX = 65_536

/** Texts up to this length are written letter by letter while they are ASCII: a call of native code costs more. */
const SHORT_TEXT = 64

/** Writes the fields of one message in a row, into memory that grows with it. */
export class WireWriter {
  /** The field that is being written; a refusal names it. */
  field = ''
  #message: string
  #bytes: Buffer = Buffer.alloc(FIRST_BYTES)
  #view: DataView = new DataView(this.#bytes.buffer, this.#bytes.byteOffset)
  #at = 0
  /** Parts that lie elsewhere, each with the place where it belongs. */
  #elsewhere: { readonly at: number; readonly pieces: readonly Uint8Array[] }[] = []

  /** `message` names what is written, for refusals. */
  constructor(message: string) {
    this.#message = message
  }

  /** Begins another message in the same memory. */
  begin(message: string): this {
    this.#message = message
    this.#at = 0
    this.#elsewhere = []
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#moveTo(Buffer.alloc(FIRST_BYTES))
    return this
  }

  /** What was written so far, where it lies. */
  get written(): Uint8Array {
    assert(this.#elsewhere.length === 0, 'A message with parts elsewhere is taken in parts')
    return this.#bytes.subarray(0, this.#at)
  }

  /** What was written so far, in parts that follow one another. */
  get parts(): Uint8Array[] {
    const parts: Uint8Array[] = []
    let from = 0
    for (const { at, pieces } of this.#elsewhere) {
      if (at > from) parts.push(this.#bytes.subarray(from, at))
      parts.push(...pieces)
      from = at
    }
    if (this.#at > from || parts.length === 0) parts.push(this.#bytes.subarray(from, this.#at))
    return parts
  }

  int8(value: number): void {
    const at = this.#claim(1)
    this.#view.setInt8(at, value)
  }

  /** Signed or not: the bits are the same. */
  int16(value: number): void {
    const at = this.#claim(2)
    this.#view.setInt16(at, value)
  }

  int32(value: number): void {
    const at = this.#claim(4)
    this.#view.setInt32(at, value)
  }

  bigInt64(value: bigint): void {
    const at = this.#claim(8)
    this.#view.setBigInt64(at, value)
  }

  /** A safe integer. */
  int64(value: number): void {
    const at = this.#claim(8)
    const high = Math.floor(value / 2 ** 32)
    this.#view.setInt32(at, high)
    this.#view.setUint32(at + 4, value - high * 2 ** 32)
  }

  float64(value: number): void {
    const at = this.#claim(8)
    this.#view.setFloat64(at, value)
  }

  /** Seven bits a byte, lowest first; below 2^31. */
  varint(value: number): void {
    let rest = value
    for (; rest >= 0x80; rest >>>= 7) this.int8((rest & 0x7f) | 0x80)
    this.int8(rest)
  }

  /** What stands in front of a text, bytes or a list; -1: it is null. */
  length(length: number, of: LengthLayout): void {
    if (length < 0 && !of.isNullable) this.refuse('must not be null')
    if (of.isFlexible) this.varint(length + 1)
    else if (of.lengthBytes === 2) this.int16(length)
    else this.int32(length)
  }

  /** UTF-8; `bytes` is how many it takes. */
  text(text: string, bytes: number): void {
    const at = this.#claim(bytes)
    if (bytes > SHORT_TEXT || bytes !== text.length) this.#bytes.write(text, at, bytes, 'utf8')
    else for (let index = 0; index < bytes; index++) this.#bytes[at + index] = text.charCodeAt(index)
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#claim(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** These pieces come next. They are not copied, and whoever takes `parts` finds them in there. */
  aPart(pieces: readonly Uint8Array[]): void {
    if (pieces.length > 0) this.#elsewhere.push({ at: this.#at, pieces })
  }

  /** Writes aside what must say its length first. */
  aside(write: (writer: WireWriter) => void): Uint8Array {
    const writer = new WireWriter(this.#message)
    writer.field = this.field
    write(writer)
    return writer.written
  }

  refuse(why: string, code: ErrorCode = 'INVALID_REQUEST'): never {
    throw new KafkaError(code, `Cannot write ${this.#message}: '${this.field}' ${why}`)
  }

  /** Makes room, which may move everything to larger memory; returns where it begins. */
  #claim(bytes: number): number {
    const at = this.#at
    const end = at + bytes
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#at))
      this.#moveTo(larger)
    }
    this.#at = end
    return at
  }

  #moveTo(memory: Buffer): void {
    this.#bytes = memory
    this.#view = new DataView(memory.buffer, memory.byteOffset)
  }
}
