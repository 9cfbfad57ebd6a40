/** The broker's options of compaction, under Kafka's names (`CleanerConfig`, `LogConfig`). */
import type { OptionDefinitions } from './definition.js'

export const CLEANER_OPTIONS = {
  'log.cleaner.backoff.ms': {
    type: 'long',
    default: 15_000,
    min: 0,
    doc: 'How long a broker waits before it looks for logs to compact again, when it has found none.',
  },
  'log.cleaner.min.cleanable.ratio': {
    type: 'double',
    default: 0.5,
    min: 0,
    max: 1,
    doc: 'The share of a log that must not have been compacted yet before the log is compacted, for topics that do not say min.cleanable.dirty.ratio.',
  },
  'log.cleaner.delete.retention.ms': {
    type: 'long',
    default: 86_400_000,
    min: 0,
    doc: 'How long a record without a value is kept after its first compaction, for topics that do not say delete.retention.ms.',
  },
  'log.cleaner.min.compaction.lag.ms': {
    type: 'long',
    default: 0,
    min: 0,
    doc: 'How old a record must be before it is compacted, for topics that do not say min.compaction.lag.ms.',
  },
  'log.cleaner.max.compaction.lag.ms': {
    type: 'long',
    default: Number.MAX_SAFE_INTEGER,
    min: 1,
    doc: 'How old a record may become before its log is compacted whatever the share of it that was not, for topics that do not say max.compaction.lag.ms. No limit by default, which Kafka writes as Long.MAX_VALUE.',
  },
} as const satisfies OptionDefinitions
