import { expect, test } from 'vitest'
import { offset, timestamp } from '../../../src/base/ids.js'
import { allValues, append, appendVisibly, batchOf, batchOfBytes, givenLog, sliceAt } from './given-log.js'

/** Four of these fill a segment of 1024 bytes with its header of 64. */
const QUARTER_BYTES = 240
const quarters = (count: number) => Array.from({ length: count }, (_, n) => batchOfBytes(QUARTER_BYTES, `${n}`))

test('the oldest segment goes as soon as retention.bytes stay without it', () => {
  const { log } = givenLog({ retentionBytes: 8 * QUARTER_BYTES })
  appendVisibly(log, ...quarters(12))
  expect(log.logStartOffset).toBe(0)
  appendVisibly(log, ...quarters(1))
  expect(log.logStartOffset).toBe(4)
  log.checkInvariants()
})

test('a ring of segments needs no new memory once it is full', () => {
  const { log, handles } = givenLog({ retentionBytes: 8 * QUARTER_BYTES })
  appendVisibly(log, ...quarters(100))
  expect(handles.length).toBe(3)
  expect(log.logEndOffset - log.logStartOffset).toBeGreaterThanOrEqual(8)
})

test('a segment that is not replicated yet is not given up: the append is refused', () => {
  const { log } = givenLog({ retentionBytes: 0 })
  for (const batch of quarters(8)) append(log, batch)
  expect(append(log, quarters(1)[0]!)).toBe('full')
  expect(log.logStartOffset).toBe(0)
  log.advanceHighWatermark(offset(4))
  expect(append(log, quarters(1)[0]!)).toBe(8)
  expect(log.logStartOffset).toBe(4)
})

test('told to block, a full log refuses until nobody needs its oldest segment', () => {
  let needed = 3
  const { log } = givenLog({ retentionBytes: 960, whenFull: 'block' }, { oldestNeeded: () => offset(needed) })
  appendVisibly(log, ...quarters(8))
  expect(appendVisibly(log, ...quarters(1))).toEqual(['full'])
  needed = 4
  expect(appendVisibly(log, ...quarters(1))).toEqual([8])
  expect(log.logStartOffset).toBe(4)
})

test('told to block, a full log refuses while its oldest segment is lent', () => {
  const { log } = givenLog({ retentionBytes: 960, whenFull: 'block' })
  appendVisibly(log, ...quarters(8))
  const slice = sliceAt(log, 3)
  log.lease(slice)
  expect(appendVisibly(log, ...quarters(1))).toEqual(['full'])
  log.release(slice.segment)
  expect(appendVisibly(log, ...quarters(1))).toEqual([8])
})

test('told to delete, a full log asks nobody and gives up its oldest segment, lent or not', () => {
  const asked = () => {
    throw new Error('asked')
  }
  const { log, pool } = givenLog({ retentionBytes: 960 }, { oldestNeeded: asked })
  appendVisibly(log, ...quarters(8))
  const slice = sliceAt(log, 0)
  log.lease(slice)
  expect(appendVisibly(log, ...quarters(1))).toEqual([8])
  expect(log.logStartOffset).toBe(4)
  expect(pool.segmentOf(slice.segment).state).toBe('unlinked')
})

test('a reader that lags behind the oldest segment is out of range', () => {
  const { log } = givenLog({ retentionBytes: 960 })
  appendVisibly(log, ...quarters(9))
  expect(log.read(offset(3), { bytesMax: 100, isolation: 'HIGH_WATERMARK' })).toBe('OFFSET_OUT_OF_RANGE')
})

test('segments go when all of their records are older than retention.ms', () => {
  const { log } = givenLog({ retentionMs: 1000 })
  const at = (time: number) => batchOf(['.'.repeat(700)], { timestamps: [time] })
  appendVisibly(log, at(5000), at(6000), at(7000))
  expect(log.deleteExpired(timestamp(6000))).toBe(0)
  expect(log.deleteExpired(timestamp(6001))).toBe(1)
  expect(log.logStartOffset).toBe(1)
})

test('an old segment behind a young one stays: only the oldest end of a log is cut', () => {
  const { log } = givenLog({ retentionMs: 1000 })
  const at = (time: number) => batchOf(['.'.repeat(700)], { timestamps: [time] })
  appendVisibly(log, at(9000), at(1000), at(9000))
  expect(log.deleteExpired(timestamp(9500))).toBe(0)
})

test('an active segment that is too old goes too, and offsets count on', () => {
  const { log } = givenLog({ retentionMs: 1000 })
  appendVisibly(log, batchOf(['a', 'b'], { timestamps: [5000, 5000] }))
  expect(log.deleteExpired(timestamp(9000))).toBe(1)
  expect(log).toMatchObject({ logStartOffset: 2, lastStableOffset: 2, highWatermark: 2, logEndOffset: 2 })
  expect(log.deleteExpired(timestamp(9999))).toBe(0)
  expect(appendVisibly(log, batchOf(['c']))).toEqual([2])
  log.checkInvariants()
})

test('an empty log has nothing to give up', () => {
  const { log } = givenLog({ retentionBytes: 0 })
  expect(log.deleteExpired(timestamp(0))).toBe(0)
  appendVisibly(log, batchOf(['a']))
  expect([log.deleteExpired(timestamp(0)), log.deleteExpired(timestamp(0))]).toEqual([1, 0])
})

test('records without a timestamp have no age', () => {
  const { log } = givenLog({ retentionMs: 1000 })
  appendVisibly(log, batchOf(['a'], { timestamps: [-1] }))
  expect(log.deleteExpired(timestamp(1e12))).toBe(0)
})

test('retention of unreplicated records waits for the high watermark', () => {
  const { log } = givenLog({ retentionMs: 1000 })
  append(log, batchOf(['a'], { timestamps: [5000] }))
  expect(log.deleteExpired(timestamp(9000))).toBe(0)
  expect(allValues(log)).toEqual(['a'])
})

test('told to block, a log does not give up for its age what somebody needs', () => {
  const { log } = givenLog({ retentionMs: 1000, whenFull: 'block' }, { oldestNeeded: () => offset(0) })
  appendVisibly(log, batchOf(['a'], { timestamps: [5000] }))
  expect(log.deleteExpired(timestamp(9000))).toBe(0)
})
