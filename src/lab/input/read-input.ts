import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { ArraySplitter } from './array-splitter.js'
import { csvRecords } from './csv-records.js'
import { firstByte, type Peeked } from './first-byte.js'
import { type FailAt, failIn, type InputError } from './input-error.js'
import type { InputRecord, Piece, Splitter } from './input-record.js'
import { jsonRecord } from './json-record.js'
import { LineSplitter } from './line-splitter.js'

export interface InputOptions {
  /** The field, or the column, whose value becomes the record's key. */
  readonly key?: string
  /** The source that `-` reads; standard input when left out. */
  readonly stdin?: AsyncIterable<Uint8Array>
}

/**
 * The format, chosen by the name's ending, `.gz` apart; for `json` and `stdin` the first byte that is not blank
 * decides.
 */
export type InputFormat = 'ndjson' | 'json' | 'csv' | 'tsv' | 'lines' | 'stdin'

const FORMAT_BY_EXTENSION: Readonly<Record<string, InputFormat>> = {
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'json',
  '.csv': 'csv',
  '.tsv': 'tsv',
}

function formatOf(path: string): InputFormat {
  if (path === '-') return 'stdin'
  const name = path.toLowerCase().replace(/\.gz$/, '')
  return FORMAT_BY_EXTENSION[extname(name)] ?? 'lines'
}

/**
 * Yields the records of a file, or of standard input for `-`, in their order, reading one chunk at a time. What is gzip
 * is unzipped. NDJSON and CSV skip blank lines; of plain lines an empty one is a record with an empty value. Throws
 * InputError.
 */
export async function* readInput(path: string, options: InputOptions = {}): AsyncGenerator<InputRecord> {
  const name = path === '-' ? 'standard input' : path
  const source = path === '-' ? (options.stdin ?? process.stdin) : createReadStream(path)
  yield* readChunks(source, { name, format: formatOf(path), key: options.key })
}

/** Does what `readInput` does for bytes that have no file; errors call them `name`. */
export async function* readChunks(
  source: AsyncIterable<Uint8Array>,
  { name, ...wanted }: Wanted & { readonly name: string },
): AsyncGenerator<InputRecord> {
  const fail = failIn(name)
  try {
    yield* recordsOf(await firstByte(source), wanted, fail)
  } catch (error) {
    throw unreadableInput(error, fail) ?? error
  }
}

interface Wanted {
  readonly format: InputFormat
  readonly key: string | undefined
}

function recordsOf(input: Peeked, { format, key }: Wanted, fail: FailAt): AsyncGenerator<InputRecord> {
  const ndjson = () =>
    pieces(input, new LineSplitter(fail), (piece) => (isBlank(piece) ? null : jsonRecord(piece, key, fail)))
  switch (format) {
    case 'csv':
      return csvRecords(input.chunks, { delimiter: ',', key }, fail)
    case 'tsv':
      return csvRecords(input.chunks, { delimiter: '\t', key }, fail)
    case 'ndjson':
      return ndjson()
    case 'json':
      if (input.byte !== '[') return ndjson()
      return pieces(input, new ArraySplitter(fail), (piece) => jsonRecord(piece, key, fail))
    case 'stdin':
      return input.byte === '{' ? ndjson() : plainLines(input, key, fail)
    case 'lines':
      return plainLines(input, key, fail)
  }
}

function plainLines(input: Peeked, key: string | undefined, fail: FailAt): AsyncGenerator<InputRecord> {
  if (key !== undefined) {
    const remedy = 'leave out --key, or give JSON lines (.ndjson, .jsonl, .json) or a table (.csv, .tsv)'
    throw fail(null, `plain lines have no field ${JSON.stringify(key)}; ${remedy}`)
  }
  return pieces(input, new LineSplitter(fail), ({ bytes, line }) => ({ key: null, value: bytes, line }))
}

async function* pieces(
  input: Peeked,
  splitter: Splitter,
  decode: (piece: Piece) => InputRecord | null,
): AsyncGenerator<InputRecord> {
  for await (const chunk of input.chunks) {
    for (const piece of splitter.push(chunk)) {
      const record = decode(piece)
      if (record !== null) yield record
    }
  }
  for (const piece of splitter.finish()) {
    const record = decode(piece)
    if (record !== null) yield record
  }
}

function isBlank(piece: Piece): boolean {
  return piece.bytes.every((byte) => byte === 0x20 || byte === 0x09)
}

/**
 * The error that says what the operating system has against the file, or what is wrong with its gzip; null when the
 * error is something else.
 */
export function unreadableInput(error: unknown, fail: FailAt): InputError | null {
  if (isGzipError(error)) return fail(null, `this is gzip that cannot be unzipped (${error.message}); zip it again`)
  return isSystemError(error) ? fail(null, unreadable(error)) : null
}

function isGzipError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error
}

function unreadable(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'there is no such file; name one that exists, or - for standard input'
    case 'EISDIR':
      return 'this is a directory; name a file, or - for standard input'
    case 'EACCES':
      return 'this file may not be read; check its permissions'
    default:
      return `this file cannot be read (${error.message}); name another, or - for standard input`
  }
}
