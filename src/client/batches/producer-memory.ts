import type { ProducerOptions } from '../../base/config/producer-options.js'
import { allocateForCopyingIn } from '../../base/kernel-memory.js'
import { Memory } from '../../base/memory.js'
import { MemoryPool } from '../../base/memory-pool.js'
import { AccumulatorMemory } from './accumulator-memory.js'
import { slotsOf } from './buffer-memory.js'

/**
 * The shared memory of one producer, for as long as anybody reads it: both halves, and the brokers that it has sent to.
 */
export class ProducerMemory {
  readonly slots: number
  readonly shared: AccumulatorMemory
  /** Where batches lie. */
  readonly pool: Memory
  readonly #pools: ProducerPools
  /** Memories taken from `#pools.plain`. */
  readonly #plain: Memory[] = []

  constructor(options: ProducerOptions, pools: ProducerPools) {
    this.#pools = pools
    const { slots, slotBytes } = slotsOf(options)
    this.slots = slots
    this.shared = new AccumulatorMemory(this.take(AccumulatorMemory.bytesFor(slots)).shared, slots)
    this.shared.clear()
    this.pool = pools.batches.take(slots * slotBytes)
  }

  /** Takes more memory, for batches that are larger than a slot. */
  take(bytes: number): Memory {
    const memory = this.#pools.plain.take(bytes)
    this.#plain.push(memory)
    return memory
  }

  /** Gives all of it back: it may be another producer's now. */
  giveBack(): void {
    this.#pools.batches.giveBack(this.pool)
    for (const memory of this.#plain.splice(0)) this.#pools.plain.giveBack(memory)
  }
}

interface ProducerPools {
  /** The pool of memory that records are copied into. */
  readonly batches: MemoryPool
  readonly plain: MemoryPool
}

/**
 * The memory of all producers that one thread makes, of whichever cluster: a test suite makes thousands, one after the
 * other, of `buffer.memory` each.
 */
export class ProducerMemories {
  readonly #pools: ProducerPools = {
    batches: new MemoryPool(allocateForCopyingIn),
    plain: new MemoryPool((bytes) => Memory.allocate(bytes)),
  }

  /** The memory of producers that are open, and of those that will be. */
  get bytes(): number {
    return this.#pools.batches.bytes + this.#pools.plain.bytes
  }

  /** The memory of producers that will be. */
  get unusedBytes(): number {
    return this.#pools.batches.unusedBytes + this.#pools.plain.unusedBytes
  }

  take(options: ProducerOptions): ProducerMemory {
    return new ProducerMemory(options, this.#pools)
  }
}

/** The memory of the producers that this thread makes. */
export const PRODUCER_MEMORIES = new ProducerMemories()
