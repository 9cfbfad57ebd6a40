import type { ErrorCode } from '../base/error-code.js'
import { align8, type Memory } from '../base/memory.js'
import { batchBytes, isCrcValid, lastOffset } from '../record/record-batch.js'

/** Whole batches of one partition, lent to whoever took them until `giveBack`. */
export interface FetchedSlice {
  readonly topic: string
  readonly partition: number
  /** Which assigned partition this is, and the epoch of its position. */
  readonly index: number
  readonly epoch: number
  /** Anything but `NONE`: the partition cannot be read on, and there are no bytes. */
  readonly error: ErrorCode
  readonly memory: Memory
  readonly position: number
  readonly bytes: number
  /** Records before this offset were not asked for. */
  readonly fetchOffset: number
  readonly highWatermark: number
  giveBack(): void
}

/** Where fetched slices come from: the fetcher itself on the consumer's thread, or its front in the application. */
export interface SliceSource {
  /** The next slice of a partition that is not paused, or null. */
  take(): FetchedSlice | null
  /** False: the partition was sought elsewhere or taken away since. */
  isCurrent(slice: FetchedSlice): boolean
  /** Its partition was paused since: whoever goes through it puts the rest back. */
  isPaused(slice: FetchedSlice): boolean
  /** Takes back a slice whose records before `fetchOffset` were handed out. */
  putBack(slice: FetchedSlice): void
}

/** The offset behind the slice's last batch; null when the CRC of one of its batches was to be checked and is wrong. */
export function endOffset(slice: FetchedSlice, checkCrcs: boolean): number | null {
  const { memory } = slice
  const end = slice.position + slice.bytes
  let next = 0
  for (let at = slice.position; at < end; at = align8(at + batchBytes(memory, at))) {
    if (checkCrcs && !isCrcValid(memory, at)) return null
    next = lastOffset(memory, at) + 1
  }
  return next
}
