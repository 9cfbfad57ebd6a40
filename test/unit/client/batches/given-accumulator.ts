import type { Clock } from '../../../../src/base/clock.js'
import { type Timestamp, timestamp } from '../../../../src/base/ids.js'
import { Memory } from '../../../../src/base/memory.js'
import { AccumulatorMemory } from '../../../../src/client/batches/accumulator-memory.js'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import { slotsOf } from '../../../../src/client/batches/buffer-memory.js'
import type { Delivery } from '../../../../src/client/batches/delivery.js'
import type { KeepFailed } from '../../../../src/client/batches/failed-batch.js'
import { RecordAccumulator } from '../../../../src/client/batches/record-accumulator.js'
import { BatchReader } from '../../../../src/record/batch-reader.js'

export class HandClock implements Clock {
  time = 1_000_000

  now(): Timestamp {
    return timestamp(this.time)
  }
}

export interface GivenAccumulator {
  readonly accumulator: RecordAccumulator
  readonly shared: AccumulatorMemory
  readonly pool: Memory
  readonly clock: HandClock
  /** Memories that were posted to the sender, by their id. */
  readonly lent: Map<number, Memory>
  readonly rings: () => number
}

export function givenAccumulator(
  options: { batchBytes?: number; bufferBytes?: number; recordBytesMax?: number; keepFailed?: KeepFailed } = {},
  clock = new HandClock(),
): GivenAccumulator {
  const sizes = {
    'batch.size': options.batchBytes ?? 1024,
    'buffer.memory': options.bufferBytes ?? 4096,
    'max.request.size': options.recordBytesMax ?? 1_000_000,
  }
  const { slotBytes, slots } = slotsOf(sizes)
  const shared = AccumulatorMemory.allocate(slots)
  const pool = Memory.allocate(slotBytes * slots)
  const lent = new Map<number, Memory>()
  let rings = 0
  const accumulator = new RecordAccumulator({
    shared,
    pool,
    options: sizes,
    clock,
    keepFailed: options.keepFailed ?? null,
    senderBell: { ring: () => rings++ },
    lend: (memoryId, memory) => lent.set(memoryId, memory),
  })
  return { accumulator, shared, pool, clock, lent, rings: () => rings }
}

/** Plays the sender: closes and reports the batch announced as number n, and returns its values. */
export function sendBatch(given: GivenAccumulator, number: number, baseOffset = 0): string[] {
  const { shared, pool, lent } = given
  const slot = shared.announcedSlot(number)
  const count = shared.close(slot)
  const memoryId = shared.memoryId(slot)
  const memory = memoryId === 0 ? pool : (lent.get(memoryId) as Memory)
  const values = valuesOf(memory, shared.position(slot), { bytes: shared.bytes(slot, count), count })
  shared.reports.write({ slot, error: 'NONE', baseOffset })
  return values
}

/** Values of a batch whose header was not written yet. */
function valuesOf(memory: Memory, position: number, batch: { bytes: number; count: number }): string[] {
  const copy = Memory.allocate(batch.bytes)
  copy.bytes.set(memory.bytes.subarray(position, position + batch.bytes))
  copy.view.setInt32(8, batch.bytes - 12)
  copy.view.setInt32(57, batch.count)
  const reader = new BatchReader(copy).reset(copy, 0)
  const values: string[] = []
  while (reader.next()) {
    values.push(
      copy.bytes.toString('utf8', reader.valuePosition, reader.valuePosition + Math.max(0, reader.valueBytes)),
    )
  }
  return values
}

/** Notes what it is told. */
export class NotingDelivery implements Delivery {
  batches = 0
  readonly settlements: { baseOffset: number; index: number; recordCount: number }[] = []

  readonly isAwaited = false

  noteBatch(): void {
    this.batches += 1
  }

  settled(report: BatchReport, index: number, recordCount: number): void {
    this.settlements.push({ baseOffset: report.baseOffset, index, recordCount })
  }
}
