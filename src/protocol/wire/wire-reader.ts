import { KafkaError } from '../../base/errors.js'
import { counted } from '../../base/words.js'

/**
 * Bytes from outside contradict their schema: they end too early, a length promises more than there is, or a null
 * stands where none may. Kafka: `SchemaException`, which a broker answers by closing the connection.
 */
export class MalformedMessageError extends KafkaError {
  override readonly name = 'MalformedMessageError'

  constructor(message: string) {
    super('INVALID_REQUEST', message)
  }
}

/** The most bytes that an unsigned varint of 32 bits takes. */
const VARINT_BYTES_MAX = 5

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const MIN_SAFE = -MAX_SAFE

/** How a length is written: as a varint one larger than it is, or in so many bytes. */
export interface LengthLayout {
  readonly isFlexible: boolean
  readonly isNullable: boolean
  readonly lengthBytes: 2 | 4
}

/** Where a message lies in larger memory. */
export interface Place {
  readonly view: DataView
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/**
 * Reads the fields of one message in a row. Every length is held against the bytes that are left before anything is
 * allocated for it, so that a message never costs more than a multiple of its own bytes. What it returns does not refer
 * to the bytes that it read, except for `view`.
 */
export class WireReader {
  /** The field that is being read; a refusal names it. */
  field = ''
  /** Items of lists and tagged fields that the message may have in all. An item may take one byte, and an object. */
  itemsMax = Number.POSITIVE_INFINITY
  #items = 0
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #message: string
  #at = 0
  #end: number

  /** `message` names what the bytes are, for refusals. `place`: they are a part of memory, of which there is a view. */
  constructor(bytes: Uint8Array, message: string, place?: Place) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = place?.view ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#message = message
    this.#at = place?.start ?? 0
    this.#end = place?.end ?? bytes.byteLength
  }

  /** Bytes from here to the end of the message, or of the tagged field that is being read. */
  get bytesLeft(): number {
    return this.#end - this.#at
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#take(2))
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4))
  }

  bigInt64(): bigint {
    return this.#view.getBigInt64(this.#take(8))
  }

  /** An int64 that a number holds exactly; another one is refused. */
  int64(): number {
    const at = this.#take(8)
    const value = this.#view.getInt32(at) * 2 ** 32 + this.#view.getUint32(at + 4)
    return Number.isSafeInteger(value) ? value : this.refuse(`is ${this.#view.getBigInt64(at)}, beyond 2^53 - 1`)
  }

  /** An int64, or what is the nearest to it of all that a number holds exactly. */
  nearestInt64(): number {
    const value = this.bigInt64()
    return Number(value < MIN_SAFE ? MIN_SAFE : value > MAX_SAFE ? MAX_SAFE : value)
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  /** Seven bits a byte, lowest first. Kafka's have 32 bits; what hostile bytes make of the fifth is larger. */
  varint(): number {
    let value = 0
    for (let index = 0; index < VARINT_BYTES_MAX; index++) {
      const byte = this.#view.getUint8(this.#take(1))
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return value
    }
    return this.refuse('has a length of more than five bytes')
  }

  /** What stands in front of a text, bytes or a list; -1: it is null. */
  length(of: LengthLayout): number {
    const length = of.isFlexible ? this.varint() - 1 : of.lengthBytes === 2 ? this.int16() : this.int32()
    if (length >= 0) return length
    return of.isNullable ? -1 : this.refuse('must not be null')
  }

  /** UTF-8; what is not UTF-8 becomes replacement characters, as in Kafka. */
  text(bytes: number): string {
    const at = this.#take(bytes)
    return this.#bytes.toString('utf8', at, at + bytes)
  }

  /** The bytes in memory of their own. */
  copy(bytes: number): Uint8Array {
    return new Uint8Array(this.view(bytes))
  }

  /** The bytes where they lie. */
  view(bytes: number): Uint8Array {
    const at = this.#take(bytes)
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, bytes)
  }

  /** 16 bytes in the form in which Kafka prints them. */
  uuid(): string {
    const at = this.#take(16)
    return this.#bytes.toString('base64url', at, at + 16)
  }

  /** Passes over bytes of no interest. */
  skip(bytes: number): void {
    this.#take(bytes)
  }

  /** Holds a number of items, of at least so many bytes each, against the bytes that are left. */
  expect(count: number, bytesMin: number): number {
    if (count * bytesMin > this.bytesLeft)
      return this.refuse(`promises ${counted(count, 'item')} with ${counted(this.bytesLeft, 'byte')} left`)
    return count
  }

  /** The same for the items of a list, of which a message has a limited number. */
  expectItems(count: number, bytesMin: number): number {
    this.expect(count, bytesMin)
    this.#items += count
    return this.#items <= this.itemsMax
      ? count
      : this.refuse(`is beyond the ${counted(this.itemsMax, 'item')} that a message may have`)
  }

  /** Reads a part of known length, which must be used up. */
  within<Value>(bytes: number, read: () => Value): Value {
    this.expect(bytes, 1)
    const end = this.#end
    this.#end = this.#at + bytes
    const value = read()
    if (this.bytesLeft > 0) this.refuse(`leaves ${this.bytesLeft} of its ${counted(bytes, 'byte')} unread`)
    this.#end = end
    return value
  }

  refuse(why: string): never {
    throw new MalformedMessageError(`Cannot read ${this.#message}: '${this.field}' ${why}`)
  }

  /** Moves on; returns where the bytes begin. */
  #take(bytes: number): number {
    if (bytes > this.bytesLeft) this.refuse(`takes ${counted(bytes, 'byte')} with ${this.bytesLeft} left`)
    const at = this.#at
    this.#at = at + bytes
    return at
  }
}
