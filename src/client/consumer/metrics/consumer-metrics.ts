import type { PartitionName } from '../../../protocol/partition.js'
import { mean, rate } from '../../metric-definition.js'
import type { ApplicationCounters } from './application-counters.js'
import type { ConsumerCounters, PartitionCounts } from './consumer-counters.js'
import type { ConsumerMetrics, ConsumerPartitionMetrics, ConsumerTopicMetrics } from './consumer-metric-tables.js'

/** Where the numbers come from. */
export interface ConsumerMetricsSource {
  readonly thread: ConsumerCounters
  readonly application: ApplicationCounters
  readonly assigned: readonly AssignedNow[]
}

/** A partition that is assigned, its lease slot, and the offset of the next record to be handed out; -1: not known. */
export interface AssignedNow {
  readonly name: PartitionName
  readonly index: number
  readonly position: number
}

const HOURS_PER_SECOND = 1 / 3600

/** Computes a consumer's metrics from what its two threads have counted. */
export function consumerMetrics(source: ConsumerMetricsSource): ConsumerMetrics {
  const { thread, application, assigned } = source
  const { now } = application
  const { sums, maxima, seconds } = thread.within(now)
  const perSecond = (sum: number): number => rate(sum, { seconds })
  const perHour = (sum: number): number => rate(sum, { seconds: seconds * HOURS_PER_SECOND })
  const counted = assigned.map((one) => ({ ...one, counts: thread.partition(one.index, now) }))
  return {
    'records-consumed-total': thread.ever('records'),
    'records-consumed-rate': perSecond(sums.records),
    'bytes-consumed-total': thread.ever('bytes'),
    'bytes-consumed-rate': perSecond(sums.bytes),
    'records-per-request-avg': mean(sums.fetchedRecords, sums.answersWithRecords),
    'fetch-size-avg': mean(sums.fetchedBytes, sums.answersWithRecords),
    'fetch-size-max': maxima.fetchedBytes,
    'fetch-latency-avg': mean(sums.fetchMs, sums.fetches),
    'fetch-latency-max': maxima.fetchMs,
    'fetch-rate': perSecond(sums.fetches),
    'fetch-total': thread.ever('fetches'),
    'records-lag-max': maxima.lag,
    'records-lead-min': minimum(maxima.negativeLead),
    ...pollMetrics(source, now),
    'assigned-partitions': assigned.length,
    'commit-latency-avg': mean(sums.commitMs, sums.commits),
    'commit-latency-max': maxima.commitMs,
    'commit-rate': perSecond(sums.commits),
    'commit-total': thread.ever('commits'),
    'heartbeat-response-time-max': maxima.heartbeatMs,
    'heartbeat-rate': perSecond(sums.heartbeats),
    'heartbeat-total': thread.ever('heartbeats'),
    'last-heartbeat-seconds-ago': secondsAgo(thread.ever('heartbeatAt') || null, now),
    'join-time-avg': mean(sums.joinMs, sums.joins),
    'join-time-max': maxima.joinMs,
    'join-rate': perSecond(sums.joins),
    'join-total': thread.ever('joins'),
    'sync-time-avg': mean(sums.syncMs, sums.syncs),
    'sync-time-max': maxima.syncMs,
    'sync-rate': perSecond(sums.syncs),
    'sync-total': thread.ever('syncs'),
    'rebalance-latency-avg': mean(sums.rebalanceMs, sums.rebalances),
    'rebalance-latency-max': maxima.rebalanceMs,
    'rebalance-latency-total': thread.ever('rebalanceMs'),
    'rebalance-total': thread.ever('rebalances'),
    'rebalance-rate-per-hour': perHour(sums.rebalances),
    'failed-rebalance-total': thread.ever('failedRebalances'),
    'failed-rebalance-rate-per-hour': perHour(sums.failedRebalances),
    'last-rebalance-seconds-ago': secondsAgo(thread.ever('rebalancedAt') || null, now),
    ...applicationMetrics(application, now),
    topics: topicMetrics(counted, application),
    partitions: counted.map(partitionMetrics),
  }
}

type Counted = AssignedNow & { readonly counts: PartitionCounts }

/** The polls of the application and those of a handler module are polls of one consumer, and never at one time. */
function pollMetrics({ application, thread }: ConsumerMetricsSource, now: number) {
  const [own, module] = [application.polls.within(now), thread.polls.within(now)]
  const [ownAt, moduleAt] = [application.polls.polledAt, thread.polls.polledAt]
  const polledAt = ownAt === null || moduleAt === null ? (ownAt ?? moduleAt) : Math.max(ownAt, moduleAt)
  const maxima = [own.betweenMsMax, module.betweenMsMax].filter((max) => !Number.isNaN(max))
  return {
    'last-poll-seconds-ago': secondsAgo(polledAt, now),
    'time-between-poll-avg': mean(own.betweenMs + module.betweenMs, own.polls + module.polls),
    'time-between-poll-max': maxima.length === 0 ? Number.NaN : Math.max(...maxima),
    'poll-idle-ratio-avg': mean(own.idleRatios + module.idleRatios, own.timedPolls + module.timedPolls),
  }
}

function applicationMetrics(application: ApplicationCounters, now: number) {
  const { sums, maxima } = application.within(now)
  return {
    'commit-sync-time-ns-total': application.ever('commitSyncNs'),
    'committed-time-ns-total': application.ever('committedNs'),
    'partition-revoked-latency-avg': mean(sums.revokedMs, sums.revoked),
    'partition-revoked-latency-max': maxima.revokedMs,
    'partition-assigned-latency-avg': mean(sums.assignedMs, sums.assigned),
    'partition-assigned-latency-max': maxima.assignedMs,
    'partition-lost-latency-avg': mean(sums.lostMs, sums.lost),
    'partition-lost-latency-max': maxima.lostMs,
  }
}

function topicMetrics(
  counted: readonly Counted[],
  { past }: ApplicationCounters,
): Readonly<Record<string, ConsumerTopicMetrics>> {
  const topics = new Set([...past.keys(), ...counted.map(({ name }) => name.topic)])
  return Object.fromEntries([...topics].map((topic) => [topic, ofTopic(topic)]))

  function ofTopic(topic: string): ConsumerTopicMetrics {
    const present = counted.filter(({ name }) => name.topic === topic).map(({ counts }) => counts)
    const total = (of: (counts: PartitionCounts) => number): number =>
      present.reduce((sum, counts) => sum + of(counts), 0)
    const before = past.get(topic) ?? { records: 0, bytes: 0 }
    return {
      'records-consumed-total': before.records + total(({ records }) => records),
      'records-consumed-rate': total((counts) => rate(counts.sums.records, counts)),
      'bytes-consumed-total': before.bytes + total(({ bytes }) => bytes),
      'bytes-consumed-rate': total((counts) => rate(counts.sums.bytes, counts)),
    }
  }
}

function partitionMetrics({ name, position, counts }: Counted): ConsumerPartitionMetrics {
  const { highWatermark, logStartOffset, sums, maxima } = counts
  const between = (from: number | null, to: number | null): number =>
    from === null || to === null ? Number.NaN : Math.max(0, to - from)
  const at = position < 0 ? null : position
  return {
    topic: name.topic,
    partition: name.partition,
    'records-lag': between(at, highWatermark),
    'records-lag-max': maxima.lag,
    'records-lag-avg': mean(sums.lag, sums.polls),
    'records-lead': between(logStartOffset, at),
    'records-lead-min': minimum(maxima.negativeLead),
    'records-lead-avg': mean(sums.lead, sums.polls),
  }
}

/** The smallest of what was counted by its opposite; of zeros it is no negative one. */
const minimum = (negativeMax: number): number => 0 - negativeMax

/** Kafka counts whole seconds. */
const secondsAgo = (at: number | null, now: number): number =>
  at === null ? -1 : Math.max(0, Math.floor((now - at) / 1e3))
