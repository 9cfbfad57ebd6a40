import { signature } from '../../base/arguments/shape.js'
import { exactly, wholeNumber } from '../../base/arguments/shapes.js'
import { crc32 } from '../../base/crc32.js'
import { isBytes, isRecordData, type RecordData } from '../../record/record.js'
import { INT32_MAX } from '../argument-shapes.js'

/** The hashes that decide where a key lives. A string stands for its UTF-8 bytes. */

const PARTITION_FOR_KEY = signature(
  'partitionForKey',
  ['key', exactly('a string or a Uint8Array', (given): given is RecordData => given !== null && isRecordData(given))],
  ['partitionCount', wholeNumber(1, INT32_MAX)],
)

/** Where a key lives: Kafka's `BuiltInPartitioner.partitionForKey`. Throws a ConfigError. */
export function partitionForKey(key: Uint8Array | string, partitionCount: number): number {
  const isRight = (typeof key === 'string' || isBytes(key)) && isCount(partitionCount)
  if (!isRight) return partitionForKey(...(PARTITION_FOR_KEY(key, partitionCount) as [Uint8Array | string, number]))
  return (murmur2(key) & 0x7fffffff) % partitionCount
}

const isCount = (given: unknown): boolean => Number.isInteger(given) && Number(given) > 0 && Number(given) <= INT32_MAX

/** MurmurHash2, 32 bit, with Kafka's seed (`Utils.murmur2`). */
export function murmur2(key: Uint8Array | string): number {
  if (typeof key !== 'string') return murmur2Bytes(key, key.length)
  return spellOut(key) ? murmur2Bytes(scratch, key.length) : murmur2(Buffer.from(key))
}

/** CRC-32, unsigned: the hash of librdkafka, and of the clients that are built on it. */
export function crc32OfKey(key: Uint8Array | string): number {
  if (typeof key !== 'string') return crc32(key, key.length)
  return spellOut(key) ? crc32(scratch, key.length) : crc32OfKey(Buffer.from(key))
}

/** Short ASCII keys are spelled out here, so that hashing them allocates nothing. */
const scratch = new Uint8Array(64)

function spellOut(text: string): boolean {
  if (text.length > scratch.length) return false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) return false
    scratch[index] = code
  }
  return true
}

const SEED = 0x9747b28c
const MIX = 0x5bd1e995
const SHIFT = 24

function murmur2Bytes(bytes: Uint8Array, length: number): number {
  let hash = SEED ^ length
  let index = 0
  for (; index + 4 <= length; index += 4) {
    let word = bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
    word = Math.imul(word, MIX)
    word ^= word >>> SHIFT
    hash = Math.imul(hash, MIX) ^ Math.imul(word, MIX)
  }
  const rest = length - index
  if (rest === 3) hash ^= bytes[index + 2]! << 16
  if (rest >= 2) hash ^= bytes[index + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[index]!, MIX)
  hash ^= hash >>> 13
  hash = Math.imul(hash, MIX)
  return hash ^ (hash >>> 15)
}
