import { expect, test } from 'vitest'
import { groupStoriesOf } from '../../../../src/lab/experiments/group-story.js'
import { rebalanceRedelivers } from '../../../../src/lab/experiments/rebalance-redelivers.js'
import { groupCellOf, runOn } from './given-experiment.js'

const SEEDS = [1, 2, 3]

test.each(['range', 'cooperative-sticky'])(
  'with %s, what a refused commit was to cover is read again',
  async (strategy) => {
    const cell = groupCellOf({ 'session.timeout.ms': 500, 'partition.assignment.strategy': [strategy] })
    const { result, shown } = await runOn('simulation', rebalanceRedelivers, [cell], SEEDS)
    expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, anomalies: [] })
    const [kitchen] = groupStoriesOf(shown[0]?.outcome?.recording.timeline ?? [])
    const refused = kitchen?.commits.find(({ error }) => error !== 'NONE')
    expect(refused).toMatchObject({ member: 'a', generation: 1, error: 'UNKNOWN_MEMBER_ID' })
    const again = kitchen?.handedOut.find(({ isAgain }) => isAgain)
    expect(again).toMatchObject({ member: 'b', generation: 2, partition: refused?.partition, to: refused?.offset })
  },
)
