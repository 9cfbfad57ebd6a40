import type { Offset } from '../base/ids.js'

/** The outcome of a request before anything has changed: the records that bring it about, and the reply to them. */
export interface Decision<Record, Reply> {
  readonly records: readonly Record[]
  readonly reply: Reply
}

/** State that is made only by records, replayed one after the other. Replaying writes and never asks. */
export interface Fold<Record> {
  /** `at` is the record's offset in its log. */
  replay(record: Record, at: Offset): void
}
