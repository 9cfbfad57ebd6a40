import { expect, test } from 'vitest'
import { offset, timestamp } from '../../../src/base/ids.js'
import { CRC_AT, GZIP } from '../../../src/record/layout.js'
import {
  batchesFrom,
  compact,
  compacted,
  givenCompactedLog,
  keyed,
  latestOf,
  rows,
  sealActive,
} from './given-compaction.js'
import { appendVisibly, recovered, sliceAt } from './given-log.js'

test('an offset in a gap is read on behind the gap, across segments as well', () => {
  const { log } = givenCompactedLog()
  for (let count = 0; count < 40; count++) appendVisibly(log, keyed([['a', `${count}`.padEnd(200, '.')]]))
  appendVisibly(log, keyed([['b', '1']]))
  sealActive(log)
  compact(log)
  const left = batchesFrom(log).map(({ baseOffset }) => baseOffset)
  for (let from = 0; from < log.logEndOffset; from++) {
    const slice = sliceAt(log, from)
    expect(slice.baseOffset).toBe(left.find((base) => base >= from))
    expect(log.bytesFrom(offset(from), 'LOG_END')).toBeGreaterThan(0)
  }
})

test('what is left of neighbouring segments is joined, and the rest of the memory comes back', () => {
  const { log, pool, handles } = givenCompactedLog()
  for (let count = 0; count < 60; count++) appendVisibly(log, keyed([[`${count % 3}`, `${count}`.padEnd(200, '.')]]))
  const segmentsBefore = handles.length
  compact(log)
  expect(segmentsBefore).toBeGreaterThan(15)
  expect(pool.freeBytes / pool.segmentBytes).toBeGreaterThanOrEqual(segmentsBefore - 3)
  expect(handles.length).toBeLessThanOrEqual(segmentsBefore + 2)
})

test('a log whose keys are written over and over takes no more memory than its keys', () => {
  const { log, handles } = givenCompactedLog({ minDirtyRatio: 0.5 })
  for (let count = 0; count < 2_000; count++) {
    appendVisibly(log, keyed([[`${count % 8}`, `${count}`.padEnd(100, '.')]]))
    log.compaction?.step(1_000, timestamp(count))
  }
  expect(latestOf(log).size).toBe(8)
  expect(handles.length).toBeLessThan(12)
})

test('a reader that holds a lease on a compacted segment reads what it was lent', () => {
  const { log, pool } = givenCompactedLog()
  appendVisibly(log, keyed([['a', '1']]), keyed([['a', '2']]))
  sealActive(log)
  const slice = sliceAt(log, 0, 300)
  log.lease(slice)
  const memory = log.memoryOf(slice.segment)
  const lent = Buffer.from(memory.bytes.subarray(slice.position, slice.position + slice.bytes))
  compact(log)
  expect(pool.segmentOf(slice.segment).state).toBe('unlinked')
  for (let count = 0; count < 40; count++) appendVisibly(log, keyed([['b', 'x'.repeat(200)]]))
  expect(memory.bytes.subarray(slice.position, slice.position + slice.bytes).equals(lent)).toBe(true)
  log.release(slice.segment)
  expect(pool.segmentOf.bind(pool, slice.segment)).toThrow()
})

test('a segment of which nothing goes stays where it is', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['a', 'x'.repeat(400)]]), keyed([['b', 'x'.repeat(400)]]))
  sealActive(log)
  const { segment } = sliceAt(log, 0)
  compact(log)
  expect(sliceAt(log, 0).segment).toBe(segment)
  expect(log.compaction?.dirtyRatio(timestamp(0))).toBe(0)
})

test('full segments of tombstones, which horizons make longer, are compacted into more segments', () => {
  const { log, handles } = givenCompactedLog()
  for (let count = 100; count < 500; count++) appendVisibly(log, keyed([[`${count}`, null]]))
  sealActive(log)
  compact(log, 100_000)
  expect(rows(log).length).toBe(400)
  const next = recovered(handles, compacted()).log
  expect(rows(next)).toEqual(rows(log))
  sealActive(next)
  compact(next, 200_000)
  expect(rows(next)).toEqual([])
})

test('a batch that cannot be read ends the compaction of its log, and nothing else', () => {
  const { log } = givenCompactedLog()
  const broken = keyed([['a', '1'.repeat(100)]], { attributes: GZIP })
  appendVisibly(log, broken)
  const slice = sliceAt(log, 0)
  const memory = log.memoryOf(slice.segment)
  memory.bytes.fill(0, slice.position + 61, slice.position + slice.bytes)
  sealActive(log)
  compact(log)
  expect(log.compaction?.dirtyRatio(timestamp(0))).toBe(0)
  expect(appendVisibly(log, keyed([['b', '1']]))).toEqual([3])
  expect(memory.view.getUint32(slice.position + CRC_AT)).toBeGreaterThanOrEqual(0)
})

test.each([
  [0.5, 3, 0],
  [0.5, 6, 1],
])('with min.cleanable.dirty.ratio %f, %i dirty segments after three clean ones are due: %i', (ratio, dirty, isDue) => {
  const { log } = givenCompactedLog({ minDirtyRatio: ratio })
  const distinct = (count: number, name: string) => {
    for (let n = 0; n < count; n++) appendVisibly(log, keyed([[`${name}${n}`, 'x'.repeat(800)]]))
  }
  distinct(4, 'clean')
  compact(log)
  distinct(dirty, 'dirty')
  expect(Math.sign(log.compaction?.dirtyRatio(timestamp(0)) ?? 0)).toBe(isDue)
})

test('min.compaction.lag.ms keeps what is younger', () => {
  const { log } = givenCompactedLog({ lagMsMin: 1_000 })
  appendVisibly(
    log,
    keyed([['a', '1']], { timestamps: [5_000] }),
    keyed([['a', 'x'.repeat(700)]], { timestamps: [6_000] }),
  )
  appendVisibly(log, keyed([['b', 'x'.repeat(700)]], { timestamps: [7_000] }))
  compact(log, 6_999)
  expect(rows(log).length).toBe(3)
  compact(log, 7_000)
  expect(rows(log).length).toBe(2)
})

test('max.compaction.lag.ms ends the active segment and compacts it, whatever the ratio', () => {
  const { log } = givenCompactedLog({ minDirtyRatio: 1, lagMsMax: 1_000 })
  appendVisibly(log, keyed([['a', '1']], { timestamps: [5_000] }), keyed([['a', '2']], { timestamps: [5_900] }))
  compact(log, 6_000)
  expect(rows(log)).toEqual(['0 a=1', '1 a=2'])
  compact(log, 6_001)
  expect(rows(log)).toEqual(['1 a=2'])
})

test('a truncation ends a compaction that is under way, and the log is as it was cut', () => {
  const { log, pool } = givenCompactedLog()
  for (let count = 0; count < 30; count++) appendVisibly(log, keyed([['a', `${count}`.padEnd(200, '.')]]))
  for (let steps = 0; steps < 40; steps++) log.compaction?.step(1, timestamp(0))
  log.truncate(offset(6))
  compact(log)
  log.checkInvariants()
  pool.checkInvariants()
  expect(log.logEndOffset).toBeLessThanOrEqual(6)
  expect(appendVisibly(log, keyed([['a', 'new']]))).toEqual([log.logEndOffset - 1])
  expect(latestOf(log).get('a')).toBe('new')
})

test('a truncation into a gap ends the log with the last batch before it', () => {
  const { log } = givenCompactedLog()
  appendVisibly(log, keyed([['a', '1']]), keyed([['b', '1']]), keyed([['b', '2']]), keyed([['b', '3']]))
  sealActive(log)
  compact(log)
  expect(log.truncate(offset(2))).toBe(1)
  log.checkInvariants()
  log.checkBatches()
  expect(rows(log)).toEqual(['0 a=1'])
})

test('the oldest segments may go while a compaction is under way', () => {
  const { log, pool } = givenCompactedLog()
  for (let count = 0; count < 60; count++) appendVisibly(log, keyed([[`${count % 7}`, `${count}`.padEnd(200, '.')]]))
  const expected = latestOf(log)
  for (let before = 4; before < 40; before += 3) {
    log.compaction?.step(500, timestamp(0))
    log.deleteRecordsBefore(offset(before))
    log.checkInvariants()
    log.checkBatches()
  }
  compact(log)
  pool.checkInvariants()
  expect(latestOf(log)).toEqual(expected)
  expect(log.logStartOffset).toBe(37)
})

test('a log that is closed while it is compacted gives all memory back', () => {
  const { log, pool, handles } = givenCompactedLog()
  for (let count = 0; count < 30; count++) appendVisibly(log, keyed([['a', `${count}`.padEnd(200, '.')]]))
  for (let steps = 0; steps < 40; steps++) log.compaction?.step(1, timestamp(0))
  log.close()
  pool.checkInvariants()
  expect(pool.freeBytes).toBe(handles.length * pool.segmentBytes)
})

test('a follower takes what its leader has compacted, and begins in a gap', () => {
  const { log } = givenCompactedLog()
  for (let count = 0; count < 20; count++) appendVisibly(log, keyed([['a', `${count}`.padEnd(200, '.')]]))
  appendVisibly(log, keyed([['b', '1']]))
  sealActive(log)
  compact(log)
  const follower = givenCompactedLog().log
  follower.truncateFullyAndStartAt(offset(5))
  for (let next = follower.logEndOffset; next < log.logEndOffset; next = follower.logEndOffset) {
    const { segment, position } = sliceAt(log, next)
    const memory = log.memoryOf(segment)
    follower.appendAsFollower(memory, position, memory.view.getInt32(position + 8) + 12)
    follower.checkInvariants()
    follower.checkBatches()
  }
  expect(follower.logEndOffset).toBe(log.logEndOffset)
  expect(latestOf(follower)).toEqual(latestOf(log))
})
