import type { TopicOptions } from '../base/config/topic-options.js'
import type { ErrorCode } from '../base/error-code.js'
import type { Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { BatchReader, CorruptRecordError } from '../record/batch-reader.js'
import { decompressedBatch, errorOfUnopened } from '../record/compressed-batch.js'
import { NO_TIMESTAMP } from '../record/layout.js'
import { baseTimestamp, maxTimestamp } from '../record/record-batch.js'

/**
 * Whether the timestamps of a batch lie within `message.timestamp.before.max.ms` and `.after.max.ms` of the time of its
 * append (KIP-937, `LogValidator.validateTimestamp`). The header says which is the latest. Only where there is a limit
 * to the past is each record looked at, which opens a compressed batch.
 */
export function timestampRefusal(
  memory: Memory,
  at: number,
  now: Timestamp,
  options: TopicOptions,
): 'NONE' | ErrorCode {
  if (options['message.timestamp.type'] === 'LogAppendTime') return 'NONE'
  const { 'message.timestamp.before.max.ms': beforeMs, 'message.timestamp.after.max.ms': afterMs } = options
  const latest = maxTimestamp(memory, at)
  if (latest - now > afterMs) return 'INVALID_TIMESTAMP'
  if (beforeMs === Number.MAX_SAFE_INTEGER) return 'NONE'
  const first = baseTimestamp(memory, at)
  if (first !== NO_TIMESTAMP && now - first > beforeMs) return 'INVALID_TIMESTAMP'
  const earliest = earliestTimestamp(memory, at)
  if (typeof earliest === 'string') return earliest
  return now - earliest > beforeMs ? 'INVALID_TIMESTAMP' : 'NONE'
}

/** Infinity: no record has one. An error: the records cannot be read. */
function earliestTimestamp(memory: Memory, at: number): number | ErrorCode {
  try {
    const readable = decompressedBatch(memory, at)
    if (typeof readable === 'string') return errorOfUnopened(readable)
    const reader = new BatchReader(readable.memory).reset(readable.memory, readable.at)
    let earliest = Number.POSITIVE_INFINITY
    while (reader.next()) {
      if (reader.timestamp !== NO_TIMESTAMP) earliest = Math.min(earliest, reader.timestamp)
    }
    return earliest
  } catch (error) {
    if (error instanceof CorruptRecordError) return 'CORRUPT_MESSAGE'
    throw error
  }
}
