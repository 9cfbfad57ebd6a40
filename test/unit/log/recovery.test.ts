import { expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import { SharedLog } from '../../../src/log/shared-log.js'
import type { LogPoint } from '../../../src/log/types.js'
import * as given from './given-log.js'

const { append, appendVisibly, allRecords, allValues, batchOf, batchOfBytes, givenLog, Killed, recovered } = given

type Point = Parameters<LogPoint>[0]

/** A log of eight batches in two full segments whose thread dies the first time it comes to this point in `action`. */
function killedAt(killPoint: Point, options: Parameters<typeof givenLog>[0], action: (log: SharedLog) => void) {
  let isArmed = false
  const point: LogPoint = (name) => {
    if (isArmed && name === killPoint) throw new Killed()
  }
  const { log, handles } = givenLog(options, undefined, point)
  for (let count = 0; count < 8; count++) appendVisibly(log, batchOfBytes(240, `${count}`))
  const before = snapshot(log)
  isArmed = true
  expect(() => action(log)).toThrow(Killed)
  return { before, after: recovered(handles, options).log }
}

function snapshot(log: SharedLog) {
  log.checkInvariants()
  log.checkBatches()
  const { logStartOffset, lastStableOffset, highWatermark, logEndOffset } = log
  return { logStartOffset, lastStableOffset, highWatermark, logEndOffset, records: allRecords(log) }
}

test('a log recovers its records, offsets and epochs from memory alone', () => {
  const { log, handles } = givenLog()
  for (let count = 0; count < 11; count++) append(log, batchOfBytes(240, `${count}`))
  log.advanceHighWatermark(offset(9))
  log.deleteRecordsBefore(offset(5))
  expect(snapshot(recovered(handles).log)).toEqual(snapshot(log))
})

test('a recovered log goes on in the segment where the last one stopped', () => {
  const { log, handles } = givenLog()
  appendVisibly(log, batchOf(['a']))
  const next = recovered(handles)
  expect(appendVisibly(next.log, batchOf(['b']))).toEqual([1])
  expect([allValues(next.log), next.handles.length]).toEqual([['a', 'b'], 1])
})

test.each(['append-begun', 'append-copied', 'append-stamped'] as const)(
  'a thread that dies at %s has appended nothing',
  (point) => {
    const { before, after } = killedAt(point, {}, (log) => append(log, batchOf(['x'])))
    expect(snapshot(after)).toEqual(before)
    expect(append(after, batchOf(['y']))).toBe(8)
  },
)

test('a thread that dies after it published has appended', () => {
  const { before, after } = killedAt('append-published', {}, (log) => append(log, batchOf(['x'])))
  expect(snapshot(after)).toEqual({
    ...before,
    logEndOffset: 9,
    records: [...before.records, { offset: 8, value: 'x' }],
  })
})

test('a thread that dies while it rolls leaves the same records', () => {
  const { before, after } = killedAt('segment-opened', {}, (log) => append(log, batchOf(['x'])))
  expect(snapshot(after)).toEqual(before)
})

test('a thread that dies after it gave up the oldest segment leaves a log without it', () => {
  const options = { retentionBytes: 960 }
  const { before, after } = killedAt('segment-unlinked', options, (log) => append(log, batchOf(['x'])))
  expect(snapshot(after)).toEqual({ ...before, logStartOffset: 4, records: before.records.slice(4) })
})

test.each([
  ['into the last segment', 6],
  ['at the boundary of two segments', 4],
  ['into the first segment', 2],
])('a thread that dies in a truncation %s has truncated', (_where, to) => {
  const { before, after } = killedAt('segment-opened', {}, (log) => log.truncate(offset(to)))
  const records = before.records.slice(0, to)
  expect(snapshot(after)).toEqual({
    logStartOffset: 0,
    lastStableOffset: to,
    highWatermark: to,
    logEndOffset: to,
    records,
  })
})

test.each([
  ['segment-opened', 3],
  ['segment-opened', 100],
  ['segment-opened', 8],
  ['segment-unlinked', 3],
  ['segment-unlinked', 100],
] as const)('a thread that dies at %s while it starts anew at %i leaves an empty log there', (point, start) => {
  const { after } = killedAt(point, {}, (log) => log.truncateFullyAndStartAt(offset(start)))
  const offsets = { logStartOffset: start, lastStableOffset: start, highWatermark: start, logEndOffset: start }
  expect(snapshot(after)).toEqual({ ...offsets, records: [] })
  expect(append(after, batchOf(['x']))).toBe(start)
})

test('records that a truncation cut off stay cut off after later deaths', () => {
  const { log, handles } = givenLog()
  for (const value of ['a', 'b', 'c']) append(log, batchOf([value]))
  log.truncate(offset(1))
  append(log, batchOf(['x']))
  const once = recovered(handles)
  append(once.log, batchOf(['y']))
  expect(allValues(recovered(once.handles).log)).toEqual(['a', 'x', 'y'])
})

test.each([
  [1, 2],
  [1, 2 ** 32 + 1],
])('the logs of one broker are told apart: %i and %i', (one, other) => {
  const first = givenLog({ log: one })
  const second = new SharedLog(
    first.pool,
    given.logOptions({ log: other }),
    { oldestNeeded: () => offset(0) },
    () => {},
  )
  append(first.log, batchOf(['a']))
  append(second, batchOf(['b']))
  expect(allValues(recovered(first.handles, { log: one }).log)).toEqual(['a'])
  expect(allValues(recovered(first.handles, { log: other }).log)).toEqual(['b'])
})

test('inherited memory may be lent, so it is dropped when its log is done with it', () => {
  const { log, handles } = givenLog()
  appendVisibly(log, batchOf(['a']))
  const next = recovered(handles)
  next.log.close()
  expect(next.pool.freeBytes).toBe(0)
})
