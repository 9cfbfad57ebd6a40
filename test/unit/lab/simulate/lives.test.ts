import { expect, test } from 'vitest'
import type { Read } from '../../../../src/lab/history/history.js'
import { checkLives, type Life, NO_LIFE, type Placed, type Session } from '../../../../src/lab/simulate/lives.js'

const FIRST = 4
const SECOND = 7

/** An acknowledged record: in which life, and at which offset. */
function placed(life: Life, number: number, offset: number): Placed {
  const about = { producer: 1, number, partition: 0, acks: -1 as const, keepsOrder: true, isOnce: true }
  const times = { invokedAt: 10 * number, completedAt: 10 * number + 5 }
  return { record: { ...about, ...times, outcome: 'acknowledged', offset }, life }
}

/** What was read in one go: these numbers, from offset 0 on. */
function session(numbers: readonly number[], { life = NO_LIFE, isWhole = false } = {}): Session {
  const read = numbers.map((number, offset): Read => {
    return { consumer: 0, poll: 1, partition: 0, offset, producer: 1, number, isIntact: true, highWatermark: 1e6 }
  })
  return { life, isWhole, read }
}

const TWO_LIVES = [placed(FIRST, 0, 0), placed(FIRST, 1, 1), placed(SECOND, 2, 0), placed(SECOND, 3, 1)]

test.each<[string, readonly Placed[], readonly Session[], string | null]>([
  [
    'a record that a deletion has taken with it is not lost',
    TWO_LIVES,
    [session([0]), session([2, 3]), session([2, 3], { life: SECOND, isWhole: true })],
    null,
  ],
  [
    'a record that lies in its last life and is not there is lost',
    TWO_LIVES,
    [session([0, 1]), session([2], { life: SECOND, isWhole: true })],
    'A2',
  ],
  [
    'a record that was passed over in a life is lost, whatever came later',
    TWO_LIVES,
    [session([1]), session([2])],
    'A18',
  ],
  ['a record of one life is not read in another', TWO_LIVES, [session([0, 2])], 'A16'],
  ['a consumer does not go back to the beginning of a life', TWO_LIVES, [session([0]), session([0, 1])], 'A12'],
  ['a consumer does not go back to an earlier life', TWO_LIVES, [session([2]), session([0])], 'A12'],
  [
    'a record of which nobody can tell the life may be in either, or in both',
    [placed(FIRST, 0, 0), placed(NO_LIFE, 1, 1), placed(SECOND, 2, 1)],
    [session([0, 1]), session([1, 2]), session([1, 2], { life: SECOND, isWhole: true })],
    null,
  ],
  [
    'a record of which nobody can tell the life is not twice in one',
    [placed(NO_LIFE, 0, 0), placed(SECOND, 1, 1)],
    [session([0, 1, 0], { life: SECOND, isWhole: true })],
    'A4',
  ],
])('%s', (_, records, sessions, anomaly) => {
  expect(checkLives(records, sessions)?.id ?? null).toBe(anomaly)
})
