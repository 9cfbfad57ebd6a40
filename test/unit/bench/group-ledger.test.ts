import { expect, test } from 'vitest'
import { GroupLedger, type Tenure } from '../../../bench/kills/group-ledger.js'

function given(): { ledger: GroupLedger; begin(): Tenure } {
  let reader = 0
  const ledger = new GroupLedger('tea', 1, () => ++reader)
  return { ledger, begin: () => ledger.begin(0, 'consumer-1') }
}

/** A member that reads these records, and commits behind each. */
function readAndCommit({ ledger, begin }: ReturnType<typeof given>, offsets: readonly number[]): void {
  const tenure = begin()
  for (const offset of offsets) {
    ledger.noteRead(tenure, offset)
    ledger.noteAttempt(0, offset + 1)
    ledger.noteCommitted(0, offset + 1)
  }
}

test('a member that begins at what was committed is as it should be, and what it reads again is counted', () => {
  const { ledger, begin } = given()
  const first = begin()
  for (const offset of [0, 1, 2]) ledger.noteRead(first, offset)
  ledger.noteAttempt(0, 1)
  ledger.noteCommitted(0, 1)
  const second = begin()
  for (const offset of [1, 2, 3]) ledger.noteRead(second, offset)
  expect(ledger).toMatchObject({ violations: [], read: 6, redelivered: 2, tenures: 2 })
  expect(second.reader).not.toBe(first.reader)
})

test('a member that begins below what was committed shows that a commit is lost', () => {
  const group = given()
  readAndCommit(group, [0, 1, 2])
  group.ledger.noteRead(group.begin(), 2)
  expect(group.ledger.violations).toEqual(['tea, partition 0: consumer-1 begins at 2, and 3 was committed'])
})

test('a commit that is acknowledged after a member was given its partitions does not count for that member', () => {
  const group = given()
  const tenure = group.begin()
  readAndCommit(group, [0, 1, 2])
  group.ledger.noteRead(tenure, 0)
  expect(group.ledger.violations).toEqual([])
})

test('a member that begins behind all that anybody has committed passes over records', () => {
  const group = given()
  readAndCommit(group, [0])
  group.ledger.noteRead(group.begin(), 2)
  expect(group.ledger.violations).toEqual([
    'tea, partition 0: consumer-1 begins at 2, and nobody has committed more than 1',
  ])
})

test('a member reads each record once, in order', () => {
  const { ledger, begin } = given()
  const tenure = begin()
  for (const offset of [0, 2, 2]) ledger.noteRead(tenure, offset)
  expect(ledger.violations).toEqual([
    'tea, partition 0: consumer-1 reads offset 2 behind 0',
    'tea, partition 0: consumer-1 reads offset 2 behind 2',
  ])
})

test('what a group has committed does not go back, and is not forgotten', () => {
  const group = given()
  const { ledger } = group
  ledger.noteSaid([{ partition: 0, offset: -1 }], ledger.committed)
  readAndCommit(group, [0, 1, 2])
  const before = ledger.committed
  ledger.noteSaid([{ partition: 0, offset: 3 }], before)
  expect(ledger.violations).toEqual([])
  ledger.noteSaid([{ partition: 0, offset: 2 }], before)
  ledger.noteSaid([], before)
  expect(ledger.violations).toEqual([
    'tea has committed 2 of partition 0, and had committed 3',
    'tea has committed 0 of partition 0, and had committed 3',
  ])
})

test('a group has read everything when somebody has read the last record of each partition', () => {
  const group = given()
  readAndCommit(group, [0, 1])
  expect(group.ledger.hasReadTo([2])).toBe(true)
  expect(group.ledger.hasReadTo([3])).toBe(false)
})
