/** How batches are compressed: the options that producers, topics and brokers share, under Kafka's names. */
import { ConfigError } from '../errors.js'
import type { OptionDefinitions } from './definition.js'

export const LEVEL_OPTIONS = {
  'compression.gzip.level': {
    type: 'int',
    default: -1,
    min: -1,
    max: 9,
    doc: 'How hard gzip tries: 1 is the fastest, 9 the smallest, -1 what gzip has as its default (6).',
  },
  'compression.lz4.level': {
    type: 'int',
    default: 9,
    min: 1,
    max: 17,
    doc: 'How hard lz4 tries. 9 is the fast way of lz4, which is the only one here; in Kafka, all others are slower and smaller.',
  },
  'compression.zstd.level': {
    type: 'int',
    default: 3,
    min: -131_072,
    max: 22,
    doc: 'How hard zstd tries: 22 is the smallest; below 0 it is the faster the lower the number.',
  },
} as const satisfies OptionDefinitions

/** The options of what brokers keep. */
export const KEPT_COMPRESSION_OPTIONS = {
  'compression.type': {
    type: 'enum',
    values: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'producer',
    doc: 'How batches are kept: producer is as they come. With any other value, leaders compress and decompress what comes otherwise.',
  },
  ...LEVEL_OPTIONS,
} as const satisfies OptionDefinitions

/** Throws a ConfigError for a level that is within its range and not there. */
export function refuseLevels(options: { readonly [Name in keyof typeof LEVEL_OPTIONS]: number }): void {
  const { 'compression.gzip.level': gzip, 'compression.lz4.level': lz4 } = options
  // `GzipCompression.LevelValidator`
  if (gzip === 0) {
    throw new ConfigError(
      'compression.gzip.level',
      'Cannot set compression.gzip.level to 0: it must be an integer from 1 to 9, or -1',
    )
  }
  if (lz4 === LEVEL_OPTIONS['compression.lz4.level'].default) return
  throw new ConfigError(
    'compression.lz4.level',
    `Cannot set compression.lz4.level to ${lz4}: it must be 9, the fast way of lz4, since no other is there`,
  )
}
