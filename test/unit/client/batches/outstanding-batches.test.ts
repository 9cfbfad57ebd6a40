import { expect, test } from 'vitest'
import { Memory, POISON } from '../../../../src/base/memory.js'
import { AccumulatorMemory } from '../../../../src/client/batches/accumulator-memory.js'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import { BufferMemory } from '../../../../src/client/batches/buffer-memory.js'
import type { FailedBatch } from '../../../../src/client/batches/failed-batch.js'
import { OutstandingBatches } from '../../../../src/client/batches/outstanding-batches.js'
import { OpenBatch, PartitionAccumulator } from '../../../../src/client/batches/partition-accumulator.js'
import type { WrittenReport } from '../../../../src/client/batches/report-queue.js'

const SLOT_BYTES = 1024
const SLOTS = 4

interface Told {
  readonly batchNumber: number
  readonly error: BatchReport['error']
  readonly recordCount: number
  readonly attempts: number | null
  readonly baseOffset: number
}

/** Batches of one partition, with three records each, whose sender the test plays. */
class GivenBatches {
  readonly shared = AccumulatorMemory.allocate(SLOTS)
  readonly pool = Memory.allocate(SLOTS * SLOT_BYTES)
  readonly buffer: BufferMemory
  readonly outstanding: OutstandingBatches
  readonly target = new PartitionAccumulator('orders', 1, 3)
  readonly told: Told[] = []
  /** What happened, in its order. */
  readonly log: string[] = []
  readonly failed: { readonly batch: FailedBatch; readonly settle: () => void }[] = []
  rings = 0
  #opened = 0

  constructor({ isPoisoning = false, isKeeping = false } = {}) {
    const options = { 'batch.size': SLOT_BYTES, 'buffer.memory': SLOTS * SLOT_BYTES }
    this.buffer = new BufferMemory({ pool: this.pool, options, lend: () => {} })
    this.outstanding = new OutstandingBatches({
      shared: this.shared,
      buffer: this.buffer,
      senderBell: {
        ring: () => {
          this.rings += 1
        },
      },
      isPoisoning,
      keepFailed: isKeeping ? (batch, settle) => void this.failed.push({ batch, settle }) : null,
    })
  }

  open(): OpenBatch {
    const { slot, memory, memoryId, position } = this.buffer.take(100, true)!
    const batch = new OpenBatch(this.target, slot, memory, memoryId, position, 0, this.#opened++)
    batch.count = 3
    batch.bytes = 100
    memory.bytes.fill(1, position, position + SLOT_BYTES)
    this.target.open = batch
    batch.attach({
      isAwaited: true,
      noteBatch: () => {},
      settled: ({ error }) => void this.log.push(`told ${batch.number}: ${error}`),
    })
    this.outstanding.add(batch)
    return batch
  }

  report(said: Pick<WrittenReport, 'slot'> & Partial<WrittenReport>): number {
    this.shared.reports.write({ error: 'NONE', ...said })
    return this.take()
  }

  take(): number {
    return this.outstanding.takeReports((report, batchNumber) => this.#note(report, batchNumber))
  }

  abandon(): void {
    this.outstanding.abandon('NETWORK_EXCEPTION', (report, batchNumber) => this.#note(report, batchNumber))
  }

  /** The sender tells of parts of a batch, so many records each. */
  writeParts(...parts: readonly { recordCount: number; error?: BatchReport['error'] }[]): void {
    const rest = { baseOffset: 5, logAppendTimeMs: -1, sends: 2, bytes: 50, uncompressedBytes: 60 }
    this.shared.partResults.write(parts.map((part) => ({ error: 'NONE', ...rest, ...part })))
  }

  #note({ error, recordCount, attempts, baseOffset }: BatchReport, batchNumber: number): void {
    this.told.push({ batchNumber, error, recordCount, attempts, baseOffset })
    this.log.push(`counted ${batchNumber}, ${this.buffer.outstanding} out`)
  }
}

test('a batch that is reported is counted, and its memory free, before anybody who waits for it is told', () => {
  const given = new GivenBatches()
  const [first] = [given.open(), given.open()]
  expect(given.target.batches).toBe(2)
  expect(given.report({ slot: first.slot, baseOffset: 17, sends: 1 })).toBe(1)
  expect(given.log).toEqual(['counted 0, 1 out', 'told 0: NONE'])
  expect(given.told).toEqual([{ batchNumber: 0, error: 'NONE', recordCount: 3, attempts: 1, baseOffset: 17 }])
  expect(given.target.batches).toBe(1)
})

test('a partition forgets its open batch when that is reported, and no other one', () => {
  const given = new GivenBatches()
  const [first, second] = [given.open(), given.open()]
  given.report({ slot: first.slot })
  expect(given.target.open).toBe(second)
  given.report({ slot: second.slot })
  expect(given.target.open).toBeNull()
})

test('batches are awaited until the last of those with a promise is reported', () => {
  const given = new GivenBatches()
  const [first, second, third] = [given.open(), given.open(), given.open()]
  for (const batch of [first, third]) given.outstanding.await(batch)
  const seen = [second, first, third].map(({ slot }) => {
    given.report({ slot })
    return given.outstanding.areAwaited
  })
  expect(seen).toEqual([true, true, false])
  expect([0, 1, 2].map((slot) => given.shared.isAwaited(slot))).toEqual([true, false, true])
})

test('a batch that was split is told of part by part once all results are there, and counts once', () => {
  const given = new GivenBatches()
  const { slot } = given.open()
  given.writeParts({ recordCount: 2 })
  expect([given.report({ slot, parts: 2 }), given.told]).toEqual([0, []])
  given.writeParts({ recordCount: 1, error: 'MESSAGE_TOO_LARGE' })
  expect(given.take()).toBe(1)
  expect(given.told).toMatchObject([
    { batchNumber: Number.POSITIVE_INFINITY, error: 'NONE', recordCount: 2, attempts: 2 },
    { batchNumber: 0, error: 'MESSAGE_TOO_LARGE', recordCount: 1 },
  ])
  // The sender is told of the room each time: it may wait for it.
  expect(given.rings).toBe(2)
})

test('reports behind a batch whose parts are not all told of wait for it', () => {
  const given = new GivenBatches()
  const [split, whole] = [given.open(), given.open()]
  given.report({ slot: split.slot, parts: 2 })
  expect(given.report({ slot: whole.slot })).toBe(0)
  given.writeParts({ recordCount: 1 }, { recordCount: 2 })
  expect([given.take(), given.told.map(({ batchNumber }) => batchNumber)]).toEqual([
    2,
    [Number.POSITIVE_INFINITY, split.number, whole.number],
  ])
})

test('a split batch keeps its memory until each of its failed parts is kept, and only those are', () => {
  const given = new GivenBatches({ isKeeping: true })
  const { slot } = given.open()
  const failing = { recordCount: 1, error: 'MESSAGE_TOO_LARGE' as const }
  given.writeParts(failing, { recordCount: 1 }, failing)
  given.report({ slot, parts: 3 })
  expect(given.failed.map(({ batch }) => batch.firstRecord)).toEqual([0, 2])
  given.failed[0]!.settle()
  expect([given.told, given.buffer.outstanding]).toEqual([[], 1])
  given.failed[1]!.settle()
  expect([given.told.length, given.buffer.outstanding]).toEqual([3, 0])
})

test('a batch whose records are being kept is not given up a second time', () => {
  const given = new GivenBatches({ isKeeping: true })
  const [failed] = [given.open(), given.open()]
  given.report({ slot: failed.slot, error: 'REQUEST_TIMED_OUT' })
  given.abandon()
  expect(given.failed.map(({ batch }) => batch.report.error)).toEqual(['REQUEST_TIMED_OUT', 'NETWORK_EXCEPTION'])
})

test('batches that are given up end in the order in which they were opened, and nobody knows how often they were sent', () => {
  const given = new GivenBatches()
  const [first] = [given.open(), given.open()]
  given.report({ slot: first.slot })
  // It gets the slot of the first one, which is before that of the second.
  given.open()
  given.abandon()
  expect(given.told.slice(1)).toMatchObject([
    { batchNumber: 1, error: 'NETWORK_EXCEPTION', attempts: null, baseOffset: -1 },
    { batchNumber: 2, error: 'NETWORK_EXCEPTION', attempts: null, baseOffset: -1 },
  ])
})

test('with poisoning, a batch is overwritten when it is reported, and nothing else is', () => {
  const given = new GivenBatches({ isPoisoning: true })
  const [batch, other] = [given.open(), given.open()]
  given.report({ slot: batch.slot })
  const bytes = (at: number): number => given.pool.bytes[at]!
  expect([batch.position, batch.position + 99, batch.position + 100, other.position].map(bytes)).toEqual([
    POISON,
    POISON,
    1,
    1,
  ])
})

test('after it has let go of its memory, nothing that is reported there reaches anybody', () => {
  const given = new GivenBatches()
  const { slot } = given.open()
  given.abandon()
  given.outstanding.letGo(AccumulatorMemory.allocate(1))
  expect(given.target.open).toBeNull()
  expect([given.report({ slot }), given.told.length]).toEqual([0, 1])
})
