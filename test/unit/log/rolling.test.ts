import { expect, test } from 'vitest'
import { timestamp } from '../../../src/base/ids.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { allValues, append, appendVisibly, batchOf, type GivenLog, givenLog } from './given-log.js'

const ROLL_MS = 100
const at = (...timestamps: number[]) =>
  batchOf(
    timestamps.map((time) => `${time}`),
    { timestamps },
  )
const segmentsOf = ({ handles }: GivenLog): number => handles.length

// `LogSegment.shouldRoll`: the largest timestamps of the first batch and of the one that comes.
test('a segment ends before a batch that is younger than its first one by more than segment.ms', () => {
  const given = givenLog({ rollMs: ROLL_MS })
  appendVisibly(given.log, at(1_000, 900), at(1_100), at(1_000))
  expect(segmentsOf(given)).toBe(1)
  appendVisibly(given.log, at(1_101), at(1_201))
  expect(segmentsOf(given)).toBe(2)
  appendVisibly(given.log, at(1_300, 1_202))
  expect(segmentsOf(given)).toBe(3)
  expect(allValues(given.log)).toHaveLength(8)
})

test('where the broker gives the time, that time counts', () => {
  const given = givenLog({ rollMs: ROLL_MS })
  for (const now of [1_000, 1_100, 1_101]) append(given.log, at(7), undefined, timestamp(now))
  expect(segmentsOf(given)).toBe(2)
})

test('a follower goes by the same times', () => {
  const [leader, follower] = [givenLog({ rollMs: ROLL_MS }), givenLog({ rollMs: ROLL_MS })]
  for (const batch of [at(1_000), at(1_101), at(1_150)]) {
    append(leader.log, batch)
    const copy = at(Number(allValues(leader.log).at(-1)))
    copy.view.setBigInt64(0, BigInt(leader.log.logEndOffset - 1))
    follower.log.appendAsFollower(copy, 0, batchBytes(copy, 0))
  }
  expect([segmentsOf(leader), segmentsOf(follower)]).toEqual([2, 2])
})

test('a segment whose first batch has no timestamp does not age', () => {
  const given = givenLog({ rollMs: ROLL_MS })
  appendVisibly(given.log, at(-1), at(5_000))
  expect(segmentsOf(given)).toBe(1)
})

test('what a log of another segment.ms holds already ends with the next batch', () => {
  const given = givenLog()
  appendVisibly(given.log, at(1_000), at(9_000))
  given.log.reconfigure({ retentionBytes: -1, retentionMs: -1, indexIntervalBytes: 100, whenFull: 'delete', rollMs: 1 })
  appendVisibly(given.log, at(9_001))
  expect(segmentsOf(given)).toBe(2)
})
