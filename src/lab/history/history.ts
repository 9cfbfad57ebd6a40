/**
 * The observations of clients, in the words of Jepsen's Kafka workload: every record is unique, and its producer and
 * its number there name it. Times are milliseconds of one clock.
 */
export interface Sent {
  readonly producer: number
  /** The count of the producer's records in all partitions, from 0. */
  readonly number: number
  readonly partition: number
  readonly acks: -1 | 0 | 1
  /**
   * Whether its producer promises to keep the order: with one request in flight that is answered, or idempotence.
   * Default false.
   */
  readonly keepsOrder?: boolean
  /** Whether its producer promises that it is written once: with idempotence. Default false. */
  readonly isOnce?: boolean
  readonly invokedAt: number
  /** The outcome: a `refused` record was certainly not written, an `unknown` one may have been. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  /** The time of the answer; NEVER_COMPLETED while nothing was heard. */
  readonly completedAt: number
  /** The offset; -1 unless the record was acknowledged and the offset told. */
  readonly offset: number
}

export interface Read {
  readonly consumer: number
  /** The count of the consumer's polls. */
  readonly poll: number
  readonly partition: number
  readonly offset: number
  readonly producer: number
  readonly number: number
  /** Whether the value is the one that was sent. */
  readonly isIntact: boolean
  /** The high watermark as the fetch had it, exclusive. */
  readonly highWatermark: number
}

export interface History {
  readonly sent: readonly Sent[]
  /** The readings in their order, consumer by consumer. */
  readonly read: readonly Read[]
  /** Consumers that have read everything that there was once all faults were healed. */
  readonly readers: readonly number[]
}

export const NEVER_COMPLETED = Number.POSITIVE_INFINITY
