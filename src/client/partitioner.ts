import type { Random } from '../base/random.js'
import type { RecordData } from '../record/record.js'

/** Chooses the partition of a record that names none. Must return an integer in [0, partitionCount). */
export type Partitioner = (record: {
  readonly topic: string
  readonly key: RecordData
  readonly value: RecordData
  readonly partitionCount: number
}) => number

/** Where a key lives: Kafka's `BuiltInPartitioner.partitionForKey`. */
export function partitionForKey(key: Uint8Array | string, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount
}

/** MurmurHash2, 32 bit, with Kafka's seed (`Utils.murmur2`). A string stands for its UTF-8 bytes. */
export function murmur2(key: Uint8Array | string): number {
  return typeof key === 'string' ? murmur2Text(key) : murmur2Bytes(key, key.length)
}

const SEED = 0x9747b28c
const MIX = 0x5bd1e995
const SHIFT = 24
/** Short ASCII keys are spelled out here, so that hashing them allocates nothing. */
const scratch = new Uint8Array(64)

function murmur2Text(text: string): number {
  if (text.length > scratch.length) return murmur2(Buffer.from(text))
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) return murmur2(Buffer.from(text))
    scratch[index] = code
  }
  return murmur2Bytes(scratch, text.length)
}

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

/**
 * The partition for records without a key: the same one until a batch, or batch.size bytes, have gone there, then a random one
 * (KIP-480, made uniform by KIP-794). It is changed between two batches only, so that no half-filled one is left behind.
 */
export class StickyPartition {
  readonly #random: Random
  readonly #batchBytes: number
  #partition = -1
  /** Bytes that had ever gone to the partition before its first batch for this topic's keyless records; -1: no such batch yet. */
  #bytesBefore = -1

  constructor(random: Random, batchBytes: number) {
    this.#random = random
    this.#batchBytes = Math.max(1, batchBytes)
  }

  choose(partitionCount: number): number {
    if (this.#partition < 0 || this.#partition >= partitionCount) this.#switch(partitionCount)
    return this.#partition
  }

  /**
   * A record needs a new batch, because the last one of the chosen partition `isFull`, or has left. Returns the partition that is
   * to have it. `bytesEver` tells how much has ever gone to a partition.
   */
  chooseForNewBatch(bytesEver: (partition: number) => number, isFull: boolean, partitionCount: number): number {
    const bytes = bytesEver(this.#partition)
    if (this.#bytesBefore < 0) this.#bytesBefore = bytes
    else if (isFull || bytes - this.#bytesBefore >= this.#batchBytes) {
      this.#switch(partitionCount)
      this.#bytesBefore = bytesEver(this.#partition)
    }
    return this.#partition
  }

  #switch(partitionCount: number): void {
    this.#partition = this.#random.below(partitionCount)
    this.#bytesBefore = -1
  }
}
