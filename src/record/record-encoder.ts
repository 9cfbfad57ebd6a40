import type { Memory } from '../base/memory.js'
import type { RecordData, RecordHeader } from './record.js'
import { varintBytes, writeVarint, writeZigzag } from './varint.js'

/** Up to here a loop in JavaScript beats the call of a native copy (measured on Node 20, 22 and 24). */
const LOOP_BYTES_MAX = 12
/** The same for the units of a text. */
const LOOP_UNITS_MAX = 20
/** Numbers below this one take two bytes at most. */
const SMALL = 0x2000
/**
 * So many bytes more than it has units may be written of a text: by then one that is not ASCII has more bytes than
 * units, even where its next character has no room.
 */
const TEXT_ROOM = 4
/** The length of null, -1, in zigzag. */
const NULL = 1
/** In place of the position behind a text that is not ASCII. */
const NOT_ASCII = -1

/** `Buffer.write(…)` calls these in the end; without that method's checks of the arguments they are a fifth faster. */
interface NativeText {
  latin1Write(text: string, at: number, bytes: number): number
  utf8Write(text: string, at: number, bytes: number): number
}

/**
 * The exact number of bytes that `encodeRecord` will take. `timestampDelta` is in milliseconds and may be negative;
 * `offsetDelta` counts records from the batch's first.
 */
export function recordBytes(
  offsetDelta: number,
  timestampDelta: number,
  key: RecordData,
  value: RecordData,
  headers: readonly RecordHeader[] | null,
): number {
  const bytes = bodyBytesOf(offsetDelta, timestampDelta, dataBytes(key), dataBytes(value), headers)
  return varintBytes(bytes) + bytes
}

/**
 * Writes a record in the format of `layout`; returns its bytes, or -1 if it would take more than `bytesMax`, and then
 * writes nothing that counts. The arguments are positional because an object for each record would cost more than
 * writing it.
 *
 * A text is taken for ASCII, which has as many bytes as units, so that no native call has to count it first. Where one
 * is not, or numbers are large, or there is little room, the record is counted and written once more.
 */
export function encodeRecord(
  memory: Memory,
  at: number,
  bytesMax: number,
  offsetDelta: number,
  timestampDelta: number,
  key: RecordData,
  value: RecordData,
  headers: readonly RecordHeader[] | null,
): number {
  const keyUnits = key === null ? 0 : key.length
  const valueUnits = value === null ? 0 : value.length
  const isFar = timestampDelta >= 0x40 || timestampDelta < -0x40
  const numberBytes = (isFar ? 2 : 1) + smallBytes(offsetDelta) + smallBytes(keyUnits) + smallBytes(valueUnits)
  const body = 1 + numberBytes + keyUnits + valueUnits + (headers === null ? 1 : headerUnits(headers))
  const areSmall =
    body < SMALL &&
    offsetDelta < SMALL &&
    timestampDelta < SMALL &&
    timestampDelta >= -SMALL &&
    body + 2 + TEXT_ROOM <= bytesMax
  if (areSmall) {
    const { bytes } = memory
    let end = writeZigzag(bytes, at, body << 1)
    // The record's attributes: no bit of them is in use.
    bytes[end++] = 0
    end = writeZigzag(bytes, end, (timestampDelta << 1) ^ (timestampDelta >> 31))
    end = writeZigzag(bytes, end, offsetDelta << 1)
    end = putData(memory, end, key, keyUnits)
    if (end >= 0) end = putData(memory, end, value, valueUnits)
    if (end >= 0) {
      if (headers === null) bytes[end++] = 0
      else end = putHeaders(memory, end, headers)
    }
    if (end >= 0) return end - at
  }
  return encodeCounted(memory, at, bytesMax, offsetDelta, timestampDelta, key, value, headers)
}

/** Does the same for any record. */
function encodeCounted(
  memory: Memory,
  at: number,
  bytesMax: number,
  offsetDelta: number,
  timestampDelta: number,
  key: RecordData,
  value: RecordData,
  headers: readonly RecordHeader[] | null,
): number {
  const keyBytes = dataBytes(key)
  const valueBytes = dataBytes(value)
  const bodyBytes = bodyBytesOf(offsetDelta, timestampDelta, keyBytes, valueBytes, headers)
  if (varintBytes(bodyBytes) + bodyBytes > bytesMax) return -1
  const { bytes } = memory
  let end = writeVarint(bytes, at, bodyBytes)
  bytes[end++] = 0
  end = writeVarint(bytes, end, timestampDelta)
  end = writeVarint(bytes, end, offsetDelta)
  end = writeData(memory, end, key, keyBytes)
  end = writeData(memory, end, value, valueBytes)
  if (headers === null) bytes[end++] = 0
  else end = writeHeaders(memory, end, headers)
  return end - at
}

/** Bytes of a number from 0 and below SMALL. */
function smallBytes(value: number): number {
  return value < 0x40 ? 1 : 2
}

/** Bytes of headers whose texts are ASCII; SMALL: they are not for the short way. */
function headerUnits(headers: readonly RecordHeader[]): number {
  if (headers.length >= 0x40) return SMALL
  let units = 1
  for (const { key, value } of headers) {
    const valueUnits = value === null ? 0 : value.length
    units += smallBytes(key.length) + key.length + smallBytes(valueUnits) + valueUnits
  }
  return units
}

/** Returns the position behind the data, or NOT_ASCII. */
function putData(memory: Memory, at: number, data: RecordData, units: number): number {
  const { bytes } = memory
  if (data === null) {
    bytes[at] = NULL
    return at + 1
  }
  const start = writeZigzag(bytes, at, units << 1)
  if (typeof data === 'string') return putText(bytes, start, data, units)
  if (units > LOOP_BYTES_MAX) memory.copyIn(start, data)
  else for (let index = 0; index < units; index++) bytes[start + index] = data[index]!
  return start + units
}

function putText(bytes: Buffer, at: number, text: string, units: number): number {
  if (units > LOOP_UNITS_MAX) {
    const written = (bytes as Buffer & NativeText).utf8Write(text, at, units + TEXT_ROOM)
    return written === units ? at + units : NOT_ASCII
  }
  let all = 0
  for (let index = 0; index < units; index++) {
    const unit = text.charCodeAt(index)
    all |= unit
    bytes[at + index] = unit
  }
  return all < 0x80 ? at + units : NOT_ASCII
}

function putHeaders(memory: Memory, at: number, headers: readonly RecordHeader[]): number {
  let end = writeZigzag(memory.bytes, at, headers.length << 1)
  for (const { key, value } of headers) {
    end = putData(memory, end, key, key.length)
    if (end >= 0) end = putData(memory, end, value, value === null ? 0 : value.length)
    if (end < 0) return NOT_ASCII
  }
  return end
}

/** Bytes behind the record's own length field. */
function bodyBytesOf(
  offsetDelta: number,
  timestampDelta: number,
  keyBytes: number,
  valueBytes: number,
  headers: readonly RecordHeader[] | null,
): number {
  return (
    1 +
    varintBytes(timestampDelta) +
    varintBytes(offsetDelta) +
    varintBytes(keyBytes) +
    (keyBytes > 0 ? keyBytes : 0) +
    varintBytes(valueBytes) +
    (valueBytes > 0 ? valueBytes : 0) +
    (headers === null ? 1 : headersBytes(headers))
  )
}

/** Bytes of a key or a value for its length field; -1 for null. */
function dataBytes(data: RecordData): number {
  if (data === null) return -1
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length
}

function headersBytes(headers: readonly RecordHeader[]): number {
  let bytes = varintBytes(headers.length)
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key)
    const valueBytes = dataBytes(header.value)
    bytes += varintBytes(keyBytes) + keyBytes + varintBytes(valueBytes) + (valueBytes > 0 ? valueBytes : 0)
  }
  return bytes
}

function writeHeaders(memory: Memory, at: number, headers: readonly RecordHeader[]): number {
  let end = writeVarint(memory.bytes, at, headers.length)
  for (const header of headers) {
    end = writeData(memory, end, header.key, Buffer.byteLength(header.key))
    end = writeData(memory, end, header.value, dataBytes(header.value))
  }
  return end
}

/** Writes the length (-1: null) and the data; returns the position behind them. */
function writeData(memory: Memory, at: number, data: RecordData, length: number): number {
  const { bytes } = memory
  const start = writeVarint(bytes, at, length)
  if (data === null) return start
  if (typeof data === 'string') writeText(bytes, start, data, length)
  else if (length > LOOP_BYTES_MAX) memory.copyIn(start, data)
  else for (let index = 0; index < length; index++) bytes[start + index] = data[index]!
  return start + length
}

function writeText(bytes: Buffer, at: number, text: string, length: number): void {
  // As many bytes as UTF-16 units: all of it is ASCII.
  if (length !== text.length) bytes.write(text, at, length, 'utf8')
  else if (length > LOOP_BYTES_MAX) (bytes as Buffer & NativeText).latin1Write(text, at, length)
  else for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index)
}
