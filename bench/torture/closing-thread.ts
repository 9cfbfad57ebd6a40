/** Plays the sender against RecordAccumulator: closes batches at random moments, and reads every record of each. */
import { parentPort, workerData } from 'node:worker_threads'
import { ControlBlock } from '../../src/actor/control-block.js'
import { Memory } from '../../src/base/memory.js'
import { type Random, seededRandom } from '../../src/base/random.js'
import { AccumulatorMemory } from '../../src/client/batches/accumulator-memory.js'
import { BatchReader } from '../../src/record/batch-reader.js'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE } from '../../src/record/layout.js'
import { sealBatch } from '../../src/record/record-batch.js'
import { faultOf, timestampOf } from './numbered-value.js'

export interface ClosingStart {
  readonly records: number
  readonly valueBytesMax: number
  readonly seed: string
  readonly slots: number
  readonly shared: SharedArrayBuffer
  readonly pool: SharedArrayBuffer
  readonly ownControl: SharedArrayBuffer
  readonly applicationControl: SharedArrayBuffer
}

export interface ClosingFigures {
  /** The first fault, or null. */
  readonly fault: string | null
  readonly records: number
  readonly batches: number
  /** Batches that were closed here while the application was still appending to them. */
  readonly closedOpen: number
}

/** Longest wait before a close, in turns of an empty loop: about the time in which a batch is filled. */
const WAIT_TURNS_MAX = 4_000
const PARK_MS = 100

class ClosingThread {
  readonly #start: ClosingStart
  readonly #shared: AccumulatorMemory
  readonly #pool: Memory
  readonly #own: ControlBlock
  readonly #application: ControlBlock
  readonly #reader: BatchReader
  readonly #random: Random
  #taken = 0
  #records = 0
  #closedOpen = 0

  constructor(start: ClosingStart) {
    this.#start = start
    this.#shared = new AccumulatorMemory(start.shared, start.slots)
    this.#pool = new Memory(start.pool)
    this.#own = new ControlBlock(start.ownControl)
    this.#application = new ControlBlock(start.applicationControl)
    this.#reader = new BatchReader(this.#pool)
    this.#random = seededRandom(start.seed)
  }

  run(): ClosingFigures {
    let fault: string | null = null
    while (this.#records < this.#start.records && fault === null) {
      if (this.#shared.opened === this.#taken) this.#park()
      else fault = this.#takeBatch()
    }
    return { fault, records: this.#records, batches: this.#taken, closedOpen: this.#closedOpen }
  }

  #park(): void {
    const bell = this.#own.prepareToPark()
    if (this.#shared.opened === this.#taken) this.#own.park(bell, PARK_MS)
    this.#own.unpark()
  }

  #takeBatch(): string | null {
    const shared = this.#shared
    const slot = shared.announcedSlot(this.#taken)
    this.#taken = (this.#taken + 1) | 0
    for (let turns = this.#random.below(WAIT_TURNS_MAX); turns > 0 && !shared.isClosed(slot); turns--);
    if (!shared.isClosed(slot)) this.#closedOpen += 1
    const count = shared.close(slot)
    const fault = this.#check(slot, count)
    shared.reports.write({ slot, error: fault === null ? 'NONE' : 'CORRUPT_MESSAGE' })
    this.#application.ring()
    return fault
  }

  /** The fault of a batch, or null. */
  #check(slot: number, count: number): string | null {
    const position = this.#shared.position(slot)
    const maxTimestamp = this.#shared.maxTimestamp(slot, count)
    sealBatch(this.#pool, position, {
      bytes: this.#shared.bytes(slot, count),
      recordCount: count,
      baseTimestamp: this.#shared.baseTimestamp(slot),
      maxTimestamp,
      attributes: 0,
      producerId: NO_PRODUCER_ID,
      producerEpoch: NO_PRODUCER_EPOCH,
      baseSequence: NO_SEQUENCE,
    })
    const reader = this.#reader.reset(this.#pool, position)
    let latest = 0
    // A batch whose bytes do not fit its records makes the reader throw.
    for (; reader.next(); this.#records++) {
      const { valuePosition, valueBytes } = reader
      const fault = faultOf(this.#records, this.#pool, valuePosition, valueBytes, this.#start.valueBytesMax)
      if (fault !== null) return fault
      if (reader.timestamp !== timestampOf(this.#records))
        return `record ${this.#records} has the time ${reader.timestamp}`
      latest = Math.max(latest, reader.timestamp)
    }
    return latest === maxTimestamp ? null : `the latest record is of ${latest}, the batch of ${maxTimestamp}`
  }
}

parentPort?.postMessage(new ClosingThread(workerData as ClosingStart).run())
