import { expect, test } from 'vitest'
import { awaitingEachSend } from '../../../../src/lab/experiments/awaiting-each-send.js'
import { cellOf, runOn } from './given-experiment.js'

const SEEDS = [1, 2, 3]

test.each([0, 5])(
  'with linger.ms=%i, awaiting each send makes ten batches of ten records, and not awaiting one',
  async (linger) => {
    const cell = cellOf({ 'linger.ms': linger, 'max.in.flight.requests.per.connection': 5 })
    const { result, shown } = await runOn('simulation', awaitingEachSend, [cell], SEEDS)
    expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
    expect(shown[0]?.outcome?.facts).toMatchObject({
      'one by one: batches': 10,
      'one by one: requests': 10,
      'together: batches': 1,
      'together: requests': 1,
    })
  },
)

test('a batch.size without room for several records is refused with the reason, and nothing is run', async () => {
  const cells = [cellOf({ 'batch.size': 0 }), cellOf({ 'batch.size': 16_384 })]
  const { result } = await runOn('simulation', awaitingEachSend, cells)
  expect(result).toMatchObject({ verdict: 'holds', runs: [{ seeds: 0 }, { seeds: 1 }] })
  expect(result.runs[0]?.refused).toContain('batch.size must have room for 4 of them')
})
