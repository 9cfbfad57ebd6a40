import type { Clock } from '../../base/clock.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import type { Random } from '../../base/random.js'
import type { PartitionLoad } from '../batches/partition-accumulator.js'

/** A topic with more partitions than that has its queues looked at for several draws at once: a batch costs no more. */
const LOOKS_PER_DRAW = 64

export interface StickyPartitionParts {
  readonly random: Random
  readonly clock: Clock
  readonly options: StickyPartitionOptions
}

export type StickyPartitionOptions = Pick<
  ProducerOptions,
  'batch.size' | 'linger.ms' | 'partitioner.adaptive.partitioning.enable' | 'partitioner.availability.timeout.ms'
>

/**
 * The partition for records without a key: the same one until a batch, or batch.size bytes, have gone there, then a
 * random one (KIP-480, made uniform by KIP-794). It is changed between two batches only, so that no half-filled one is
 * left behind.
 *
 * The next one is drawn by the queues as they are: with 5, 0 and 3 batches that are not reported yet, the chances are
 * 1, 6 and 3 of 10 (`BuiltInPartitioner.updatePartitionLoadStats`). A partition without a leader is known by its queue
 * alone.
 */
export class StickyPartition {
  readonly #parts: StickyPartitionParts
  /** How much goes to a partition before another one has its turn. */
  readonly #batchBytes: number
  /** A partition of whose batches nothing was reported for so long is not chosen. Infinity: all are. */
  readonly #quietMsMax: number
  #partition = -1
  /**
   * Bytes that had ever gone to the partition before its first batch for this topic's keyless records; -1: no such
   * batch yet.
   */
  #bytesBefore = -1
  /** The tickets of each partition and all before it, added up. */
  #tickets = new Float64Array(0)
  #drawsLeft = 0

  constructor(parts: StickyPartitionParts) {
    this.#parts = parts
    const { 'batch.size': batchBytes, 'partitioner.availability.timeout.ms': timeoutMs } = parts.options
    this.#batchBytes = Math.max(1, batchBytes)
    // A batch that lingers is not a sign of anything.
    this.#quietMsMax = timeoutMs === 0 ? Number.POSITIVE_INFINITY : timeoutMs + parts.options['linger.ms']
  }

  choose(partitions: readonly PartitionLoad[]): number {
    if (this.#partition < 0 || this.#partition >= partitions.length) this.#switch(partitions)
    return this.#partition
  }

  /**
   * A record needs a new batch, because the last one of the chosen partition `isFull`, or has left. Returns the
   * partition that is to have it.
   */
  chooseForNewBatch(partitions: readonly PartitionLoad[], isFull: boolean): number {
    const { bytesEver } = partitions[this.#partition] as PartitionLoad
    if (this.#bytesBefore < 0) this.#bytesBefore = bytesEver
    else if (isFull || bytesEver - this.#bytesBefore >= this.#batchBytes) {
      this.#switch(partitions)
      this.#bytesBefore = (partitions[this.#partition] as PartitionLoad).bytesEver
    }
    return this.#partition
  }

  #switch(partitions: readonly PartitionLoad[]): void {
    const { options, random } = this.#parts
    const isAdaptive = options['partitioner.adaptive.partitioning.enable']
    this.#partition = isAdaptive ? this.#draw(partitions) : random.below(partitions.length)
    this.#bytesBefore = -1
  }

  #draw(partitions: readonly PartitionLoad[]): number {
    if (this.#drawsLeft < 1 || this.#tickets.length !== partitions.length) this.#handOut(partitions)
    this.#drawsLeft -= 1
    const { random } = this.#parts
    let last = partitions.length - 1
    const all = this.#tickets[last] as number
    if (all === 0) return random.below(partitions.length)
    const ticket = Math.floor(random.next() * all)
    let first = 0
    while (first < last) {
      const middle = (first + last) >>> 1
      if ((this.#tickets[middle] as number) > ticket) last = middle
      else first = middle + 1
    }
    return first
  }

  /** Each partition gets a ticket, and one more for each batch by which its queue is shorter than the longest one. */
  #handOut(partitions: readonly PartitionLoad[]): void {
    const now = this.#quietMsMax === Number.POSITIVE_INFINITY ? 0 : this.#parts.clock.now()
    let longest = 0
    for (const load of partitions) if (load.batches > longest && !this.#isQuiet(load, now)) longest = load.batches
    if (this.#tickets.length !== partitions.length) this.#tickets = new Float64Array(partitions.length)
    let tickets = 0
    for (let partition = 0; partition < partitions.length; partition++) {
      const load = partitions[partition] as PartitionLoad
      if (!this.#isQuiet(load, now)) tickets += longest + 1 - load.batches
      this.#tickets[partition] = tickets
    }
    this.#drawsLeft = partitions.length / LOOKS_PER_DRAW
  }

  #isQuiet(load: PartitionLoad, now: number): boolean {
    if (load.batches === 0) return false
    if (load.quietSince < 0) load.quietSince = now
    return now - load.quietSince > this.#quietMsMax
  }
}
