import type { Clock } from '../../../base/clock.js'
import type { Histogram } from '../../../base/histogram.js'
import type { Producer } from '../../../client/producer/producer.js'
import type { RecordSource } from '../record-source.js'
import type { SendTimes } from '../send-times.js'

/** Each producer has sent one record, with the count 0, before its load begins. */
export const RECORDS_TRIED_OUT = 1

/** The end of a load: a count of its own records or a moment of the run's clock, whichever comes first. */
export interface LoadLimit {
  /** The count of records at which the load ends, exclusive. */
  readonly end: number
  readonly deadline: number
}

/**
 * Sends the records of one producer, through one of its ways to send. It lives on the application's thread and holds it
 * while the producer takes records.
 */
export interface Load {
  /** Records that the producer has taken; also the count of the next one. */
  readonly sent: number
  /** Sends records as fast as the producer takes them. */
  flatOut(limit: LoadLimit): Promise<void>
  /**
   * Sends what is due by `now` of the pace that SendTimes holds, up to `end`. Returns `blocked` when the producer has
   * no room for more now: see `unblocked`.
   */
  sendDue(now: number, end: number): 'sent' | 'blocked'
  /** Resolves when it may be worth trying again. */
  unblocked(): Promise<void>
}

/** The place where acknowledgements are counted at the moment. */
export interface Acknowledgements {
  /** Microseconds from send, or from when the record was due. */
  latencies: Histogram
}

export interface LoadParts {
  readonly producer: Producer
  /** The producer's index, from 0. */
  readonly index: number
  readonly topic: string
  readonly source: RecordSource
  readonly clock: Clock
  readonly sendTimes: SendTimes
  readonly acknowledgements: Acknowledgements
}
