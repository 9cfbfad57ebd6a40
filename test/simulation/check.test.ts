import { expect, test } from 'vitest'
import type { Guard } from '../../src/base/guards.js'
import { checkHistory } from '../../src/lab/history/check-history.js'
import type { History } from '../../src/lab/history/history.js'
import { historyLines } from '../../src/lab/history/history-lines.js'
import { runSeed } from '../../src/lab/simulate/run-seed.js'
import { checked, essenceOf } from '../unit/lab/history/given-told.js'

const SEEDS_MAX = 40

async function historyOf(seed: number, without: readonly Guard[]): Promise<History> {
  let told: History | undefined
  await runSeed(seed, {
    without,
    onHistory: (history) => {
      told = history
    },
  })
  return told as History
}

test.each<[Guard, string]>([
  ['acks-all-waits', 'A1'],
  ['consumers-see-committed', 'A21'],
])('the anomalies of a cluster without %s are found in a file of its history as well', async (guard, anomaly) => {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const history = await historyOf(seed, [guard])
    const own = checkHistory(history)
    const told = await checked([...historyLines(history)].join('\n'))
    expect(essenceOf(told)).toEqual(essenceOf(own))
    if (Object.hasOwn(own.broken, anomaly)) return
  }
  expect.fail(`No seed up to ${SEEDS_MAX} shows ${anomaly}`)
})
