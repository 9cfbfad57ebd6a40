import type { ProducerOptions } from '../../base/config/producer-options.js'
import { ConfigError } from '../../base/errors.js'
import type { Codec, CodecName } from './codec.js'
import { codecNamed } from './codecs.js'

/** The options that say how batches are compressed. */
export type CompressionOptions = Pick<
  ProducerOptions,
  'compression.type' | 'compression.gzip.level' | 'compression.lz4.level' | 'compression.zstd.level'
>

/** The codec of `compression.type`; null: there is none. Throws a ConfigError that says what is to be installed. */
export function chosenCodec({ 'compression.type': type }: Pick<CompressionOptions, 'compression.type'>): Codec | null {
  if (type === 'none') return null
  const codec = codecNamed(type)
  const lack = codec.lack()
  if (lack === null) return codec
  throw new ConfigError('compression.type', `Cannot set compression.type to ${type}: it takes ${lack}`)
}

/** How hard the codec tries. Snappy has one way. */
export function levelOf(name: CodecName, options: CompressionOptions): number {
  return name === 'snappy' ? 0 : options[`compression.${name}.level`]
}
