import type { ProducerOptions } from '../../base/config/producer-options.js'
import { ERRORS, type ErrorCode } from '../../base/error-code.js'
import {
  BufferExhaustedError,
  ClosedError,
  KafkaError,
  RecordTooLargeError,
  TimeoutError,
  WorkerDiedError,
} from '../../base/errors.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { TopicState } from './producer-topics.js'

const MAY_BE_WRITTEN: ReadonlySet<ErrorCode> = new Set([
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'UNKNOWN_SERVER_ERROR',
])

/**
 * What a producer says of records that were not sent and of batches that failed. It knows how the producer has ended,
 * and what each batch has failed with while the batch's records are being kept. Lives on the application's thread.
 */
export class ProducerErrors {
  /** How the producer has ended; null: it has not. The hot path reads it with each record. */
  end: ClosedError | WorkerDiedError | null = null
  readonly #options: ProducerOptions
  readonly #failures = new WeakMap<BatchReport, KafkaError>()

  constructor(options: ProducerOptions) {
    this.#options = options
  }

  /** What the batch has failed with, as it was fixed, or as it is now. */
  of(report: BatchReport): KafkaError {
    const failure = this.#failures.get(report)
    if (failure !== undefined) return failure
    return this.end === null ? this.#batchFailed(report) : endedBy(this.end)
  }

  /** Fixes what the batch has failed with, whatever becomes of the producer. */
  fix(report: BatchReport): KafkaError {
    const error = this.of(report)
    this.#failures.set(report, error)
    return error
  }

  /** The error of an ended producer: thrown or told only when there is an `end`. */
  ended(): KafkaError {
    return endedBy(this.end as ClosedError | WorkerDiedError)
  }

  /** As `KafkaProducer.ensureValidRecordSize`; `bytes`: the size of a batch that holds the record alone. */
  recordTooLarge(bytes: number): KafkaError {
    const { 'max.request.size': requestMax, 'buffer.memory': bufferMax } = this.#options
    const limit =
      requestMax <= bufferMax ? `max.request.size, which is ${requestMax}` : `buffer.memory, which is ${bufferMax}`
    return new RecordTooLargeError(`The record takes ${bytes} bytes in a batch of its own: more than ${limit}`)
  }

  topicRefused({ name, error }: TopicState): KafkaError {
    return new KafkaError(error, `Records for the topic '${name}' cannot be sent: ${error}`)
  }

  noMemory(): KafkaError {
    const { 'max.block.ms': maxMs } = this.#options
    return new BufferExhaustedError(`No memory became free within max.block.ms (${maxMs} ms): ${this.#bufferIsFull()}`)
  }

  /** What `produce` throws: it waits for nothing. */
  bufferExhausted(): KafkaError {
    return new BufferExhaustedError(
      `The record was not taken: ${this.#bufferIsFull()}; go on after drained()`,
      'BUFFER_EXHAUSTED',
    )
  }

  /** The error of a record that `produce` had kept and that found no batch in its time. */
  recordExpired({ name }: TopicState): KafkaError {
    return new TimeoutError(
      `1 record(s) for '${name}' have expired and were not sent: ${this.#timeIsOver()} since produce`,
    )
  }

  noMetadata({ name }: TopicState): KafkaError {
    const { 'max.block.ms': maxMs } = this.#options
    return new TimeoutError(`No metadata of the topic '${name}' arrived within max.block.ms (${maxMs} ms)`)
  }

  noPartition({ name, partitions }: TopicState, partition: number | undefined): KafkaError {
    const has = partitions.length === 1 ? 'partition 0 alone' : `partitions 0 to ${partitions.length - 1}`
    return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' has ${has}, not ${partition}`)
  }

  /** The error of a batch that the sender has given up, or a broker has refused. */
  #batchFailed({ error, attempts, ...report }: BatchReport): KafkaError {
    const { 'delivery.timeout.ms': timeoutMs, retries } = this.#options
    const where = `partition ${report.partition} of '${report.topic}'`
    // Kafka says "Expiring 3 record(s) for orders-3: 120000 ms has passed since batch creation" (`ProducerBatch`).
    if (error === 'REQUEST_TIMED_OUT' && attempts === 0) {
      const expired = `${report.recordCount} record(s) for ${where} have expired and were not sent`
      return new TimeoutError(`${expired}: ${this.#timeIsOver()} since their batch was begun`)
    }
    const sent = attempts === 1 ? 'sent once' : `sent ${attempts} times`
    // A batch that waits to be sent again was sent as often as that at most.
    const isLast = attempts !== null && attempts > retries && ERRORS[error].retriable
    if (error === 'REQUEST_TIMED_OUT') {
      const why = isLast ? `retries is ${retries}` : `delivery.timeout.ms is ${timeoutMs} ms`
      return new TimeoutError(
        `The batch for ${where} was ${sent} and not acknowledged in time (${why}): whether it was written is not known`,
      )
    }
    const why = isLast ? ` (it was ${sent}: retries is ${retries})` : ''
    const refusal = REFUSALS.get(error)
    if (refusal !== undefined) return new KafkaError(error, `The batch for ${where} was not written: ${refusal}`)
    const says = MAY_BE_WRITTEN.has(error)
      ? `was not acknowledged: ${error}${why}, and whether it was written is not known`
      : `was not written: ${error}${why}`
    return new KafkaError(error, `The batch for ${where} ${says}`)
  }

  #bufferIsFull(): string {
    return `the ${this.#options['buffer.memory']} bytes of buffer.memory hold records that are not acknowledged yet`
  }

  #timeIsOver(): string {
    return `delivery.timeout.ms (${this.#options['delivery.timeout.ms']} ms) has passed`
  }
}

/** Says what is wrong with a batch, of which one record has all refused. (`LogValidator`) */
const REFUSALS: ReadonlyMap<ErrorCode, string> = new Map<ErrorCode, string>([
  [
    'INVALID_TIMESTAMP',
    'a timestamp in it is too far from the time of the append, which message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic limit',
  ],
  [
    'INVALID_RECORD',
    'a record in it has no key, and the topic is compacted: cleanup.policy keeps the latest of each key',
  ],
])

/**
 * Says what the end of a producer says, as an error of its own: a `deadLetterError` of one record is not that of all.
 */
function endedBy(end: ClosedError | WorkerDiedError): KafkaError {
  if (end instanceof ClosedError) return new ClosedError(end.message)
  return new WorkerDiedError(end.message, end.cause === undefined ? {} : { cause: end.cause })
}
