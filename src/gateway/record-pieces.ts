import { align8, type Memory } from '../base/memory.js'
import type { LentSlice } from '../protocol/apis/fetch.js'
import { RecordPieces } from '../protocol/wire/wire-types.js'
import { batchBytes } from '../record/record-batch.js'

/**
 * The batches of a lent slice as clients are sent them: one behind the other, without the padding that lies between
 * them in memory. Long stretches stay where they are. Short batches are copied together, because each piece of a
 * write costs more than copying it.
 */
const COPIED_BYTES_MAX = 4_096

export const NO_RECORDS = new RecordPieces([])

export function recordPieces(memory: Memory, { position, bytes }: LentSlice): RecordPieces {
  const end = position + bytes
  const pieces: Uint8Array[] = []
  /** A stretch of short batches: from `copiedFrom` on, which takes so many bytes without padding. */
  let copiedFrom = position
  let copiedBytes = 0
  const copyUntil = (until: number): void => {
    if (copiedBytes > 0) pieces.push(copied(memory, copiedFrom, until, copiedBytes))
    copiedBytes = 0
  }
  for (let at = position; at < end; ) {
    const size = batchBytes(memory, at)
    if (size > COPIED_BYTES_MAX) {
      copyUntil(at)
      pieces.push(memory.bytes.subarray(at, at + size))
      copiedFrom = at + align8(size)
    } else copiedBytes += size
    at += align8(size)
  }
  copyUntil(end)
  return new RecordPieces(pieces)
}

function copied(memory: Memory, from: number, until: number, bytes: number): Uint8Array {
  const together = Buffer.allocUnsafe(bytes)
  let to = 0
  for (let at = from; at < until; ) {
    const size = batchBytes(memory, at)
    together.set(memory.bytes.subarray(at, at + size), to)
    to += size
    at += align8(size)
  }
  return together
}
