import type { Memory } from '../base/memory.js'
import type { RecordData, RecordHeader } from './record.js'
import { varintBytes, writeVarint } from './varint.js'

/** Up to here a loop in JavaScript beats the call of a native copy (measured on Node 20, 22 and 24). */
const LOOP_BYTES_MAX = 12

/**
 * The most bytes that a record without headers takes beside its key and value: five numbers of up to 5 bytes, and its
 * time of up to 8.
 */
const BYTES_BESIDE_MAX = 32

/**
 * `Buffer.write(…, 'latin1')` calls this in the end; without that method's checks of the arguments it is a fifth
 * faster.
 */
interface NativeText {
  latin1Write(text: string, at: number, bytes: number): number
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
 * writes nothing. The arguments are positional because an object for each record would cost more than writing it.
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
  const keyBytes = dataBytes(key)
  const valueBytes = dataBytes(value)
  const bytesOfBoth = (keyBytes > 0 ? keyBytes : 0) + (valueBytes > 0 ? valueBytes : 0)
  let lengthBytes = headers === null && bytesOfBoth + BYTES_BESIDE_MAX <= bytesMax ? lengthBytesOf(bytesOfBoth) : -1
  if (lengthBytes < 0) {
    const bodyBytes = bodyBytesOf(offsetDelta, timestampDelta, keyBytes, valueBytes, headers)
    lengthBytes = varintBytes(bodyBytes)
    if (bodyBytes + lengthBytes > bytesMax) return -1
  }
  const bytes = memory.bytes
  const body = at + lengthBytes
  let end = body
  // The record's attributes: no bit of them is in use.
  bytes[end++] = 0
  end = writeVarint(bytes, end, timestampDelta)
  end = writeVarint(bytes, end, offsetDelta)
  end = writeData(memory, end, key, keyBytes)
  end = writeData(memory, end, value, valueBytes)
  if (headers === null) bytes[end++] = 0
  else end = writeHeaders(memory, end, headers)
  writeVarint(bytes, at, end - body)
  return end - at
}

/**
 * The bytes of the length of a record without headers, if its key and value alone decide that; otherwise -1. Then its
 * numbers need not be counted before they are written.
 */
function lengthBytesOf(bytesOfBoth: number): number {
  if (bytesOfBoth < 0x40 - BYTES_BESIDE_MAX) return 1
  return bytesOfBoth >= 0x40 && bytesOfBoth < 0x2000 - BYTES_BESIDE_MAX ? 2 : -1
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
