import { expect, test } from 'vitest'
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.js'
import { Memory, POISON } from '../../../src/base/memory.js'
import { LAST_OFFSET_DELTA_AT } from '../../../src/record/layout.js'
import {
  baseOffset,
  batchBytes,
  isCrcValid,
  maxTimestamp,
  partitionLeaderEpoch,
} from '../../../src/record/record-batch.js'
import * as given from './given-log.js'

const { append, appendVisibly, allRecords, allValues, batchOf, batchOfBytes, givenLog, leaderEpochAt, sliceAt } = given

test('an empty log takes no memory', () => {
  const { log, handles } = givenLog()
  expect(handles).toEqual([])
  expect(log).toMatchObject({ logStartOffset: 0, lastStableOffset: 0, highWatermark: 0, logEndOffset: 0 })
  expect(log.read(offset(0), { bytesMax: 100, isolation: 'LOG_END' })).toBeNull()
  log.checkInvariants()
})

test('an append returns the base offset, and records are read in its order', () => {
  const { log } = givenLog()
  expect(appendVisibly(log, batchOf(['a', 'b']), batchOf(['c']), batchOf(['d', 'e']))).toEqual([0, 2, 3])
  expect(allRecords(log).map((record) => `${record.offset}${record.value}`)).toEqual(['0a', '1b', '2c', '3d', '4e'])
})

test('a leader stamps offset and epoch, and the checksum stays that of the producer', () => {
  const { log } = givenLog()
  append(log, batchOf(['a']))
  append(log, batchOf(['b'], { leaderEpoch: leaderEpoch(3) }), leaderEpoch(7))
  const slice = sliceAt(log, 1)
  const memory = log.memoryOf(slice.segment)
  expect([baseOffset(memory, slice.position), partitionLeaderEpoch(memory, slice.position)]).toEqual([1, 7])
  expect(isCrcValid(memory, slice.position)).toBe(true)
})

test('LogAppendTime replaces the time and the checksum, and no record', () => {
  const { log } = givenLog()
  append(log, batchOf(['a', 'b'], { timestamps: [5, 6] }), leaderEpoch(0), timestamp(1234.5))
  const slice = sliceAt(log, 0)
  const memory = log.memoryOf(slice.segment)
  expect([maxTimestamp(memory, slice.position), isCrcValid(memory, slice.position)]).toEqual([1234, true])
  expect(allValues(log)).toEqual(['a', 'b'])
  log.advanceHighWatermark(offset(2))
  expect(log.offsetForTimestamp(timestamp(1000))).toEqual({ offset: 0, timestamp: 1234 })
})

test('batches begin at multiples of 8, in the segment and in a slice', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['1']), batchOf(['22']), batchOf(['333']))
  for (const from of [0, 1, 2]) expect(sliceAt(log, from).position % 8).toBe(0)
  expect(sliceAt(log, 0, 1000).bytes % 8).toBe(0)
})

test('a batch may lie anywhere in its source, and is aligned in the log', () => {
  const { log } = givenLog()
  const source = new Memory(new SharedArrayBuffer(256))
  source.bytes.set(batchOf(['a']).bytes, 4)
  expect(log.append(source, 4, batchBytes(source, 4), leaderEpoch(0))).toBe(0)
  log.advanceHighWatermark(log.logEndOffset)
  expect(sliceAt(log, 0).position % 8).toBe(0)
})

test('a batch larger than a segment is refused, and the log goes on', () => {
  const { log } = givenLog()
  expect(append(log, batchOfBytes(968))).toBe('RECORD_LIST_TOO_LARGE')
  expect(append(log, batchOfBytes(960))).toBe(0)
})

test("a log with segments smaller than the pool's rolls earlier", () => {
  const { log, handles } = givenLog({ segmentBytes: 64 + 240 })
  appendVisibly(log, batchOfBytes(240), batchOfBytes(240))
  expect(handles.length).toBe(2)
  expect(append(log, batchOfBytes(248))).toBe('RECORD_LIST_TOO_LARGE')
})

test('a batch whose memory its producer used again while it was copied is not published', () => {
  let isFenced = false
  const lent = batchOf(['b'])
  const needs = { oldestNeeded: () => offset(0), isFenced: () => isFenced }
  const { log } = givenLog({}, needs, (point) => {
    if (isFenced && point === 'append-begun') lent.bytes.fill(POISON)
  })
  append(log, batchOf(['a']))
  isFenced = true
  expect(append(log, lent)).toBe('fenced')
  isFenced = false
  expect(append(log, batchOf(['c']))).toBe(1)
  expect(allValues(log)).toEqual(['a', 'c'])
})

test("a follower keeps the leader's offsets and epochs", () => {
  const leader = givenLog().log
  const follower = givenLog().log
  append(leader, batchOf(['a', 'b']), leaderEpoch(4))
  append(leader, batchOf(['c']), leaderEpoch(5))
  for (const from of [0, 2]) {
    const { segment, position } = sliceAt(leader, from)
    const memory = leader.memoryOf(segment)
    expect(follower.appendAsFollower(memory, position, batchBytes(memory, position))).toBe(from)
  }
  expect(allRecords(follower)).toEqual(allRecords(leader))
  expect([leaderEpochAt(follower, 1), leaderEpochAt(follower, 2)]).toEqual([4, 5])
})

test('a follower takes what its leader has, though nothing of its own may go yet', () => {
  const { log } = givenLog({ retentionBytes: 100 })
  for (let at = 0; at < 10; at++) {
    const batch = batchOf(['x'.repeat(800)], { baseOffset: offset(at) })
    expect(log.appendAsFollower(batch, 0, batchBytes(batch, 0))).toBe(at)
  }
  expect([log.logStartOffset, log.logEndOffset]).toEqual([0, 10])
  log.checkInvariants()
})

test('a follower appends at the end of its log only', () => {
  const { log } = givenLog()
  append(log, batchOf(['a', 'b']))
  const earlier = batchOf(['a'], { baseOffset: offset(1) })
  expect(() => log.appendAsFollower(earlier, 0, batchBytes(earlier, 0))).toThrow('at the end of its log')
})

test('an empty follower whose leader starts inside a batch begins with that whole batch', () => {
  const { log } = givenLog()
  log.truncateFullyAndStartAt(offset(11))
  const batch = batchOf(['a', 'b', 'c'], { baseOffset: offset(10) })
  expect(log.appendAsFollower(batch, 0, batchBytes(batch, 0))).toBe(10)
  expect([log.logStartOffset, log.logEndOffset]).toEqual([10, 13])
})

test('offsets count on beyond 32 bits', () => {
  const { log } = givenLog()
  const start = 2 ** 53 - 10
  log.truncateFullyAndStartAt(offset(start))
  expect(appendVisibly(log, batchOf(['a', 'b']), batchOf(['c']))).toEqual([start, start + 2])
  expect(allRecords(log).map((record) => record.offset)).toEqual([start, start + 1, start + 2])
  log.checkBatches()
})

test('a segment rolls before its offsets leave 31 bits', () => {
  const { log, handles } = givenLog()
  const compacted = batchOf(['a'])
  compacted.view.setInt32(LAST_OFFSET_DELTA_AT, 2 ** 31 - 2)
  expect(appendVisibly(log, compacted, batchOf(['b', 'c']))).toEqual([0, 2 ** 31 - 1])
  expect(handles.length).toBe(2)
  log.checkBatches()
})

test('a read starts with the batch that contains the offset', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['a', 'b', 'c']), batchOf(['d']))
  expect(sliceAt(log, 2).baseOffset).toBe(0)
  expect(sliceAt(log, 3).baseOffset).toBe(3)
})

test('a read ends with the last batch that fits, and has one batch at least', () => {
  const { log } = givenLog()
  appendVisibly(log, ...Array.from({ length: 8 }, () => batchOfBytes(96)))
  const bytesOf = (bytesMax: number) => sliceAt(log, 1, bytesMax).bytes
  expect([0, 95, 96, 191, 192, 10_000].map(bytesOf)).toEqual([96, 96, 96, 96, 192, 7 * 96])
})

test('a consumer sees nothing beyond the high watermark, a follower everything', () => {
  const { log } = givenLog()
  for (const value of ['a', 'b', 'c']) append(log, batchOf([value]))
  log.advanceHighWatermark(offset(2))
  const bytesOf = (from: number, isolation: 'LOG_END' | 'HIGH_WATERMARK') => {
    const slice = log.read(offset(from), { bytesMax: 1000, isolation })
    return slice === null || typeof slice === 'string' ? slice : slice.bytes
  }
  expect([bytesOf(0, 'HIGH_WATERMARK'), bytesOf(2, 'HIGH_WATERMARK')]).toEqual([144, null])
  expect([bytesOf(0, 'LOG_END'), bytesOf(3, 'LOG_END'), bytesOf(4, 'LOG_END')]).toEqual([
    216,
    null,
    'OFFSET_OUT_OF_RANGE',
  ])
  expect([log.bytesFrom(offset(0)), log.bytesFrom(offset(1)), log.bytesFrom(offset(2))]).toEqual([144, 72, 0])
  expect(log.bytesFrom(offset(2), 'LOG_END')).toBe(72)
})

test('bytes from an offset are counted over all segments', () => {
  const { log } = givenLog()
  appendVisibly(log, ...Array.from({ length: 11 }, () => batchOfBytes(240)))
  expect(log.bytesFrom(offset(1))).toBe(10 * 240)
  expect(log.bytesFrom(offset(10))).toBe(240)
  expect([1, 1_000, 5_000].map((bytesMax) => log.bytesFrom(offset(1), 'LOG_END', bytesMax))).toEqual([1, 1_000, 2_400])
})

test('a high watermark only grows, within its log', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['a', 'b']))
  expect(() => log.advanceHighWatermark(offset(1))).toThrow('only grows')
  expect(() => log.advanceHighWatermark(offset(3))).toThrow('within its log')
})

test('deleted records are out of range, and whole segments of them go', () => {
  const { log, pool } = givenLog()
  appendVisibly(log, ...Array.from({ length: 9 }, () => batchOfBytes(240)))
  expect(log.deleteRecordsBefore(offset(6))).toBe(6)
  expect(log.deleteRecordsBefore(offset(2))).toBe(6)
  expect(log.read(offset(5), { bytesMax: 1, isolation: 'LOG_END' })).toBe('OFFSET_OUT_OF_RANGE')
  expect([sliceAt(log, 6).baseOffset, pool.freeBytes]).toEqual([6, 1024])
  log.checkInvariants()
})

test('records beyond the high watermark cannot be deleted', () => {
  const { log } = givenLog()
  append(log, batchOf(['a']))
  expect(log.deleteRecordsBefore(offset(1))).toBe('OFFSET_OUT_OF_RANGE')
})

test('truncation removes the batch that contains the offset and all behind it', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['a', 'b']), batchOf(['c', 'd']), batchOf(['e']))
  expect(log.truncate(offset(3))).toBe(2)
  expect(log).toMatchObject({ highWatermark: 2, logEndOffset: 2 })
  expect(append(log, batchOf(['x']))).toBe(2)
  expect(allValues(log)).toEqual(['a', 'b', 'x'])
  log.checkBatches()
})

test('truncation reaches back over whole segments', () => {
  const { log, pool } = givenLog()
  for (let count = 0; count < 12; count++) append(log, batchOfBytes(240, `${count}`))
  log.truncate(offset(4))
  expect([log.logEndOffset, pool.freeBytes]).toEqual([4, 2048])
  log.checkInvariants()
})

test('truncation never changes a byte that was published', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['a']), batchOf(['b']))
  const slice = sliceAt(log, 1)
  const memory = log.memoryOf(slice.segment)
  log.lease(slice)
  log.truncate(offset(1))
  append(log, batchOf(['x']))
  expect(given.recordsOf(memory, slice)).toEqual([{ offset: 1, value: 'b' }])
  expect(allValues(log)).toEqual(['a', 'x'])
})

test('truncation beyond the end changes nothing', () => {
  const { log } = givenLog()
  append(log, batchOf(['a']))
  expect(log.truncate(offset(9))).toBe(1)
  expect(allValues(log)).toEqual(['a'])
})

test('truncation at or below the start leaves an empty log there', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['a', 'b']), batchOf(['c']))
  log.deleteRecordsBefore(offset(2))
  expect(log.truncate(offset(1))).toBe(1)
  expect(log).toMatchObject({ logStartOffset: 1, lastStableOffset: 1, highWatermark: 1, logEndOffset: 1 })
  log.checkInvariants()
})

test('truncation inside a batch that was deleted in part removes that batch too', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOf(['a']), batchOf(['b', 'c', 'd']))
  log.deleteRecordsBefore(offset(2))
  expect(log.truncate(offset(3))).toBe(1)
  expect(log).toMatchObject({ logStartOffset: 1, lastStableOffset: 1, highWatermark: 1, logEndOffset: 1 })
  log.checkInvariants()
})

test('a closed log gives all of its segments back, lent ones with their last lease', () => {
  const { log, pool } = givenLog()
  appendVisibly(log, ...Array.from({ length: 9 }, () => batchOfBytes(240)))
  const slice = sliceAt(log, 0)
  log.lease(slice)
  log.close()
  expect(pool.freeBytes).toBe(2 * 1024)
  log.release(slice.segment)
  expect(pool.freeBytes).toBe(3 * 1024)
  expect(() => append(log, batchOf(['a']))).toThrow('stays closed')
})

test('a log with smaller segments from now on ends the one that is larger, and refuses what no segment holds', () => {
  const { log } = givenLog()
  appendVisibly(log, batchOfBytes(400))
  log.reconfigure(given.logOptions({ segmentBytes: 512 }))
  appendVisibly(log, batchOfBytes(160))
  expect(sliceAt(log, 1).segment).not.toBe(sliceAt(log, 0).segment)
  expect(append(log, batchOfBytes(480))).toBe('RECORD_LIST_TOO_LARGE')
  log.checkInvariants()
})

test('a follower takes what its leader has kept, though its segments are to be smaller by now', () => {
  const { log } = givenLog()
  log.reconfigure(given.logOptions({ segmentBytes: 512 }))
  const batch = batchOfBytes(480)
  expect(log.appendAsFollower(batch, 0, batchBytes(batch, 0))).toBe(0)
  log.checkInvariants()
})

test('a log that is compacted from now on has a compaction, and one that is not has none', () => {
  const { log } = givenLog()
  expect(log.compaction).toBeNull()
  const compaction = { minDirtyRatio: 0, lagMsMin: 0, lagMsMax: 1, deleteRetentionMs: 0 }
  log.reconfigure(given.logOptions({ compaction }))
  expect(log.compaction).not.toBeNull()
  log.reconfigure(given.logOptions())
  expect(log.compaction).toBeNull()
})
