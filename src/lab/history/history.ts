/**
 * What clients have seen, in the words of Jepsen's Kafka workload: every record is unique, named by its producer and
 * its number there. Times are milliseconds of one clock.
 */
export interface Sent {
  readonly producer: number
  /** Counts the producer's records of all partitions, from 0. */
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
  /** `refused`: it was certainly not written. `unknown`: it may have been. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown'
  /** NEVER_COMPLETED while nothing was heard. */
  readonly completedAt: number
  /** -1 unless it is acknowledged and the offset was told. */
  readonly offset: number
}

export interface Read {
  readonly consumer: number
  /** Counts the consumer's polls. */
  readonly poll: number
  readonly partition: number
  readonly offset: number
  readonly producer: number
  readonly number: number
  /** False: the value is not the one that was sent. */
  readonly isIntact: boolean
  /** As the fetch had it, exclusive. */
  readonly highWatermark: number
}

export interface History {
  readonly sent: readonly Sent[]
  /** In the order of reading, consumer by consumer. */
  readonly read: readonly Read[]
  /** Consumers that have read everything that there was once all faults were healed. */
  readonly readers: readonly number[]
}

export const NEVER_COMPLETED = Number.POSITIVE_INFINITY
