import type { TopicOptions } from '../base/config/topic-options.js'
import type { TopicId } from '../base/ids.js'
import type { LogOptions } from '../log/types.js'

/** Numbers of a broker's logs: a topic has fewer partitions than this. */
const PARTITIONS_PER_LOG_NUMBER = 2 ** 14

/** The number under which the broker's next incarnation finds the segments of a partition's log. */
export function logNumber(topicId: TopicId, partition: number): number {
  return topicId * PARTITIONS_PER_LOG_NUMBER + partition
}

/** Whether the topic's logs keep the latest record of each key. */
export function isCompacted({ 'cleanup.policy': policy }: TopicOptions): boolean {
  return policy.includes('compact')
}

/** Whether nothing is deleted but what a later record of the same key replaces. */
export function isOnlyCompacted(options: TopicOptions): boolean {
  return isCompacted(options) && !options['cleanup.policy'].includes('delete')
}

/** The options of a topic's log. What is only compacted is not deleted for its size or age. */
export function logOptionsOf(options: TopicOptions, log: number): LogOptions {
  const isDeleted = options['cleanup.policy'].includes('delete')
  const compaction = {
    minDirtyRatio: options['min.cleanable.dirty.ratio'],
    lagMsMin: options['min.compaction.lag.ms'],
    lagMsMax: options['max.compaction.lag.ms'],
    deleteRetentionMs: options['delete.retention.ms'],
  }
  return {
    log,
    segmentBytes: options['segment.bytes'],
    rollMs: options['segment.ms'],
    retentionBytes: isDeleted ? options['retention.bytes'] : -1,
    retentionMs: isDeleted ? options['retention.ms'] : -1,
    indexIntervalBytes: options['index.interval.bytes'],
    whenFull: options['odradek.log.full'],
    ...(isCompacted(options) ? { compaction } : {}),
  }
}
