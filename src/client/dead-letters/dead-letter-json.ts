import { isUtf8 } from 'node:buffer'
import { type ErrorCode, isErrorName, type LocalErrorCode } from '../../base/error-code.js'
import type { ReadHeader } from '../../record/batch-reader.js'
import type { DeadLetter, DeadLetterCause } from './dead-letters.js'

/**
 * A dead letter as one line of JSON. Bytes that are valid UTF-8 stand there as their text, all others as
 * `{ "base64": "…" }`; so a string is always text, an object always base64, and either way the same bytes come back.
 * Times are milliseconds since 1970.
 */

/** Bytes in JSON. */
export type JsonBytes = string | { readonly base64: string } | null

/** The line, without its end. */
export function encodeLetter(letter: DeadLetter): string {
  const { key, value, headers, ...rest } = letter
  return JSON.stringify({ ...rest, key: encodeBytes(key), value: encodeBytes(value), headers: encodeHeaders(headers) })
}

/** Reads such a line. Throws an error that says what is missing. */
export function decodeLetter(line: string): DeadLetter {
  const json = fields(JSON.parse(line), 'the line')
  return {
    topic: text(json, 'topic'),
    partition: json.partition === null ? null : number(json, 'partition'),
    isPartitionNamed: flag(json, 'isPartitionNamed'),
    key: decodeBytes(json.key),
    value: decodeBytes(json.value),
    headers: decodeHeaders(json.headers),
    timestamp: number(json, 'timestamp'),
    isSerialized: flag(json, 'isSerialized'),
    error: decodeCause(fields(json.error, 'error')),
    attempts: json.attempts === null ? null : number(json, 'attempts'),
    createdAt: number(json, 'createdAt'),
    failedAt: number(json, 'failedAt'),
  }
}

/** Headers as pairs of a name and bytes. */
export function encodeHeaders(headers: readonly ReadHeader[]): readonly (readonly [string, JsonBytes])[] {
  return headers.map(({ key, value }) => [key, encodeBytes(value)])
}

/** Reads such pairs. Throws an error that says what is wrong. */
export function decodeHeaders(json: unknown): readonly ReadHeader[] {
  if (!Array.isArray(json)) throw new Error('its headers are not a list')
  return json.map((pair: unknown) => {
    const [key, value] = Array.isArray(pair) ? (pair as unknown[]) : []
    if (typeof key !== 'string') throw new Error('a header has no name')
    return { key, value: decodeBytes(value) }
  })
}

function encodeBytes(bytes: Buffer | null): JsonBytes {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') }
}

function decodeBytes(json: unknown): Buffer | null {
  if (json === null) return null
  if (typeof json === 'string') return Buffer.from(json)
  return Buffer.from(text(fields(json, 'bytes'), 'base64'), 'base64')
}

function decodeCause(json: Fields): DeadLetterCause {
  const { code } = json
  if (code !== null && !(typeof code === 'string' && isErrorName(code))) throw new Error('its code is unknown')
  return {
    name: text(json, 'name'),
    code: code as ErrorCode | LocalErrorCode | null,
    message: text(json, 'message'),
    retriable: flag(json, 'retriable'),
  }
}

type Fields = Readonly<Record<string, unknown>>

function fields(json: unknown, name: string): Fields {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Fields
  throw new Error(`${name} is not an object`)
}

function text(json: Fields, name: string): string {
  const value = json[name]
  if (typeof value === 'string') return value
  throw new Error(`${name} is not text`)
}

function number(json: Fields, name: string): number {
  const value = json[name]
  if (typeof value === 'number') return value
  throw new Error(`${name} is not a number`)
}

function flag(json: Fields, name: string): boolean {
  const value = json[name]
  if (typeof value === 'boolean') return value
  throw new Error(`${name} is neither true nor false`)
}
