import type { Doorbell } from '../../actor/control-block.js'
import { POISON } from '../../base/memory.js'
import type { AccumulatorMemory } from './accumulator-memory.js'
import type { BatchReport, BatchSends } from './batch-report.js'
import type { BufferMemory } from './buffer-memory.js'
import { failedBatch, type KeepFailed } from './failed-batch.js'
import type { PartResult } from './part-results.js'
import type { OpenBatch, PartitionAccumulator } from './partition-accumulator.js'
import type { WrittenReport } from './report-queue.js'

/**
 * A listener that hears of each batch that is acknowledged or given up, or of each part of one; `batchNumber` is the
 * batch's with the last part. `isHeard`: somebody else is told as well if it has failed, such as a promise or a sink.
 */
export type OnReport = (report: BatchReport, batchNumber: number, sent: BatchSends, isHeard: boolean) => void

/** What became of a batch, or of the part of it that begins with `firstRecord`. */
interface BatchEnd {
  readonly report: BatchReport
  readonly sent: BatchSends
  readonly firstRecord: number
}

export interface OutstandingBatchesParts {
  readonly shared: AccumulatorMemory
  /** Gets the memory of batches back. */
  readonly buffer: BufferMemory
  readonly senderBell: Doorbell
  /** Whether reported batches are overwritten, so that a late reader of one is found out. */
  readonly isPoisoning: boolean
  /** Keeps the records of batches that fail, and calls `settle` when they are kept; null: nobody does. */
  readonly keepFailed: KeepFailed | null
}

/** The number told with all parts of a batch but the last: the batch counts once. */
const MORE_OF_ITS_BATCH = Number.POSITIVE_INFINITY

/**
 * The batches of a producer that were not reported yet, and how each of them ends: as its sender reports it, in parts
 * if it was split, or given up because the sender will not speak again. A batch that fails keeps its memory until its
 * records are kept.
 *
 * Lives on the application's thread.
 */
export class OutstandingBatches {
  readonly #parts: OutstandingBatchesParts
  #shared: AccumulatorMemory
  /** The open batches by their slots. */
  readonly #batches: (OpenBatch | null)[]
  #reportsRead = 0
  /** Results of parts, as far as they are there, of the batch that is reported now. */
  #partResults: PartResult[] = []
  #awaited = 0

  constructor(parts: OutstandingBatchesParts) {
    this.#parts = parts
    this.#shared = parts.shared
    this.#batches = new Array(parts.buffer.slots).fill(null)
  }

  /** Whether a promise hangs on one of them. */
  get areAwaited(): boolean {
    return this.#awaited > 0
  }

  add(batch: OpenBatch): void {
    this.#batches[batch.slot] = batch
    batch.target.batches += 1
  }

  /** Notes that a promise hangs on the batch. */
  await(batch: OpenBatch): void {
    batch.isAwaited = true
    this.#awaited += 1
    this.#shared.markAwaited(batch.slot)
  }

  /** Frees what the sender has reported and tells the deliveries. Returns how many batches were reported. */
  takeReports(onReport: OnReport): number {
    const { reports } = this.#shared
    const { written } = reports
    const before = this.#reportsRead
    while (this.#reportsRead !== written) {
      const said = reports.read(this.#reportsRead)
      const batch = this.#batches[said.slot] as OpenBatch
      const ends = said.parts > 0 ? this.#endsOfParts(said.parts, batch.target) : [endOf(batch, said)]
      // The sender may wait for the room that the results of parts took, with more of them.
      if (ends === null || ends.length > 1) this.#parts.senderBell.ring()
      if (ends === null) break
      this.#reportsRead = (this.#reportsRead + 1) | 0
      this.#settle(batch, ends, onReport)
    }
    return (this.#reportsRead - before) | 0
  }

  /** Settles every batch that was not reported, in the order of opening: the sender will not speak again. */
  abandon(error: BatchReport['error'], onReport: OnReport): void {
    const left = this.#batches.filter((batch) => batch !== null && !batch.isFailed) as OpenBatch[]
    for (const batch of left.sort((a, b) => a.number - b.number)) {
      this.#settle(batch, [abandonedEnd(batch, error)], onReport)
    }
  }

  /** Reads `shared` from its beginning from now on. All batches are settled, and kept. */
  letGo(shared: AccumulatorMemory): void {
    for (const batch of this.#batches) if (batch !== null) batch.target.open = null
    this.#batches.length = 0
    this.#reportsRead = 0
    this.#shared = shared
  }

  /** The ends of the parts of a batch. Null: not all of their results are there yet. */
  #endsOfParts(count: number, target: PartitionAccumulator): readonly BatchEnd[] | null {
    for (const result of this.#shared.partResults.take(count - this.#partResults.length)) {
      this.#partResults.push(result)
    }
    if (this.#partResults.length < count) return null
    const results = this.#partResults
    this.#partResults = []
    let next = 0
    return results.map(({ sends, bytes, uncompressedBytes, ...said }): BatchEnd => {
      const firstRecord = next
      next += said.recordCount
      const report = reportOf(target, { ...said, attempts: sends })
      return { report, sent: { sends, bytes, uncompressedBytes }, firstRecord }
    })
  }

  #settle(batch: OpenBatch, ends: readonly BatchEnd[], onReport: OnReport): void {
    if (batch.isAwaited) this.#awaited -= 1
    if (batch.target.open === batch) batch.target.open = null
    const isToKeep = this.#parts.keepFailed !== null && ends.some(({ report }) => report.error !== 'NONE')
    if (isToKeep) this.#keep(batch, ends, onReport)
    else this.#release(batch, ends, onReport)
  }

  #keep(batch: OpenBatch, ends: readonly BatchEnd[], onReport: OnReport): void {
    const createdAt = this.#shared.createdAt(batch.slot)
    const failed = ends.filter(({ report }) => report.error !== 'NONE')
    let left = failed.length
    const settle = (): void => {
      left -= 1
      if (left === 0) this.#release(batch, ends, onReport)
    }
    batch.isFailed = true
    for (const end of failed) this.#parts.keepFailed?.(failedBatch(batch, { ...end, createdAt }), settle)
  }

  #release(batch: OpenBatch, ends: readonly BatchEnd[], onReport: OnReport): void {
    this.#batches[batch.slot] = null
    batch.target.batches -= 1
    batch.target.quietSince = -1
    if (this.#parts.isPoisoning) batch.memory.bytes.fill(POISON, batch.position, batch.position + batch.bytes)
    this.#parts.buffer.giveBack(batch)
    // It is counted before anybody is told: a listener may flush.
    for (const [index, { report, sent }] of ends.entries()) {
      const isHeard = report.error === 'NONE' || this.#parts.keepFailed !== null || batch.isHeard
      onReport(report, index === ends.length - 1 ? batch.number : MORE_OF_ITS_BATCH, sent, isHeard)
    }
    batch.tell(ends.map(({ report }) => report))
  }
}

type Batch = Pick<OpenBatch, 'target' | 'count' | 'bytes'>

function endOf(batch: Batch, { error, baseOffset, logAppendTimeMs, sends, bytes }: WrittenReport): BatchEnd {
  const said = { recordCount: batch.count, error, baseOffset, logAppendTimeMs, attempts: sends }
  return {
    report: reportOf(batch.target, said),
    sent: { sends, bytes, uncompressedBytes: batch.bytes },
    firstRecord: 0,
  }
}

/** How a batch ends of which the sender will not speak any more. */
function abandonedEnd({ target, count, bytes }: Batch, error: BatchReport['error']): BatchEnd {
  const report = reportOf(target, { recordCount: count, error, baseOffset: -1, logAppendTimeMs: -1, attempts: null })
  return { report, sent: { sends: 0, bytes: 0, uncompressedBytes: bytes }, firstRecord: 0 }
}

function reportOf(
  { topic, partition }: PartitionAccumulator,
  said: Omit<BatchReport, 'topic' | 'partition'>,
): BatchReport {
  return { topic, partition, ...said }
}
