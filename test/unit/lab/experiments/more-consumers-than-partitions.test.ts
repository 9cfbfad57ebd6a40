import { expect, test } from 'vitest'
import { groupStoriesOf } from '../../../../src/lab/experiments/group-story.js'
import { moreConsumersThanPartitions } from '../../../../src/lab/experiments/more-consumers-than-partitions.js'
import { groupCellOf, runOn } from './given-experiment.js'

const given = (strategy: string, partitions: number) =>
  groupCellOf({ 'partition.assignment.strategy': [strategy] }, { partitions })

test.each([
  ['range', 1],
  ['roundrobin', 2],
  ['sticky', 3],
  ['cooperative-sticky', 3],
])(
  'with %s on %i partitions two members have nothing, until they take the places of others',
  async (strategy, partitions) => {
    const cell = given(strategy, partitions)
    const { result, shown } = await runOn('simulation', moreConsumersThanPartitions, [cell], [1, 2, 3])
    expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, anomalies: [] })
    const facts = { members: partitions + 2, 'with a partition': partitions, 'without one': 2, 'read twice': 0 }
    expect(shown[0]?.outcome?.facts).toMatchObject(facts)
    const [kitchen] = groupStoriesOf(shown[0]?.outcome?.recording.timeline ?? [])
    const ends = kitchen?.members.flatMap(({ member, end }) => (end === null ? [] : [{ member, how: end.how }]))
    expect(ends?.map(({ how }) => how).sort()).toEqual(['dies', 'leaves'])
    // In the end every member that is left has one partition.
    const open = kitchen?.owned.filter(({ end }) => end === 'open') ?? []
    const left = kitchen?.members.filter(({ end }) => end === null).map(({ member }) => member)
    expect(open.map(({ member }) => member).sort()).toEqual(left)
  },
)

test('more partitions than there may be threads are refused', async () => {
  const { result } = await runOn('simulation', moreConsumersThanPartitions, [given('range', 1), given('range', 9)])
  expect(result.runs[1]?.refused).toContain('it must be at most 8 here')
})
