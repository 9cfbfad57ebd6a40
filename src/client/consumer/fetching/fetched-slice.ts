import type { ErrorCode } from '../../../base/error-code.js'
import { align8, Memory } from '../../../base/memory.js'
import { BatchReader } from '../../../record/batch-reader.js'
import { codecOf } from '../../../record/codecs/codecs.js'
import {
  baseOffset,
  batchBytes,
  isCrcValid,
  lastOffset,
  partitionLeaderEpoch,
  recordCount,
} from '../../../record/record-batch.js'

/** Whole batches of one partition, lent to whoever took them until `giveBack`. */
export interface FetchedSlice {
  readonly topic: string
  readonly partition: number
  /** The index of the assigned partition, and the epoch of its position. */
  readonly index: number
  readonly epoch: number
  /** The error. Anything but `NONE`: the partition cannot be read on, and there are no bytes. */
  readonly error: ErrorCode
  readonly memory: Memory
  readonly position: number
  readonly bytes: number
  /** Records before this offset were not asked for. */
  readonly fetchOffset: number
  /**
   * In a slice with an error: the offset to which the log was truncated, before `fetchOffset` (KIP-320), where it
   * begins, behind `fetchOffset`, or `behindEnd`; or the bits of the codec that is not there; -1: none of that.
   */
  readonly highWatermark: number
  giveBack(): void
}

/** What is said in place of an offset where a position lies behind the end of the log: below -1. */
export const behindEnd = (end: number): number => -2 - end

/** The memory of a slice without bytes: nothing was lent. */
export const NO_BYTES: Pick<FetchedSlice, 'memory' | 'giveBack'> = { memory: Memory.allocate(8), giveBack: () => {} }

/**
 * Where fetched slices come from: the table of fetched partitions on the consumer's thread, or what was brought of it
 * to the application. A slice without bytes and without an error says that the partition is read on from its
 * `fetchOffset`, wherever it was.
 */
export interface SliceSource extends PartitionTable {
  /** The next slice of a partition that is not paused, or null. */
  take(): FetchedSlice | null
  /** Takes back a slice whose records before `fetchOffset` were handed out. */
  putBack(slice: FetchedSlice): void
  /**
   * Notes that the records of the slice before this offset were handed out. Says nothing of a partition that was sought
   * elsewhere since.
   */
  handled(slice: FetchedSlice, nextOffset: number): void
}

/** The partitions that are assigned, by the index that names them in slices. */
export interface PartitionTable {
  at(index: number): { readonly epoch: number; readonly isPaused: boolean; readonly isHeld?: boolean } | undefined
}

/** Whether the slice is current: its partition was not sought elsewhere or taken away since it was fetched. */
export const isCurrent = (table: PartitionTable, { index, epoch }: FetchedSlice): boolean =>
  table.at(index)?.epoch === epoch

/**
 * Whether the slice is current and its partition is not paused, nor about to be given up: whoever goes through one that
 * is puts the rest back.
 */
export const goesOn = (table: PartitionTable, { index, epoch }: FetchedSlice): boolean => {
  const partition = table.at(index)
  return partition?.epoch === epoch && !partition.isPaused && partition.isHeld !== true
}

/** Whether it says nothing but where the partition is read on. */
export const isMove = ({ bytes, error }: FetchedSlice): boolean => bytes === 0 && error === 'NONE'

/** The next slice that says more than a move; null: there is none. Moves before it are handled. */
export function takeNext(source: SliceSource): FetchedSlice | null {
  let slice = source.take()
  for (; slice !== null && isMove(slice); slice = source.take()) source.handled(slice, slice.fetchOffset)
  return slice
}

/** The offset behind the slice's last batch, and that batch's leader epoch. */
export interface SliceEnd {
  readonly offset: number
  readonly leaderEpoch: number
  /** The records of the slice, without those that were not asked for. */
  readonly records: number
}

/** The end of a slice; null when the CRC of one of its batches was to be checked and is wrong. */
export function endOf(slice: FetchedSlice, checkCrcs: boolean): SliceEnd | null {
  const { memory } = slice
  const end = slice.position + slice.bytes
  let last = slice.position
  let records = 0
  for (let at = slice.position; at < end; at = align8(at + batchBytes(memory, at))) {
    if (checkCrcs && !isCrcValid(memory, at)) return null
    records += recordCount(memory, at)
    last = at
  }
  records -= recordsBefore(slice)
  return { offset: lastOffset(memory, last) + 1, leaderEpoch: partitionLeaderEpoch(memory, last), records }
}

/** The records before the offset that was asked for: a broker gives whole batches. */
function recordsBefore({ memory, position, fetchOffset }: FetchedSlice): number {
  const before = fetchOffset - baseOffset(memory, position)
  if (before <= 0) return 0
  const all = lastOffset(memory, position) + 1 - baseOffset(memory, position)
  // Compaction leaves batches with gaps, of which each record has to be looked at.
  if (recordCount(memory, position) === all) return before
  const reader = new BatchReader(memory)
  reader.reset(memory, position)
  let passed = 0
  while (reader.next() && reader.offset < fetchOffset) passed += 1
  return passed
}

/** Leader epoch of the slice's last record before an offset; -1: it has none. */
export function epochBefore({ memory, position, bytes }: FetchedSlice, offset: number): number {
  let epoch = -1
  for (let at = position; at < position + bytes; at = align8(at + batchBytes(memory, at))) {
    if (baseOffset(memory, at) >= offset) break
    epoch = partitionLeaderEpoch(memory, at)
  }
  return epoch
}

/** A sentence about a slice with an error, without the error's name. */
export function whyUnreadable({ topic, partition, error, fetchOffset, highWatermark }: FetchedSlice): string {
  const says = `Partition ${partition} of '${topic}' cannot be read on`
  if (error === 'UNSUPPORTED_COMPRESSION_TYPE')
    return `${says} at offset ${fetchOffset}, where a batch is compressed with ${whatIsLacking(highWatermark)}`
  if (error === 'CORRUPT_MESSAGE') {
    return `${says} at offset ${fetchOffset}, where a batch contradicts its CRC, is not a stream of its codec with as many records as it says, or becomes larger than odradek.decompressed.bytes.max or out of all proportion when it is decompressed`
  }
  if (error !== 'OFFSET_OUT_OF_RANGE' || fetchOffset < 0) return says
  return `${says}, because ${whyOutOfRange(fetchOffset, highWatermark)}`
}

function whyOutOfRange(position: number, bound: number): string {
  if (bound > position) return `its log begins at offset ${bound}, behind the position ${position}`
  if (bound >= 0) return `its log was truncated to offset ${bound}, before the position ${position}`
  return bound === -1
    ? `its log does not reach to the position ${position}`
    : `its log ends at offset ${behindEnd(bound)}, before the position ${position}`
}

function whatIsLacking(bits: number): string {
  const codec = codecOf(bits)
  return codec === undefined
    ? `a codec that Kafka does not have (${bits})`
    : `${codec.name}, which takes ${codec.lack()}`
}
