import type { FailAt } from './input-error.js'
import type { Piece, Splitter } from './input-record.js'
import { PendingBytes } from './pending-bytes.js'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NOTHING = Buffer.alloc(0)

/** Cuts at `\n` and `\r\n`. Empty lines are pieces too; a line end at the end of the file opens no further line. */
export class LineSplitter implements Splitter {
  readonly #pending: PendingBytes
  #line = 1

  constructor(fail: FailAt) {
    this.#pending = new PendingBytes(fail)
  }

  *push(chunk: Buffer): Iterable<Piece> {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield this.#piece(chunk.subarray(start, end))
      start = end + 1
    }
    this.#pending.hold(chunk.subarray(start), this.#line)
  }

  *finish(): Iterable<Piece> {
    if (!this.#pending.isEmpty) yield this.#piece(NOTHING)
  }

  #piece(last: Buffer): Piece {
    const bytes = this.#pending.join(last)
    const endsInReturn = bytes.length > 0 && bytes[bytes.length - 1] === CARRIAGE_RETURN
    return { bytes: endsInReturn ? bytes.subarray(0, -1) : bytes, line: this.#line++ }
  }
}
