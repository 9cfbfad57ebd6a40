import { expect, test } from 'vitest'
import { cooperativeAgainstEager } from '../../../../src/lab/experiments/cooperative-against-eager.js'
import type { LabHost } from '../../../../src/lab/experiments/lab-host.js'
import { groupCellOf, runOn } from './given-experiment.js'

/** Five partitions for two members and a third one; ten records of each partition while the group rebalances. */
function given(strategy: string, partitions = 5) {
  return { ...groupCellOf({ 'partition.assignment.strategy': [strategy] }, { partitions }), records: 10 }
}

const SEEDS = [1, 2, 3]

test.each(['range', 'roundrobin', 'sticky'])(
  'with %s every member gives up all it has, whoever loses anything',
  async (strategy) => {
    const { result, shown } = await runOn('simulation', cooperativeAgainstEager, [given(strategy)], SEEDS)
    expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, anomalies: [] })
    const facts = { 'given up for a new member': 5, 'members that stopped': '2 of 2', 'read twice': 0 }
    expect(shown[0]?.outcome?.facts).toMatchObject(facts)
    // Records have come for forty milliseconds while nobody was handed any.
    expect(Number(shown[0]?.outcome?.facts['longest stop, ms'])).toBeGreaterThanOrEqual(40)
  },
)

test.each([5, 7])(
  'with cooperative-sticky on %i partitions one is given up, and nobody else stops',
  async (partitions) => {
    const cell = given('cooperative-sticky', partitions)
    const { result, shown } = await runOn('simulation', cooperativeAgainstEager, [cell], SEEDS)
    expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, anomalies: [] })
    const { facts } = shown[0]?.outcome ?? {}
    expect(facts).toMatchObject({
      'given up for a new member': 1,
      'members that stopped': `0 of ${(partitions - 1) / 2}`,
      'given up when it left': 0,
      'read twice': 0,
    })
    expect(Number(facts?.['longest stop, ms'])).toBeLessThan(30)
  },
)

test.each([
  ['cooperative-sticky', 'range'],
  ['range', 'cooperative-sticky'],
])('a group that is told %s and does %s breaks the claim', async (told, real) => {
  const other: typeof cooperativeAgainstEager = {
    ...cooperativeAgainstEager,
    run: (host, config, seed) => cooperativeAgainstEager.run(withStrategy(host, real), config, seed),
  }
  const { shown } = await runOn('simulation', other, [given(told)])
  expect(shown[0]?.broken).toHaveLength(1)
})

/** Whatever members are told, they rebalance like this. */
function withStrategy(host: LabHost, strategy: string): LabHost {
  return {
    ...host,
    async start(...args) {
      const cluster = await host.start(...args)
      const { consumer } = cluster.doors
      cluster.doors.consumer = (options = {}) => {
        const isMember = options['group.id'] !== undefined
        const given = isMember ? { ...options, 'partition.assignment.strategy': [strategy] } : options
        return consumer.call(cluster.doors, given)
      }
      return cluster
    },
  }
}

test.each([4, 3, 13])('%i partitions, of which no member could have three, are refused', async (partitions) => {
  const { result } = await runOn('simulation', cooperativeAgainstEager, [given('range'), given('range', partitions)])
  expect(result.runs[1]?.refused).toContain('it must be 5, 7, 9 or 11')
})
