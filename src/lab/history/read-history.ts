import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { firstByte } from '../input/first-byte.js'
import { type FailAt, failIn } from '../input/input-error.js'
import type { Piece } from '../input/input-record.js'
import { LineSplitter } from '../input/line-splitter.js'
import { unreadableInput } from '../input/read-input.js'
import { HistoryBuilder, type ToldHistory } from './history-builder.js'
import { BrokenOperation, type Operation, shown } from './operation-fields.js'

const CHUNK_BYTES = 2 ** 20

/**
 * Reads the history in an NDJSON file, or in standard input for `-`; this folder's README has the format. It reads a
 * chunk at a time and keeps the history alone. Throws an InputError with the number of the first line that is broken.
 */
export async function readHistory(
  path: string,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<ToldHistory> {
  const fail = failIn(path === '-' ? 'standard input' : path)
  const source = path === '-' ? stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const builder = new HistoryBuilder()
  const splitter = new LineSplitter(fail)
  try {
    const { chunks } = await firstByte(source)
    for await (const chunk of chunks) takeAll(splitter.push(chunk), builder, fail)
    takeAll(splitter.finish(), builder, fail)
  } catch (error) {
    throw unreadableInput(error, fail) ?? error
  }
  const history = builder.finish()
  if (history.sent.outcome.length === 0 && history.polls === 0)
    throw fail(null, 'there is no send and no poll in it; see odradek check --help for what a line looks like')
  return history
}

function takeAll(pieces: Iterable<Piece>, builder: HistoryBuilder, fail: FailAt): void {
  for (const piece of pieces) {
    const operation = operationIn(piece, fail)
    if (operation === null) continue
    try {
      builder.take(operation, piece.line)
    } catch (error) {
      throw error instanceof BrokenOperation ? fail(piece.line, error.message) : error
    }
  }
}

/** Returns the operation of a line; null for a blank one. */
function operationIn({ bytes, line }: Piece, fail: FailAt): Operation | null {
  const text = bytes.toString()
  // Two ids that are not UTF-8 would become one.
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw fail(line, 'not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (text.trim() === '') return null
    throw fail(line, `not JSON (${(error as Error).message}); each line must be one JSON object`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Operation
  throw fail(line, `this is ${shown(value)}; each line must be one JSON object, such as {"op":"ack","id":17}`)
}
