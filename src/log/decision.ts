/**
 * What a request comes to before anything has changed: the records that make it so, and the reply that they deserve.
 */
export interface Decision<Record, Reply> {
  readonly records: readonly Record[]
  readonly reply: Reply
}

/** State that a row of records makes, one after the other, and nothing else. Replaying writes and never asks. */
export interface Fold<Record> {
  replay(record: Record): void
}
