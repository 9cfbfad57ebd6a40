import { shown } from '../../base/arguments/shown.js'
import { assert } from '../../base/assert.js'
import { ERRORS, type ErrorCode, errorName, errorNumber } from '../../base/error-code.js'
import type { WireReader } from './wire-reader.js'
import type { WireWriter } from './wire-writer.js'

/**
 * How Kafka's types lie on the wire. A type is asked once for each version for its plan, which then reads and writes
 * without looking at versions any more. Numbers are big-endian. Flexible versions (KIP-482) write a length as an
 * unsigned varint, one larger than it is, so that 0 is null:
 *
 *     type             not flexible     flexible        null
 *     string           int16, UTF-8     varint, UTF-8   -1 or 0
 *     bytes, records   int32, bytes     varint, bytes   -1 or 0
 *     array            int32, items     varint, items   -1 or 0
 *     struct           fields           fields, tags    in front of one that may be null: int8, -1 null, 1 there;
 *                                                       of a tagged one: varint, 0 null, 1 there
 */

/** What of a version matters to one field. */
export interface Layout {
  readonly version: number
  readonly isFlexible: boolean
  readonly isNullable: boolean
  readonly isTagged: boolean
}

/** Where each item of a list, each field of a record and each message lies. */
export type InnerLayout = Pick<Layout, 'version' | 'isFlexible'>

/** Reads and writes the values of one field in one version. */
export interface Plan<Value> {
  /** The fewest bytes that a value takes. */
  readonly bytesMin: number
  read(reader: WireReader): Value
  write(writer: WireWriter, value: Value): void
}

export interface WireType<Value> {
  /** The value of a field that is not there and names no default. */
  readonly empty: Value
  plan(layout: Layout): Plan<Value>
  /** Whether it is equal to `empty`; false for a value of another type. */
  isEmpty(value: unknown): boolean
}

/** A type whose values always take the same bytes, in every version. */
function fixed<Value>(empty: Value, plan: Plan<Value>): WireType<Value> {
  return { empty, plan: () => plan, isEmpty: (value) => value === empty }
}

/** A whole number of these bytes; `min` and `max` are inclusive. */
function integer(limits: { bytes: number; min: number; max: number }, plan: Omit<Plan<number>, 'bytesMin'>) {
  const { bytes, min, max } = limits
  return fixed(0, {
    bytesMin: bytes,
    read: (reader) => plan.read(reader),
    write(writer, value) {
      if (!Number.isInteger(value) || value < min || value > max) {
        writer.refuse(`must be a whole number from ${min} to ${max}, not ${shown(value)}`)
      }
      plan.write(writer, value)
    },
  })
}

const signed = (bytes: number) => ({ bytes, min: -(2 ** (8 * bytes - 1)), max: 2 ** (8 * bytes - 1) - 1 })

export const int8Type = integer(signed(1), {
  read: (reader) => reader.int8(),
  write: (writer, value) => writer.int8(value),
})
export const int16Type = integer(signed(2), {
  read: (reader) => reader.int16(),
  write: (writer, value) => writer.int16(value),
})
export const uint16Type = integer(
  { bytes: 2, min: 0, max: 0xffff },
  { read: (reader) => reader.uint16(), write: (writer, value) => writer.int16(value) },
)
export const int32Type = integer(signed(4), {
  read: (reader) => reader.int32(),
  write: (writer, value) => writer.int32(value),
})
/** Offsets and times: numbers, which are exact up to 2^53 - 1. */
export const int64Type = integer(
  { bytes: 8, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  { read: (reader) => reader.int64(), write: (writer, value) => writer.int64(value) },
)
/** Offsets that are only looked for: no log reaches so far that another one would be found. */
export const nearestInt64Type = integer(
  { bytes: 8, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  { read: (reader) => reader.nearestInt64(), write: (writer, value) => writer.int64(value) },
)
/** Values of which all 64 bits may be in use. */
export const bigInt64Type = fixed(0n, {
  bytesMin: 8,
  read: (reader) => reader.bigInt64(),
  write(writer, value: bigint) {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) {
      writer.refuse(`must be a bigint of 64 bits, not ${shown(value)}`)
    }
    writer.bigInt64(value)
  },
})
export const float64Type = fixed(0, {
  bytesMin: 8,
  read: (reader) => reader.float64(),
  write(writer, value: number) {
    if (typeof value !== 'number') writer.refuse(`must be a number, not ${shown(value)}`)
    writer.float64(value)
  },
})
/** Kafka takes any byte but 0 for true. */
export const boolType = fixed(false, {
  bytesMin: 1,
  read: (reader) => reader.int8() !== 0,
  write(writer, value: boolean) {
    if (typeof value !== 'boolean') writer.refuse(`must be true or false, not ${shown(value)}`)
    writer.int8(value ? 1 : 0)
  },
})

/** The UUID of nothing. */
export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

export const uuidType = fixed(ZERO_UUID, {
  bytesMin: 16,
  read: (reader) => reader.uuid(),
  write(writer, value: string) {
    const bytes = Buffer.from(typeof value === 'string' ? value : '', 'base64url')
    if (bytes.toString('base64url') !== value || bytes.length !== 16) {
      writer.refuse(`must be 16 bytes in base64url, such as ${ZERO_UUID}, not ${shown(value)}`)
    }
    writer.bytes(bytes)
  },
})

/** An int16 on the wire, Kafka's name of the error everywhere else. */
export const errorCodeType = fixed<ErrorCode>('NONE', {
  bytesMin: 2,
  read: (reader) => errorName(reader.int16()),
  write(writer, value) {
    if (typeof value !== 'string' || !Object.hasOwn(ERRORS, value))
      writer.refuse(`must be the name of an error, not ${shown(value)}`)
    writer.int16(errorNumber(value))
  },
})

/** Kafka's limit, in flexible versions too. */
const STRING_BYTES_MAX = 0x7fff

export const stringType: WireType<string> = {
  empty: '',
  isEmpty: (value) => value === '',
  plan: (layout) =>
    sized(2, layout, {
      sizeOf(writer, value) {
        if (typeof value !== 'string') writer.refuse(`must be a text, not ${shown(value)}`)
        const bytes = Buffer.byteLength(value)
        return bytes <= STRING_BYTES_MAX ? bytes : writer.refuse(tooLong(bytes))
      },
      read: (reader, bytes) => (bytes <= STRING_BYTES_MAX ? reader.text(bytes) : reader.refuse(tooLong(bytes))),
      write: (writer, value, bytes) => writer.text(value, bytes),
    }),
}

const tooLong = (bytes: number): string => `is a text of ${bytes} bytes: ${STRING_BYTES_MAX} are the most`

const NO_BYTES = new Uint8Array(0)

const isNoBytes = (value: unknown): boolean => value instanceof Uint8Array && value.length === 0

/** Bytes that are copied out of the message, so that they may be kept. */
export const bytesType: WireType<Uint8Array> = {
  empty: NO_BYTES,
  isEmpty: isNoBytes,
  plan: (layout) =>
    sized(4, layout, {
      sizeOf: (writer, value) =>
        value instanceof Uint8Array ? value.length : writer.refuse(`must be bytes, not ${shown(value)}`),
      read: (reader, bytes) => reader.copy(bytes),
      write: (writer, value) => writer.bytes(value),
    }),
}

/** Records that stay where they are while their message is written: see `WireWriter.parts`. */
export class RecordPieces {
  readonly pieces: readonly Uint8Array[]
  /** Bytes of all pieces. */
  readonly length: number

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces
    this.length = pieces.reduce((sum, { length }) => sum + length, 0)
  }
}

/** Batches of records stay where they are: whoever reads them knows whose memory that is. */
export const recordsType: WireType<Uint8Array | RecordPieces> = {
  empty: NO_BYTES,
  isEmpty: isNoBytes,
  plan: (layout) =>
    sized(4, layout, {
      sizeOf: (writer, value) =>
        value instanceof Uint8Array || value instanceof RecordPieces
          ? value.length
          : writer.refuse(`must be bytes, not ${shown(value)}`),
      read: (reader, bytes) => reader.view(bytes),
      write: (writer, value) => (value instanceof RecordPieces ? writer.aPart(value.pieces) : writer.bytes(value)),
    }),
}

export function arrayType<Item>(planItem: (layout: InnerLayout) => Plan<Item>): WireType<readonly Item[]> {
  return {
    empty: Object.freeze([]),
    isEmpty: (value) => Array.isArray(value) && value.length === 0,
    plan(layout) {
      const item = planItem(layout)
      assert(item.bytesMin > 0, 'Each item of a list takes bytes, so that their number has a bound')
      return sized(4, layout, {
        sizeOf: (writer, value) =>
          Array.isArray(value) ? value.length : writer.refuse(`must be a list, not ${shown(value)}`),
        read(reader, size) {
          const items: Item[] = []
          for (let left = reader.expectItems(size, item.bytesMin); left > 0; left--) items.push(item.read(reader))
          return items
        },
        write(writer, value) {
          for (const one of value) item.write(writer, one)
        },
      })
    },
  }
}

/** What stands behind its length. `lengthBytes` is what the length takes where the version is not flexible. */
function sized<Value>(lengthBytes: 2 | 4, layout: Layout, { sizeOf, read, write }: SizedPlan<Value>): Plan<Value> {
  const length = { ...layout, lengthBytes }
  return {
    bytesMin: layout.isFlexible ? 1 : lengthBytes,
    read(reader) {
      const size = reader.length(length)
      return size < 0 ? (null as Value) : read(reader, size)
    },
    write(writer, value) {
      if (value === null) {
        writer.length(-1, length)
        return
      }
      const size = sizeOf(writer, value)
      writer.length(size, length)
      write(writer, value, size)
    },
  }
}

/** `sizeOf` refuses what is not of the type. */
interface SizedPlan<Value> {
  sizeOf(writer: WireWriter, value: Value): number
  read(reader: WireReader, size: number): Value
  write(writer: WireWriter, value: Value, size: number): void
}
