import { expect, test } from 'vitest'
import { leaderEpoch, offset } from '../../../src/base/ids.js'
import { LeaderEpochs } from '../../../src/log/leader-epochs.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { batchOf, givenLog, recovered } from './given-log.js'

/** Epochs 2 from 0, 5 from 10 and 6 from 30, in a log that ends at 40. */
function givenEpochs(): LeaderEpochs {
  const epochs = new LeaderEpochs()
  epochs.note(leaderEpoch(2), offset(0))
  epochs.note(leaderEpoch(5), offset(10))
  epochs.note(leaderEpoch(5), offset(20))
  epochs.note(leaderEpoch(6), offset(30))
  return epochs
}

const endOf = (epochs: LeaderEpochs, epoch: number): unknown => epochs.endOf(leaderEpoch(epoch), offset(40))

test.each([
  ['the latest epoch ends with the log', 6, { leaderEpoch: 6, endOffset: 40 }],
  ['an epoch ends where the next one begins', 2, { leaderEpoch: 2, endOffset: 10 }],
  ['an unknown epoch gets the end of the one before', 4, { leaderEpoch: 2, endOffset: 10 }],
  ['a later epoch gets the end of the latest', 9, { leaderEpoch: 6, endOffset: 40 }],
  ['an epoch whose records were all deleted ends where the first one begins', 1, { leaderEpoch: 1, endOffset: 0 }],
])('%s', (_, epoch, end) => {
  expect(endOf(givenEpochs(), epoch)).toEqual(end)
})

test('a log without batches has no epoch', () => {
  expect([new LeaderEpochs().latest, endOf(new LeaderEpochs(), 3)]).toEqual([null, null])
})

test('a truncation forgets the epochs that begin behind it', () => {
  const epochs = givenEpochs()
  epochs.truncateFromEnd(offset(30))
  expect([epochs.latest, epochs.endOf(leaderEpoch(5), offset(30))]).toEqual([5, { leaderEpoch: 5, endOffset: 30 }])
})

test('a deletion forgets the epochs that end before it', () => {
  const epochs = givenEpochs()
  epochs.truncateFromStart(offset(15))
  expect([endOf(epochs, 2), endOf(epochs, 5)]).toEqual([
    { leaderEpoch: 2, endOffset: 15 },
    { leaderEpoch: 5, endOffset: 30 },
  ])
})

test('epochs never shrink along a log', () => {
  expect(() => givenEpochs().note(leaderEpoch(3), offset(40))).toThrow('Leader epochs grow along a log')
})

test('a log that is recovered knows the epochs of its batches', () => {
  const given = givenLog()
  for (const [value, epoch] of [
    ['a', 1],
    ['b', 4],
    ['c', 4],
  ] as const) {
    const batch = batchOf([value])
    given.log.append(batch, 0, batchBytes(batch, 0), leaderEpoch(epoch))
  }
  const { log } = recovered(given.handles)
  expect([log.latestEpoch, log.endOfEpoch(leaderEpoch(3))]).toEqual([4, { leaderEpoch: 1, endOffset: 1 }])
})
