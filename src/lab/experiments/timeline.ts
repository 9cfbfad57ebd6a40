/**
 * The fate of batches, as the sender itself tells it: entries of a timeline whose `event` is
 *
 *     closed      `batch` takes no more records
 *     sent        it is in a request that is now on its way; several batches may share the request
 *     answered    the request's answer is there, or its connection is lost; an `error` that is retriable leads to another `sent`
 *     log         at the end, one for each record of the log: `record`
 */
export interface BatchStep {
  /** The count of the batches of all producers in the order of closing, from 1. */
  readonly batch: number
  readonly producer: number
  readonly partition: number
  /** The records that it holds, by the producer's count of them, in the order of the batch. */
  readonly numbers: readonly number[]
  /** The attempt, from 1; 0 before it was sent. */
  readonly attempt: number
  /** The count of the requests of all producers, from 1; in `sent` and `answered`. */
  readonly request?: number
  /** The broker at the other end of the connection; in `sent` and `answered`. */
  readonly broker?: string
  /** The error, `NONE` or one of Kafka's; in `answered`. */
  readonly error?: string
  /** The first offset, -1 when it is not told; in `answered`. */
  readonly baseOffset?: number
}

/** One record of the log. */
export interface LogEntry {
  readonly partition: number
  readonly offset: number
  readonly producer: number
  readonly number: number
}

/** An answer to a fetch that had records, as the consumer was handed it out: the `fetch` of a `fetched` event. */
export interface FetchStep {
  readonly partition: number
  /** The first of its offsets. */
  readonly baseOffset: number
  /** Milliseconds from the sending of each record to this moment, in the order of offsets. */
  readonly waitedMs: readonly number[]
  /** What the broker had waited for: fetch.min.bytes of records, or the end of fetch.max.wait.ms. */
  readonly reason: 'bytes' | 'time'
  /** The longest time that the broker waits. */
  readonly waitMsMax: number
}
