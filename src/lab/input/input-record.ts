/** One record to produce. `value` may be a view of a larger buffer that is never written again. */
export interface InputRecord {
  /** Null without a key field, and where the field is JSON's null: the partitioner is free to choose. */
  readonly key: string | null
  /** The bytes as they stand in the file, without the line's end. */
  readonly value: Buffer
  /** Where the record starts, counted from 1. */
  readonly line: number
}

/** A record that does not fit is refused, so that a file without line ends cannot fill the memory. */
export const INPUT_RECORD_BYTES_MAX = 16 * 1024 * 1024

/** Takes a file apart, chunk by chunk. Pieces come out in order, as views of the chunks where possible. */
export interface Splitter {
  push(chunk: Buffer): Iterable<Piece>
  /** What was still open when the file ended. */
  finish(): Iterable<Piece>
}

export interface Piece {
  readonly bytes: Buffer
  readonly line: number
}
