import type { ErrorCode, LocalErrorCode } from '../../base/error-code.js'
import type { ReadHeader } from '../../record/batch-reader.js'

/** A record that was given to a producer and not written, with all that is needed to send it again. */
export interface DeadLetter {
  /** The topic; empty where the call named none. */
  readonly topic: string
  /** Where it was to go; null: no partition was chosen yet, or what named it was not a whole number. */
  readonly partition: number | null
  /** Whether the record itself named the partition, and not the partitioner. */
  readonly isPartitionNamed: boolean
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly ReadHeader[]
  /** The record's own timestamp, in milliseconds since 1970; the time of the call if it had none. */
  readonly timestamp: number
  /**
   * False: there are no bytes to send, because a serializer (or the encoder) threw. Key and value then hold what was
   * given: bytes and text as they are, anything else as JSON.
   */
  readonly isSerialized: boolean
  readonly error: DeadLetterCause
  /** How often the record's batch was sent: 0 is never, null is not known, because the sender's thread has ended. */
  readonly attempts: number | null
  /**
   * Milliseconds since 1970: of the call, or of the first record in its batch, from which delivery.timeout.ms counts.
   */
  readonly createdAt: number
  /** Milliseconds since 1970. */
  readonly failedAt: number
}

export interface DeadLetterCause {
  /** The class: `TimeoutError`. */
  readonly name: string
  /** Kafka's name of the error; null for what a serializer threw. */
  readonly code: ErrorCode | LocalErrorCode | null
  readonly message: string
  readonly retriable: boolean
}

/** Where a producer's failed records are kept. Whoever wants another place for them writes one of these. */
export interface DeadLetterSink {
  /**
   * Keeps the letters behind those that it has, in this order; resolves when they are kept. One producer never calls it
   * before its last call has settled. Rejects when they are not kept: all of them are taken for lost then. So are they
   * after 30 s, unless the sink lives in the cluster, and when the time to close is over; a write that goes on
   * nevertheless may find bytes in them that the application has changed.
   */
  write(letters: readonly DeadLetter[]): Promise<void>
  /**
   * The letters that are kept when it is called, oldest first. What cannot be read is told by throwing, behind the last
   * letter.
   */
  read(): AsyncIterable<DeadLetter>
  /**
   * Gives up letters, which are the very objects that `read` gave, in the order of reading. Without it a replay keeps
   * all.
   */
  remove?(letters: readonly DeadLetter[]): Promise<void>
  /** Frees what it holds; the next call opens it again. */
  close(): Promise<void>
  /**
   * Called when a producer is made that will write to it. A sink that nobody writes to is only read: it then throws if
   * its place is not there, which may be misspelt; otherwise no letter was lost yet.
   */
  attach?(): void
  /** Whether it writes into the cluster of the producer: a simulation must go on while it does. Default false. */
  readonly livesInCluster?: boolean
}

/** Letters that were not kept, and why. */
export interface DeadLetterFailure {
  readonly error: Error
  readonly letters: readonly DeadLetter[]
}

/** The bytes of key, value and headers. */
export function letterBytes({ key, value, headers }: DeadLetter): number {
  const ofHeaders = headers.reduce((sum, header) => sum + header.key.length + (header.value?.length ?? 0), 0)
  return (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders
}
