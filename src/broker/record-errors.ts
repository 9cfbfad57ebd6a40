import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import type { Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { BatchReader, CorruptRecordError } from '../record/batch-reader.js'
import { decompressedBatch } from '../record/compressed-batch.js'
import { NO_TIMESTAMP } from '../record/layout.js'
import { batchBytes, checkHeader } from '../record/record-batch.js'
import { isCompacted } from './log-options.js'

/** A batch that was refused, and when. */
interface Refused {
  readonly memory: Memory
  readonly at: number
  readonly now: Timestamp
}

/**
 * The records for which a batch was refused, by where they stand in it; none: not for single records, or nobody can
 * tell. Only asked when a batch was refused. (KIP-467, `LogValidator.processRecordErrors`)
 */
export function recordErrorsOf(error: ErrorCode, { memory, at, now }: Refused, options: TopicOptions): number[] {
  if (error !== 'INVALID_TIMESTAMP' && !(error === 'INVALID_RECORD' && isCompacted(options))) return []
  // A header that is wrong is nothing that records are to blame for.
  if (checkHeader(memory, at, batchBytes(memory, at)) !== 'NONE') return []
  const { 'message.timestamp.before.max.ms': beforeMs, 'message.timestamp.after.max.ms': afterMs } = options
  const found: number[] = []
  try {
    const readable = decompressedBatch(memory, at)
    if (typeof readable === 'string') return []
    const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
    for (let index = 0; reader.next(); index++) {
      const { timestamp, keyBytes } = reader
      const isOutside = timestamp !== NO_TIMESTAMP && (now - timestamp > beforeMs || timestamp - now > afterMs)
      if (error === 'INVALID_TIMESTAMP' ? isOutside : keyBytes < 0) found.push(index)
    }
    return found
  } catch (thrown) {
    if (thrown instanceof CorruptRecordError) return []
    throw thrown
  }
}
