import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkHistory } from '../../../../src/lab/history/check-history.js'
import type { History } from '../../../../src/lab/history/history.js'
import { histories } from './given-histories.js'
import { naiveCounts } from './naive-check.js'

/** As `naiveCounts` has them. */
function countsOf(history: History): Record<string, number> {
  const { counts, broken, lost } = checkHistory(history)
  const promised = Object.entries(broken).map(([id, count]) => [`${id}!`, count] as const)
  return { ...counts, ...Object.fromEntries(promised), ...(lost.count === 0 ? {} : { lost: lost.count }) }
}

test('the checker finds what each anomaly is defined to be, as often as it is there', () => {
  fc.assert(
    fc.property(histories, (history) => {
      expect(countsOf(history)).toEqual(naiveCounts(history))
    }),
    { numRuns: 3_000 },
  )
})
