import type { ProducerOptions } from '../../base/config/producer-options.js'
import type { TopicOptions } from '../../base/config/topic-options.js'
import { ConfigError } from '../../base/errors.js'
import type { Codec, CodecName } from './codec.js'
import { codecNamed } from './codecs.js'

/** The levels of codecs, under Kafka's names. */
type Levels = Pick<ProducerOptions, 'compression.gzip.level' | 'compression.lz4.level' | 'compression.zstd.level'>
/** How a producer compresses, or a topic keeps what comes. */
interface Chosen {
  readonly 'compression.type': ProducerOptions['compression.type'] | TopicOptions['compression.type']
}

/** The codec of `compression.type`; null: it names none. Throws a ConfigError that says what is to be installed. */
export function chosenCodec({ 'compression.type': type }: Chosen): Codec | null {
  if (type === 'none' || type === 'producer' || type === 'uncompressed') return null
  const codec = codecNamed(type)
  const lack = codec.lack()
  if (lack === null) return codec
  throw new ConfigError('compression.type', `Cannot set compression.type to ${type}: it takes ${lack}`)
}

/** How hard the codec tries. Snappy has one way. */
export function levelOf(name: CodecName, options: Levels): number {
  return name === 'snappy' ? 0 : options[`compression.${name}.level`]
}
