import type { MetricDefinitions } from '../../metric-definition.js'

/**
 * The metrics of a consumer and of its member: Kafka's names, groups and meanings (classes `FetchMetricsRegistry`,
 * `KafkaConsumerMetrics`, `ConsumerCoordinatorMetrics`, `AbstractCoordinator.GroupCoordinatorMetrics`), except where
 * `doc` says so. `-total` counts from the consumer's beginning, `-rate`, `-avg`, `-max` and `-min` are over the window
 * of metrics.sample.window.ms * metrics.num.samples; averages, maxima and minima of nothing are NaN.
 *
 * A consumer without a group has those of the coordinator as well, and they say that nothing happened.
 */

/** Kafka's groups `consumer-metrics`, `consumer-fetch-manager-metrics` and `consumer-coordinator-metrics`. */
export const CONSUMER_METRICS = {
  'records-consumed-total': {
    unit: 'records',
    doc: 'Records that were taken out of what was fetched, to be handed out. What is then dropped by a seek counts.',
  },
  'records-consumed-rate': { unit: 'records', isPerSecond: true, doc: 'As records-consumed-total.' },
  'bytes-consumed-total': {
    unit: 'bytes',
    doc: 'Bytes of their batches, with headers and decompressed. In Kafka of the records alone.',
  },
  'bytes-consumed-rate': { unit: 'bytes', isPerSecond: true, doc: 'As bytes-consumed-total.' },
  'records-per-request-avg': {
    unit: 'records',
    doc: 'Records in the answer to a fetch, of answers that brought some.',
  },
  'fetch-size-avg': { unit: 'bytes', doc: 'Bytes in the answer to a fetch, of answers that brought some.' },
  'fetch-size-max': { unit: 'bytes', doc: 'Bytes in the largest answer to a fetch.' },
  'fetch-latency-avg': { unit: 'ms', doc: 'From a fetch until its answer, which may wait for fetch.min.bytes.' },
  'fetch-latency-max': { unit: 'ms', doc: 'The longest such time.' },
  'fetch-rate': { unit: 'requests', isPerSecond: true, doc: 'Fetches that were answered.' },
  'fetch-total': { unit: 'requests', doc: 'Fetches that were answered.' },
  'records-lag-max': {
    unit: 'records',
    doc: 'The largest lag of a partition whenever records were taken: see records-lag of a partition.',
  },
  'records-lead-min': {
    unit: 'records',
    doc: 'The smallest lead of a partition whenever records were taken: see records-lead of a partition.',
  },
  'last-poll-seconds-ago': {
    unit: 's',
    doc: 'Since the last poll began, in whole seconds; -1 before the first. A handler polls whenever it is called, or waits.',
  },
  'time-between-poll-avg': {
    unit: 'ms',
    doc: 'From the beginning of a poll to that of the next one; 0 counts for the first.',
  },
  'time-between-poll-max': {
    unit: 'ms',
    doc: 'The longest such time. Where it comes near max.poll.interval.ms, the member is about to be expelled.',
  },
  'poll-idle-ratio-avg': {
    unit: 'ratio',
    doc: 'The time in a poll, divided by that and the time from the poll before, as the mean of all polls that took time: near 1 the consumer waits for records, near 0 the application is slower than they come.',
  },
  'commit-sync-time-ns-total': { unit: 'ns', doc: 'How long calls of commitSync took.' },
  'committed-time-ns-total': { unit: 'ns', doc: 'How long calls of committed took.' },
  'assigned-partitions': { unit: 'partitions', doc: 'Partitions that are assigned now.' },
  'commit-latency-avg': { unit: 'ms', doc: 'From an OffsetCommit until its answer.' },
  'commit-latency-max': { unit: 'ms', doc: 'The longest such time.' },
  'commit-rate': { unit: 'requests', isPerSecond: true, doc: 'As commit-total.' },
  'commit-total': { unit: 'requests', doc: 'OffsetCommits that were answered, refused ones included.' },
  'heartbeat-response-time-max': { unit: 'ms', doc: 'The longest time from a heartbeat until its answer.' },
  'heartbeat-rate': { unit: 'requests', isPerSecond: true, doc: 'As heartbeat-total.' },
  'heartbeat-total': { unit: 'requests', doc: 'Heartbeats that were answered.' },
  'last-heartbeat-seconds-ago': {
    unit: 's',
    doc: 'Since the last heartbeat was sent, in whole seconds; -1 before the first.',
  },
  'join-time-avg': { unit: 'ms', doc: 'From a JoinGroup until its answer, when all members have come.' },
  'join-time-max': { unit: 'ms', doc: 'The longest such time.' },
  'join-rate': { unit: 'requests', isPerSecond: true, doc: 'As join-total.' },
  'join-total': { unit: 'requests', doc: 'JoinGroups that have led into a generation.' },
  'sync-time-avg': { unit: 'ms', doc: 'From a SyncGroup until its answer, when the leader has assigned.' },
  'sync-time-max': { unit: 'ms', doc: 'The longest such time.' },
  'sync-rate': { unit: 'requests', isPerSecond: true, doc: 'As sync-total.' },
  'sync-total': { unit: 'requests', doc: 'SyncGroups that brought an assignment.' },
  'rebalance-latency-avg': {
    unit: 'ms',
    doc: 'From the first JoinGroup until the assignment came, attempts that failed in between included.',
  },
  'rebalance-latency-max': { unit: 'ms', doc: 'The longest such time.' },
  'rebalance-latency-total': { unit: 'ms', doc: 'The time in rebalances that have ended well.' },
  'rebalance-total': { unit: 'rebalances', doc: 'Rebalances that have ended well; a cooperative one may take two.' },
  'rebalance-rate-per-hour': { unit: 'rebalances', isPerHour: true, doc: 'As rebalance-total.' },
  'failed-rebalance-total': {
    unit: 'rebalances',
    doc: 'JoinGroups and SyncGroups that were refused or lost. As in Kafka, the answer that gives a new member its id is one.',
  },
  'failed-rebalance-rate-per-hour': { unit: 'rebalances', isPerHour: true, doc: 'As failed-rebalance-total.' },
  'last-rebalance-seconds-ago': {
    unit: 's',
    doc: 'Since the last rebalance has ended well, in whole seconds; -1 before the first.',
  },
  'partition-revoked-latency-avg': { unit: 'ms', doc: 'How long calls of onPartitionsRevoked took.' },
  'partition-revoked-latency-max': { unit: 'ms', doc: 'The longest such time.' },
  'partition-assigned-latency-avg': { unit: 'ms', doc: 'How long calls of onPartitionsAssigned took.' },
  'partition-assigned-latency-max': { unit: 'ms', doc: 'The longest such time.' },
  'partition-lost-latency-avg': { unit: 'ms', doc: 'How long calls of onPartitionsLost took.' },
  'partition-lost-latency-max': { unit: 'ms', doc: 'The longest such time.' },
} as const satisfies MetricDefinitions

/** Kafka's group `consumer-fetch-manager-metrics` for each topic of which a partition is or was assigned. */
export const CONSUMER_TOPIC_METRICS = {
  'records-consumed-total': { unit: 'records', doc: 'As of the consumer.' },
  'records-consumed-rate': { unit: 'records', isPerSecond: true, doc: 'Of the partitions that are assigned now.' },
  'bytes-consumed-total': { unit: 'bytes', doc: 'As of the consumer.' },
  'bytes-consumed-rate': { unit: 'bytes', isPerSecond: true, doc: 'Of the partitions that are assigned now.' },
} as const satisfies MetricDefinitions

/** Kafka's group `consumer-fetch-manager-metrics` for each partition that is assigned now. */
export const CONSUMER_PARTITION_METRICS = {
  'records-lag': {
    unit: 'records',
    doc: 'From the position to the high watermark of the last answer to a fetch; NaN before. In Kafka as of the last poll that brought records.',
  },
  'records-lag-max': { unit: 'records', doc: 'The largest lag behind a poll that took records.' },
  'records-lag-avg': { unit: 'records', doc: 'The mean lag behind polls that took records.' },
  'records-lead': {
    unit: 'records',
    doc: 'From the start of the log, as of the last answer to a fetch, to the position; NaN before. A small lead means that records are about to be deleted unread.',
  },
  'records-lead-min': { unit: 'records', doc: 'The smallest lead behind a poll that took records.' },
  'records-lead-avg': { unit: 'records', doc: 'The mean lead behind polls that took records.' },
} as const satisfies MetricDefinitions

export type ConsumerTopicMetrics = { readonly [Name in keyof typeof CONSUMER_TOPIC_METRICS]: number }
export type ConsumerPartitionMetrics = {
  readonly topic: string
  readonly partition: number
} & { readonly [Name in keyof typeof CONSUMER_PARTITION_METRICS]: number }
export type ConsumerMetrics = { readonly [Name in keyof typeof CONSUMER_METRICS]: number } & {
  readonly topics: Readonly<Record<string, ConsumerTopicMetrics>>
  readonly partitions: readonly ConsumerPartitionMetrics[]
}
