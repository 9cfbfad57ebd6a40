/**
 * What becomes of batches, told by the sender itself: entries of a timeline whose `event` is
 *
 *     closed      `batch` takes no more records
 *     sent        it is in a request that is now on its way; several batches may share the request
 *     answered    the request's answer is there, or its connection is lost; an `error` that is retriable leads to another `sent`
 *     log         at the end, one for each record of the log: `record`
 */
export interface BatchStep {
  /** Counts the batches of all producers in the order of closing, from 1. */
  readonly batch: number
  readonly producer: number
  readonly partition: number
  /** What it holds, by the producer's count of its records, in the order of the batch. */
  readonly numbers: readonly number[]
  /** From 1; 0 before it was sent. */
  readonly attempt: number
  /** Of `sent` and `answered`: counts the requests of all producers, from 1. */
  readonly request?: number
  /** Of `sent` and `answered`: the broker at the other end of the connection. */
  readonly broker?: string
  /** Of `answered`: `NONE`, or a Kafka error. */
  readonly error?: string
  /** Of `answered`; -1: it is not told. */
  readonly baseOffset?: number
}

/** One record of the log. */
export interface LogEntry {
  readonly partition: number
  readonly offset: number
  readonly producer: number
  readonly number: number
}
