/**
 * What the public API throws or rejects with. Inside, a refusal is an `ErrorCode` value; it becomes one of these only
 * at the edge (client API, command line, gateway).
 */
import { ERRORS, type ErrorCode, LOCAL_ERRORS, type LocalErrorCode } from './error-code.js'

const ROWS = { ...ERRORS, ...LOCAL_ERRORS }

/** An error with Kafka's code. Its message says what was wrong and what would be right. */
export class KafkaError extends Error {
  override readonly name: string = 'KafkaError'
  readonly code: ErrorCode | LocalErrorCode
  /** Whether the same call may succeed later without any change to it. */
  readonly retriable: boolean
  /**
   * Why a record that was not sent could not be kept as a dead letter either. Absent if it was kept, or if nobody asked
   * for that.
   */
  declare readonly deadLetterError?: Error

  /** Without a message, the error says the sentence of the code's row in `ERRORS`. */
  constructor(code: ErrorCode | LocalErrorCode, message: string = ROWS[code].says, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retriable = ROWS[code].retriable
  }
}

/** Something did not happen in time. Whether it still will is not known. */
export class TimeoutError extends KafkaError {
  override readonly name: string = 'TimeoutError'

  constructor(message: string, options?: ErrorOptions) {
    super('REQUEST_TIMED_OUT', message, options)
  }
}

/**
 * A record found no room in buffer.memory, and was not sent (Kafka: `BufferExhaustedException`, which is a
 * `TimeoutException`). Its code is REQUEST_TIMED_OUT for `send`, which has waited for max.block.ms, and
 * BUFFER_EXHAUSTED for `produce`, which waits for nothing.
 */
export class BufferExhaustedError extends TimeoutError {
  override readonly name = 'BufferExhaustedError'
  override readonly code: 'REQUEST_TIMED_OUT' | 'BUFFER_EXHAUSTED'

  constructor(message: string, code: 'REQUEST_TIMED_OUT' | 'BUFFER_EXHAUSTED' = 'REQUEST_TIMED_OUT') {
    super(message)
    this.code = code
  }
}

/** A key or a value cannot be sent, so nothing of its call was. Kafka: `SerializationException`, which has no code. */
export class SerializationError extends KafkaError {
  override readonly name = 'SerializationError'
  readonly topic: string
  /** The half of the record that could not be serialized. */
  readonly half: 'key' | 'value'

  constructor(where: { readonly topic: string; readonly half: 'key' | 'value' }, why: string, options?: ErrorOptions) {
    super('INVALID_RECORD', `Cannot serialize the ${where.half} of a record for '${where.topic}': ${why}`, options)
    this.topic = where.topic
    this.half = where.half
  }
}

/** An option or an argument is unknown, has an impossible value, or contradicts another one. Nothing was done. */
export class ConfigError extends KafkaError {
  override readonly name = 'ConfigError'
  /** The option's dotted name, or the argument's path (`topics[0].configs`), as it was given. */
  readonly option: string

  constructor(option: string, message: string, options?: ErrorOptions) {
    super('INVALID_CONFIG', message, options)
    this.option = option
  }
}

/** A record can never be sent: it is larger than a limit of the producer or of the topic. */
export class RecordTooLargeError extends KafkaError {
  override readonly name = 'RecordTooLargeError'

  constructor(message: string) {
    super('MESSAGE_TOO_LARGE', message)
  }
}

/** A producer, consumer, admin or cluster was used after it was closed. Kafka: `IllegalStateException`. */
export class ClosedError extends KafkaError {
  override readonly name = 'ClosedError'

  constructor(message: string) {
    super('INVALID_REQUEST', message)
  }
}

/** `consumer.wakeup()` has ended the call that waited for records, or the next one. Kafka: `WakeupException`. */
export class WakeupError extends KafkaError {
  override readonly name = 'WakeupError'

  constructor(message = 'The consumer was woken up') {
    super('INVALID_REQUEST', message)
  }
}

/** A thread died with work in its hands. As with a lost connection, whether that work was done is not known. */
export class WorkerDiedError extends KafkaError {
  override readonly name = 'WorkerDiedError'

  constructor(message: string, options?: ErrorOptions) {
    super('NETWORK_EXCEPTION', message, options)
  }
}

/**
 * The group has gone on without this member: its generation is over, or the coordinator does not know it any more, and
 * the partitions may be another member's. What was not committed is read again. Kafka: `CommitFailedException`.
 */
export class CommitFailedError extends KafkaError {
  override readonly name = 'CommitFailedError'
}

/**
 * A commit met a rebalance: poll, so that the member joins again, and commit then. Kafka:
 * `RebalanceInProgressException`.
 */
export class RebalanceInProgressError extends KafkaError {
  override readonly name = 'RebalanceInProgressError'

  constructor(message: string, options?: ErrorOptions) {
    super('REBALANCE_IN_PROGRESS', message, options)
  }
}

/**
 * An asynchronous commit has failed, and is not retried: a later one may pass. Kafka: `RetriableCommitFailedException`.
 */
export class RetriableCommitFailedError extends KafkaError {
  override readonly name = 'RetriableCommitFailedError'
  override readonly retriable = true
}

/**
 * A partition has no position: nothing is committed, and auto.offset.reset is none. Kafka:
 * `NoOffsetForPartitionException`.
 */
export class NoOffsetForPartitionError extends KafkaError {
  override readonly name = 'NoOffsetForPartitionError'
  readonly topic: string
  readonly partition: number

  constructor({ topic, partition }: { readonly topic: string; readonly partition: number }, message: string) {
    super('OFFSET_OUT_OF_RANGE', message)
    this.topic = topic
    this.partition = partition
  }
}

/** Another member has taken over this group.instance.id. Kafka: `FencedInstanceIdException`. */
export class FencedInstanceIdError extends KafkaError {
  override readonly name = 'FencedInstanceIdError'

  constructor(message: string, options?: ErrorOptions) {
    super('FENCED_INSTANCE_ID', message, options)
  }
}

/**
 * What was asked for needs a group, and the consumer has no group.id, or an empty one. Kafka:
 * `InvalidGroupIdException`.
 */
export class InvalidGroupIdError extends KafkaError {
  override readonly name = 'InvalidGroupIdError'

  constructor(message: string) {
    super('INVALID_GROUP_ID', message)
  }
}
