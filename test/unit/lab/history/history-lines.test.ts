import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkHistory } from '../../../../src/lab/history/check-history.js'
import { historyLines } from '../../../../src/lab/history/history-lines.js'
import { histories } from './given-histories.js'
import { checked, essenceOf } from './given-told.js'

test('a history has the same anomalies after it was written to a file', async () => {
  const written = histories
    // A poll is one line: nobody else reads in the middle of it.
    .map((history) => ({ ...history, read: [...history.read].sort((a, b) => a.consumer - b.consumer) }))
    .filter(({ sent, read }) => sent.length + read.length > 0)
  await fc.assert(
    fc.asyncProperty(written, fc.integer({ min: 1, max: 400 }), async (history, chunkBytes) => {
      const own = checkHistory(history)
      const told = await checked([...historyLines(history)].join('\n'), chunkBytes)
      expect(essenceOf(told)).toEqual(essenceOf(own))
      expect([told.lost, told.lostBroken]).toEqual([own.lost.count, own.lost.broken])
    }),
    { numRuns: 500 },
  )
})
