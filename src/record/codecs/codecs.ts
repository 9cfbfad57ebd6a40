import { COMPRESSION_MASK } from '../layout.js'
import type { Codec, CodecName } from './codec.js'
import { gzip } from './gzip.js'
import { lz4Codec } from './lz4.js'
import { snappyCodec } from './snappy.js'
import { zstdCodec } from './zstd.js'

const CODECS: readonly Codec[] = [gzip, snappyCodec(), lz4Codec(), zstdCodec()]

export function codecNamed(name: CodecName): Codec {
  return CODECS.find((codec) => codec.name === name) as Codec
}

/** The codec that a batch's attributes name; undefined: there is none with those bits, or the batch has none. */
export function codecOf(attributes: number): Codec | undefined {
  const bits = attributes & COMPRESSION_MASK
  return CODECS.find((codec) => codec.bits === bits)
}
