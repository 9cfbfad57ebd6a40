import type { MetricDefinitions } from '../metric-definition.js'

/**
 * The metrics of a producer: Kafka's names, groups and meanings (classes `SenderMetricsRegistry`, `BufferPool`,
 * `RecordAccumulator`, `Selector`), except where `doc` says so. `-total` counts from the producer's beginning, `-rate`,
 * `-avg`, `-max` and `-ratio` are over the window of metrics.sample.window.ms * metrics.num.samples; averages and
 * maxima of nothing are NaN.
 */

/** Kafka's group `producer-metrics`. */
export const PRODUCER_METRICS = {
  'record-send-rate': {
    unit: 'records',
    isPerSecond: true,
    doc: 'Records sent; those that are sent again count again.',
  },
  'record-send-total': { unit: 'records', doc: 'Records sent; those that are sent again count again.' },
  'byte-rate': { unit: 'bytes', isPerSecond: true, doc: 'Bytes of batches sent. Kafka has it for topics only.' },
  'byte-total': { unit: 'bytes', doc: 'Bytes of batches sent. Kafka has it for topics only.' },
  'batch-size-avg': { unit: 'bytes', doc: 'Bytes of a batch, with its header.' },
  'batch-size-max': { unit: 'bytes', doc: 'Bytes of the largest batch, with its header.' },
  'records-per-request-avg': { unit: 'records', doc: 'Records in a request, of all of its batches.' },
  'record-size-avg': {
    unit: 'bytes',
    doc: 'Bytes of a record as it is encoded in its batch. In Kafka the mean of what the largest record of each batch could take.',
  },
  'record-size-max': {
    unit: 'bytes',
    doc: 'Bytes of the largest record as it is encoded in its batch; known when the next batch is acknowledged or given up.',
  },
  'record-queue-time-avg': {
    unit: 'ms',
    doc: 'From the opening of a batch until it was closed to be sent for the first time. In Kafka until each time.',
  },
  'record-queue-time-max': { unit: 'ms', doc: 'The longest such time.' },
  'request-latency-avg': { unit: 'ms', doc: 'From a request until its answer, or the loss of its connection.' },
  'request-latency-max': { unit: 'ms', doc: 'The longest such time.' },
  'requests-in-flight': { unit: 'requests', doc: 'Produce requests that wait for their answer now, at all brokers.' },
  'request-rate': { unit: 'requests', isPerSecond: true, doc: 'Produce requests sent. In Kafka all requests.' },
  'request-total': { unit: 'requests', doc: 'Produce requests sent. In Kafka all requests.' },
  'record-retry-rate': { unit: 'records', isPerSecond: true, doc: 'Records that were sent again.' },
  'record-retry-total': { unit: 'records', doc: 'Records that were sent again.' },
  'record-error-rate': { unit: 'records', isPerSecond: true, doc: 'As record-error-total.' },
  'record-error-total': {
    unit: 'records',
    doc: 'Records that were given up, or refused before they were in a batch: too large, without a partition, without metadata or memory in time. In Kafka also those that cannot be serialized.',
  },
  'batch-split-rate': {
    unit: 'batches',
    isPerSecond: true,
    doc: 'Batches that were split because they were too large.',
  },
  'batch-split-total': {
    unit: 'batches',
    doc: 'Batches that were split because they were too large. What is sent of their parts counts as sent, not as retried.',
  },
  'compression-rate-avg': {
    unit: 'ratio',
    doc: 'What part of the bytes of its records a batch was sent with, as the mean of all batches; 1 without compression.',
  },
  'bufferpool-wait-ratio': {
    unit: 'ratio',
    doc: 'The part of the time in which a call waited for memory: counted when it has waited enough, and for each call, so it may be above 1.',
  },
  'bufferpool-wait-time-ns-total': { unit: 'ns', doc: 'How long calls have waited for memory.' },
  'buffer-total-bytes': { unit: 'bytes', doc: 'buffer.memory.' },
  'buffer-available-bytes': { unit: 'bytes', doc: 'What of it no batch has taken now.' },
  'buffer-exhausted-rate': { unit: 'records', isPerSecond: true, doc: 'As buffer-exhausted-total.' },
  'buffer-exhausted-total': {
    unit: 'records',
    doc: 'Records for which no memory became free within max.block.ms. `produce` does not wait: what it refuses does not count.',
  },
  'waiting-threads': {
    unit: 'calls',
    doc: 'Calls of `send` that wait for memory now, and one for a `produce` that was refused for want of it. In Kafka each of them blocks a thread.',
  },
  'metadata-age': { unit: 's', doc: 'Since the producer last learnt of the cluster; NaN before.' },
  'outgoing-byte-rate': {
    unit: 'bytes',
    isPerSecond: true,
    doc: 'Bytes of batches lent to brokers: here nothing else of a request is worth counting.',
  },
  'outgoing-byte-total': { unit: 'bytes', doc: 'Bytes of batches lent to brokers.' },
  'connection-count': { unit: 'connections', doc: 'Brokers that the producer is connected to now.' },
} as const satisfies MetricDefinitions

/**
 * Kafka's group `producer-topic-metrics`, for each topic. A batch counts when it is acknowledged or given up, and of
 * one that was split its parts alone; in Kafka each when it is sent.
 */
export const PRODUCER_TOPIC_METRICS = {
  'record-send-rate': {
    unit: 'records',
    isPerSecond: true,
    doc: 'Records sent; those that are sent again count again.',
  },
  'record-send-total': { unit: 'records', doc: 'Records sent; those that are sent again count again.' },
  'byte-rate': { unit: 'bytes', isPerSecond: true, doc: 'Bytes of batches sent.' },
  'byte-total': { unit: 'bytes', doc: 'Bytes of batches sent.' },
  'compression-rate': { unit: 'ratio', doc: 'As compression-rate-avg, of batches as often as they were sent.' },
  'record-retry-rate': { unit: 'records', isPerSecond: true, doc: 'Records that were sent again.' },
  'record-retry-total': { unit: 'records', doc: 'Records that were sent again.' },
  'record-error-rate': { unit: 'records', isPerSecond: true, doc: 'Records that were given up.' },
  'record-error-total': { unit: 'records', doc: 'Records that were given up.' },
} as const satisfies MetricDefinitions

export type TopicMetrics = { readonly [Name in keyof typeof PRODUCER_TOPIC_METRICS]: number }
export type ProducerMetrics = { readonly [Name in keyof typeof PRODUCER_METRICS]: number } & {
  readonly topics: Readonly<Record<string, TopicMetrics>>
}
