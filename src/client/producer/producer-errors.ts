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

/** What a producer says of records that were not sent, and of batches that failed. */

/** `KafkaProducer.ensureValidRecordSize`; `bytes`: of a batch that holds the record alone. */
export function recordTooLarge(bytes: number, options: ProducerOptions): RecordTooLargeError {
  const { 'max.request.size': requestMax, 'buffer.memory': bufferMax } = options
  const limit =
    requestMax <= bufferMax ? `max.request.size, which is ${requestMax}` : `buffer.memory, which is ${bufferMax}`
  return new RecordTooLargeError(`The record takes ${bytes} bytes in a batch of its own: more than ${limit}`)
}

export function topicRefused({ name, error }: TopicState): KafkaError {
  return new KafkaError(error, `Records for the topic '${name}' cannot be sent: ${error}`)
}

export function noPartition({ name, partitions }: TopicState, partition: number): KafkaError {
  return new KafkaError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `The topic '${name}' has partitions 0 to ${partitions.length - 1}, not ${partition}`,
  )
}

export function noMemory({ 'max.block.ms': maxMs, 'buffer.memory': bufferBytes }: ProducerOptions): KafkaError {
  return new BufferExhaustedError(
    `No memory became free within max.block.ms (${maxMs} ms): the ${bufferBytes} bytes of buffer.memory hold records that are not acknowledged yet`,
  )
}

/** What `produce` throws: it waits for nothing. */
export function bufferExhausted({ 'buffer.memory': bufferBytes }: ProducerOptions): KafkaError {
  return new BufferExhaustedError(
    `The record was not taken: the ${bufferBytes} bytes of buffer.memory hold records that are not acknowledged yet; go on after drained()`,
    'BUFFER_EXHAUSTED',
  )
}

/** Of a record that `produce` has kept, and that found no batch in its time. */
export function recordExpired({ name }: TopicState, { 'delivery.timeout.ms': timeoutMs }: ProducerOptions): KafkaError {
  return new TimeoutError(
    `1 record(s) for '${name}' have expired and were not sent: delivery.timeout.ms (${timeoutMs} ms) has passed since produce`,
  )
}

export function noMetadata({ name }: TopicState, { 'max.block.ms': maxMs }: ProducerOptions): KafkaError {
  return new TimeoutError(`No metadata of the topic '${name}' arrived within max.block.ms (${maxMs} ms)`)
}

/** Says what the end of a producer says, as an error of its own: a `deadLetterError` of one record is not that of all. */
export function endedBy(end: ClosedError | WorkerDiedError): KafkaError {
  if (end instanceof ClosedError) return new ClosedError(end.message)
  return new WorkerDiedError(end.message, end.cause === undefined ? {} : { cause: end.cause })
}

const MAY_BE_WRITTEN: ReadonlySet<ErrorCode> = new Set([
  'NETWORK_EXCEPTION',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'UNKNOWN_SERVER_ERROR',
])

/** Of a batch that the sender has given up, or a broker has refused. */
export function batchFailed({ error, attempts, ...report }: BatchReport, options: ProducerOptions): KafkaError {
  const { 'delivery.timeout.ms': timeoutMs, retries } = options
  const where = `partition ${report.partition} of '${report.topic}'`
  // Kafka says "Expiring 3 record(s) for orders-3: 120000 ms has passed since batch creation" (`ProducerBatch`).
  if (error === 'REQUEST_TIMED_OUT' && attempts === 0) {
    return new TimeoutError(
      `${report.recordCount} record(s) for ${where} have expired and were not sent: delivery.timeout.ms (${timeoutMs} ms) has passed since their batch was begun`,
    )
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
  // `LogValidator`: one such record has its whole batch refused.
  if (error === 'INVALID_TIMESTAMP') {
    const limits = 'message.timestamp.before.max.ms and message.timestamp.after.max.ms'
    const says = `was not written: a timestamp in it is too far from the time of the append, which ${limits} of the topic limit`
    return new KafkaError(error, `The batch for ${where} ${says}`)
  }
  const says = MAY_BE_WRITTEN.has(error)
    ? `was not acknowledged: ${error}${why}, and whether it was written is not known`
    : `was not written: ${error}${why}`
  return new KafkaError(error, `The batch for ${where} ${says}`)
}
