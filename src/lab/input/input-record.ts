/** One record to produce. `value` may be a view of a larger buffer that is never written again. */
export interface InputRecord {
  /** The key; null without a key field, or where the field is JSON's null: the partitioner is free to choose. */
  readonly key: string | null
  /** The bytes as they stand in the file, without the line's end. */
  readonly value: Buffer
  /** The line where the record starts, counted from 1. */
  readonly line: number
}

/** Bytes that a record may have, so that a file without line ends cannot fill the memory; a larger one is refused. */
export const INPUT_RECORD_BYTES_MAX = 16 * 1024 * 1024

/** Takes a file apart, chunk by chunk. Pieces come out in order, as views of the chunks where possible. */
export interface Splitter {
  push(chunk: Buffer): Iterable<Piece>
  /** Yields what was still open when the file ended. */
  finish(): Iterable<Piece>
}

export interface Piece {
  readonly bytes: Buffer
  readonly line: number
}
