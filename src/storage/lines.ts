import { isUtf8 } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'

/** A line of a file. */
export interface Line {
  /** The line's number, from 1. */
  readonly number: number
  /** Position of its first byte. */
  readonly from: number
  /** The exclusive end, behind the line end. */
  readonly to: number
  /** The line without its end; null if it has no end, or is not UTF-8. */
  readonly text: string | null
}

/** So many lines, up to this position, are skipped. */
export interface Skipped {
  readonly to: number
  readonly lines: number
}

const CHUNK_BYTES = 65_536
const LINE_FEED = 0x0a

/** The lines of a file up to a position, except those that `skip` names; it is asked at the beginning of each line. */
export async function* linesOf(
  file: FileHandle,
  end: number,
  skip: (at: number) => Promise<Skipped | null>,
): AsyncGenerator<Line> {
  let number = 1
  let from = 0
  /** The bytes read ahead, beginning at `from`. */
  let ahead: Buffer = Buffer.alloc(0)
  while (from < end) {
    const skipped = await skip(from)
    if (skipped !== null) {
      ahead = ahead.subarray(Math.min(skipped.to - from, ahead.length))
      from = skipped.to
      number += skipped.lines
      continue
    }
    let feed = ahead.indexOf(LINE_FEED)
    const pieces = [ahead]
    let bytes = ahead.length
    while (feed < 0 && from + bytes < end) {
      const piece = Buffer.alloc(Math.min(CHUNK_BYTES, end - from - bytes))
      const { bytesRead } = await file.read(piece, 0, piece.length, from + bytes)
      if (bytesRead === 0) break
      const found = piece.subarray(0, bytesRead).indexOf(LINE_FEED)
      if (found >= 0) feed = bytes + found
      pieces.push(piece.subarray(0, bytesRead))
      bytes += bytesRead
    }
    if (pieces.length > 1) ahead = Buffer.concat(pieces)
    const line = ahead.subarray(0, feed < 0 ? ahead.length : feed)
    const to = feed < 0 ? end : from + feed + 1
    yield { number, from, to, text: feed >= 0 && isUtf8(line) ? line.toString('utf8') : null }
    ahead = ahead.subarray(feed < 0 ? ahead.length : feed + 1)
    from = to
    number += 1
  }
}
