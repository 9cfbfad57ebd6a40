import { pipeline, Readable } from 'node:stream'
import { CsvError, type Parser, parse } from 'csv-parse'
import type { FailAt } from './input-error.js'
import { INPUT_RECORD_BYTES_MAX, type InputRecord } from './input-record.js'
import { listed } from './json-record.js'

export interface CsvOptions {
  readonly delimiter: ',' | '\t'
  readonly key: string | undefined
}

/** A row that csv-parse yields with `raw` and `info`; its own types describe rows without them. */
interface Row {
  readonly record: readonly string[]
  readonly raw: string
}

/**
 * Reads RFC 4180: quotes, a header line, the same number of fields in every row; `\n` and `\r\n`. A value is the row as
 * it is written, quotes included.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
  options: CsvOptions,
  fail: FailAt,
): AsyncGenerator<InputRecord> {
  const position = new RowPosition()
  let keyColumn: number | undefined
  let isHeader = true
  try {
    for await (const row of parser(chunks, options.delimiter) as AsyncIterable<Row>) {
      const line = position.advance(row.raw)
      if (isHeader) {
        isHeader = false
        if (options.key !== undefined) keyColumn = columnOf(options.key, row.record, { line, fail })
        continue
      }
      const key = keyColumn === undefined ? null : utf8(row.record[keyColumn] ?? '').toString()
      yield { key, value: utf8(withoutLineEndsAround(row.raw)), line }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw fail(position.next, `${error.message}; quote fields as RFC 4180 does: "a ""quoted"" field, with a comma"`)
  }
}

/** Bytes pass through the parser as Latin-1, so that they come out as they went in, whatever their encoding is. */
function utf8(latin1: string): Buffer {
  return Buffer.from(latin1, 'latin1')
}

function parser(chunks: AsyncIterable<Uint8Array>, delimiter: string): Parser {
  const rows = parse({
    delimiter,
    encoding: 'latin1',
    info: true,
    max_record_size: INPUT_RECORD_BYTES_MAX,
    raw: true,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
  })
  // The callback swallows nothing: an error of either stream destroys the parser, and its iteration throws.
  return pipeline(Readable.from(chunks), rows, () => {})
}

function columnOf(
  key: string,
  header: readonly string[],
  at: { readonly line: number; readonly fail: FailAt },
): number {
  const names = header.map((name) => utf8(name).toString())
  const column = names.indexOf(key)
  if (column < 0)
    throw at.fail(at.line, `there is no column ${JSON.stringify(key)} for the key; the header has ${listed(names)}`)
  return column
}

/**
 * Cuts by hand: a pattern for the line ends at the end would begin anew at each one within, and a field may hold
 * millions.
 */
function withoutLineEndsAround(raw: string): string {
  let [start, end] = [0, raw.length]
  while (start < end && isLineEnd(raw.charCodeAt(start))) start++
  while (end > start && isLineEnd(raw.charCodeAt(end - 1))) end--
  return raw.slice(start, end)
}

const isLineEnd = (code: number): boolean => code === 0x0a || code === 0x0d

const LINE_END = /\r\n|\n|\r/g
const BLANK_LINES_BEFORE = /^[\r\n]+/

/**
 * Finds the line a row starts at. The parser's own count takes a `\r\n` inside quotes for two lines, so the line ends
 * are counted in the raw rows: these begin with the blank lines that were skipped, and keep of their own end only the
 * first character.
 */
class RowPosition {
  #linesBefore = 0

  /** The line after the last row that was read. */
  get next(): number {
    return this.#linesBefore + 1
  }

  advance(raw: string): number {
    const blank = lineEnds(BLANK_LINES_BEFORE.exec(raw)?.[0] ?? '')
    const start = this.#linesBefore + blank + 1
    this.#linesBefore += lineEnds(raw)
    return start
  }
}

function lineEnds(text: string): number {
  return text.match(LINE_END)?.length ?? 0
}
