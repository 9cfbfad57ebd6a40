import { errorName } from '../base/error-code.js'
import type { AccumulatorMemory } from './accumulator-memory.js'
import type { BatchReport, BatchSends } from './delivery.js'
import type { OpenBatch, PartitionAccumulator } from './open-batch.js'

/** What became of a batch, or of the part of it that begins with `firstRecord`. */
export interface BatchEnd {
  readonly report: BatchReport
  readonly sent: BatchSends
  readonly firstRecord: number
}

type Batch = Pick<OpenBatch, 'target' | 'count' | 'bytes'>

/** What report number n says, to be read once: one end, or one for each part. */
export function reportedEnds(shared: AccumulatorMemory, number: number, batch: Batch): readonly BatchEnd[] {
  const parts = shared.reportedParts(number)
  if (parts > 0) return endsOfParts(shared, parts, batch.target)
  const said = {
    error: errorName(shared.reportedError(number)),
    baseOffset: shared.reportedBaseOffset(number),
    logAppendTimeMs: shared.reportedAppendTimeMs(number),
    attempts: shared.reportedSends(number),
  }
  const sent = { sends: said.attempts, bytes: shared.reportedBytes(number), uncompressedBytes: batch.bytes }
  return [{ report: reportOf(batch.target, { recordCount: batch.count, ...said }), sent, firstRecord: 0 }]
}

/** Of a batch of which the sender will not speak any more. */
export function abandonedEnd({ target, count, bytes }: Batch, error: BatchReport['error']): BatchEnd {
  const report = reportOf(target, { recordCount: count, error, baseOffset: -1, logAppendTimeMs: -1, attempts: null })
  return { report, sent: { sends: 0, bytes: 0, uncompressedBytes: bytes }, firstRecord: 0 }
}

function endsOfParts(shared: AccumulatorMemory, parts: number, target: PartitionAccumulator): readonly BatchEnd[] {
  let next = 0
  return shared.partResults.take(parts).map(({ sends, bytes, uncompressedBytes, ...said }): BatchEnd => {
    const firstRecord = next
    next += said.recordCount
    const report = reportOf(target, { ...said, attempts: sends })
    return { report, sent: { sends, bytes, uncompressedBytes }, firstRecord }
  })
}

function reportOf(
  { topic, partition }: PartitionAccumulator,
  said: Omit<BatchReport, 'topic' | 'partition'>,
): BatchReport {
  return { topic, partition, ...said }
}
