import { errorName } from '../../base/error-code.js'
import type { AccumulatorMemory } from './accumulator-memory.js'
import type { BatchReport, BatchSends } from './batch-report.js'
import type { PartResult } from './part-results.js'
import type { OpenBatch, PartitionAccumulator } from './partition-accumulator.js'

/** What became of a batch, or of the part of it that begins with `firstRecord`. */
export interface BatchEnd {
  readonly report: BatchReport
  readonly sent: BatchSends
  readonly firstRecord: number
}

type Batch = Pick<OpenBatch, 'target' | 'count' | 'bytes'>

/** Reads what the sender reports. Lives on the application's thread. */
export class ReportReader {
  /** What is there of the parts of the batch whose report is read. */
  #parts: PartResult[] = []

  /** What report number n says, to be read once: one end, or one for each part; null: not all of those are there yet. */
  ends(shared: AccumulatorMemory, number: number, batch: Batch): readonly BatchEnd[] | null {
    const parts = shared.reportedParts(number)
    if (parts > 0) return this.#endsOfParts(shared, parts, batch.target)
    const said = {
      error: errorName(shared.reportedError(number)),
      baseOffset: shared.reportedBaseOffset(number),
      logAppendTimeMs: shared.reportedAppendTimeMs(number),
      attempts: shared.reportedSends(number),
    }
    const sent = { sends: said.attempts, bytes: shared.reportedBytes(number), uncompressedBytes: batch.bytes }
    return [{ report: reportOf(batch.target, { recordCount: batch.count, ...said }), sent, firstRecord: 0 }]
  }

  #endsOfParts(shared: AccumulatorMemory, count: number, target: PartitionAccumulator): readonly BatchEnd[] | null {
    for (const result of shared.partResults.take(count - this.#parts.length)) this.#parts.push(result)
    if (this.#parts.length < count) return null
    const results = this.#parts
    this.#parts = []
    let next = 0
    return results.map(({ sends, bytes, uncompressedBytes, ...said }): BatchEnd => {
      const firstRecord = next
      next += said.recordCount
      const report = reportOf(target, { ...said, attempts: sends })
      return { report, sent: { sends, bytes, uncompressedBytes }, firstRecord }
    })
  }
}

/** Of a batch of which the sender will not speak any more. */
export function abandonedEnd({ target, count, bytes }: Batch, error: BatchReport['error']): BatchEnd {
  const report = reportOf(target, { recordCount: count, error, baseOffset: -1, logAppendTimeMs: -1, attempts: null })
  return { report, sent: { sends: 0, bytes: 0, uncompressedBytes: bytes }, firstRecord: 0 }
}

function reportOf(
  { topic, partition }: PartitionAccumulator,
  said: Omit<BatchReport, 'topic' | 'partition'>,
): BatchReport {
  return { topic, partition, ...said }
}
