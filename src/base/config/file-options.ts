/**
 * Options of topics that say how Kafka keeps files and moves them. A log in memory has nothing that they could change:
 * they are checked, kept and told, so that a topic can be made as it is made elsewhere. (`TopicConfig`, `LogConfig`)
 */
import type { OptionDefinitions } from './definition.js'

const WITHOUT_EFFECT = 'Without effect here:'

export const FILE_OPTIONS = {
  'file.delete.delay.ms': {
    type: 'long',
    default: 60_000,
    min: 0,
    doc: `${WITHOUT_EFFECT} memory goes back with its last lease.`,
  },
  'flush.messages': {
    type: 'long',
    default: Number.MAX_SAFE_INTEGER,
    min: 1,
    doc: `${WITHOUT_EFFECT} there is no disk that a log could be flushed to.`,
  },
  'flush.ms': {
    type: 'long',
    default: Number.MAX_SAFE_INTEGER,
    min: 0,
    doc: `${WITHOUT_EFFECT} there is no disk that a log could be flushed to.`,
  },
  'local.retention.bytes': {
    type: 'long',
    default: -2,
    min: -2,
    doc: `${WITHOUT_EFFECT} there is no remote storage.`,
  },
  'local.retention.ms': {
    type: 'long',
    default: -2,
    min: -2,
    doc: `${WITHOUT_EFFECT} there is no remote storage.`,
  },
  preallocate: {
    type: 'boolean',
    default: false,
    doc: `${WITHOUT_EFFECT} all memory of a segment is allocated at once.`,
  },
  'remote.log.copy.disable': {
    type: 'boolean',
    default: false,
    doc: `${WITHOUT_EFFECT} there is no remote storage.`,
  },
  'remote.log.delete.on.disable': {
    type: 'boolean',
    default: false,
    doc: `${WITHOUT_EFFECT} there is no remote storage.`,
  },
  'remote.storage.enable': {
    type: 'boolean',
    default: false,
    doc: 'Cannot be true: there is no remote storage.',
  },
  'segment.index.bytes': {
    type: 'int',
    default: 10_485_760,
    min: 4,
    doc: `${WITHOUT_EFFECT} an index grows with its segment.`,
  },
  'segment.jitter.ms': {
    type: 'long',
    default: 0,
    min: 0,
    doc: `${WITHOUT_EFFECT} segments that end at one moment cost no more than others.`,
  },
} as const satisfies OptionDefinitions
