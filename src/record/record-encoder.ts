import type { Memory } from '../base/memory.js'
import { copyToShared } from './copy-to-shared.js'
import type { RecordData, RecordHeader } from './record.js'
import { varintBytes, writeVarint } from './varint.js'

/** Up to here a loop in JavaScript beats the call of a native copy (measured on Node 20, 22 and 24). */
const LOOP_BYTES_MAX = 12

/** What `Buffer.write(…, 'latin1')` calls in the end; a fifth faster without its checks of the arguments. */
interface NativeText {
  latin1Write(text: string, at: number, bytes: number): number
}

/**
 * Writes records in the format of `layout`, in two steps: `measure` says how many bytes a record takes, and if they fit,
 * `write` puts it in place. What was measured is kept in between, so no string is counted twice and nothing is
 * allocated. One encoder serves one thread; it holds on to the last record until the next one.
 */
export class RecordEncoder {
  #offsetDelta = 0
  #timestampDelta = 0
  #key: RecordData = null
  #value: RecordData = null
  #headers: readonly RecordHeader[] | null = null
  /** UTF-8 bytes of the key and the value, -1 for null. */
  #keyBytes = -1
  #valueBytes = -1
  /** Bytes behind the record's own length field. */
  #bodyBytes = 0

  /**
   * The exact number of bytes that `write` will take.
   * `timestampDelta` is in milliseconds and may be negative; `offsetDelta` counts records from the batch's first.
   */
  measure(
    offsetDelta: number,
    timestampDelta: number,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
  ): number {
    const keyBytes = dataBytes(key)
    const valueBytes = dataBytes(value)
    let bodyBytes = 1 + varintBytes(timestampDelta) + varintBytes(offsetDelta)
    bodyBytes += varintBytes(keyBytes) + (keyBytes > 0 ? keyBytes : 0)
    bodyBytes += varintBytes(valueBytes) + (valueBytes > 0 ? valueBytes : 0)
    bodyBytes += headers === null ? 1 : headersBytes(headers)
    this.#offsetDelta = offsetDelta
    this.#timestampDelta = timestampDelta
    this.#key = key
    this.#value = value
    this.#headers = headers
    this.#keyBytes = keyBytes
    this.#valueBytes = valueBytes
    this.#bodyBytes = bodyBytes
    return varintBytes(bodyBytes) + bodyBytes
  }

  /** Writes the record measured last; returns its bytes. May be called again, for another place. */
  write(memory: Memory, at: number): number {
    const bytes = memory.bytes
    let end = writeVarint(bytes, at, this.#bodyBytes)
    // The record's attributes: no bit of them is in use.
    bytes[end++] = 0
    end = writeVarint(bytes, end, this.#timestampDelta)
    end = writeVarint(bytes, end, this.#offsetDelta)
    end = writeData(bytes, end, this.#key, this.#keyBytes)
    end = writeData(bytes, end, this.#value, this.#valueBytes)
    if (this.#headers === null) bytes[end++] = 0
    else end = writeHeaders(bytes, end, this.#headers)
    return end - at
  }
}

/** Bytes of a key or a value, -1 for null, as its length field has it. */
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

function writeHeaders(bytes: Buffer, at: number, headers: readonly RecordHeader[]): number {
  let end = writeVarint(bytes, at, headers.length)
  for (const header of headers) {
    end = writeData(bytes, end, header.key, Buffer.byteLength(header.key))
    end = writeData(bytes, end, header.value, dataBytes(header.value))
  }
  return end
}

/** Writes the length (-1: null) and the data; returns the position behind them. */
function writeData(bytes: Buffer, at: number, data: RecordData, length: number): number {
  const start = writeVarint(bytes, at, length)
  if (data === null) return start
  if (typeof data === 'string') writeText(bytes, start, data, length)
  else if (length > LOOP_BYTES_MAX) copyToShared(bytes, start, data)
  else for (let index = 0; index < length; index++) bytes[start + index] = data[index]!
  return start + length
}

function writeText(bytes: Buffer, at: number, text: string, length: number): void {
  // As many bytes as UTF-16 units: all of it is ASCII.
  if (length !== text.length) bytes.write(text, at, length, 'utf8')
  else if (length > LOOP_BYTES_MAX) (bytes as Buffer & NativeText).latin1Write(text, at, length)
  else for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index)
}
