/** Made-up groups, some with a past, and what Kafka's own assignors gave them: see `test/fixtures/assignments`. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { PartitionName } from '../../../../../../src/protocol/partition.js'
import { assigned, type GivenMember } from './given-group.js'

interface KafkaGroup {
  readonly assignor: string
  readonly members: readonly (Omit<GivenMember, 'owned'> & { readonly owned: readonly string[] })[]
  /** The racks of each partition. */
  readonly topics: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly given: Readonly<Record<string, readonly string[]>>
}

// From dist/test/unit/client/consumer/group/assignors, where the compiled tests run.
const FILE = new URL('../../../../../../../test/fixtures/assignments/assignments.json', import.meta.url)
const groups = JSON.parse(readFileSync(FILE, 'utf8')) as readonly KafkaGroup[]

const partitionOf = (name: string): PartitionName => {
  const [topic, partition] = name.split('-')
  return { topic: topic!, partition: Number(partition) }
}
const nameOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`

function ours({ assignor, members, topics }: KafkaGroup): Readonly<Record<string, readonly string[]>> {
  const given = assigned(
    assignor,
    Object.entries(topics).map(([topic, racks]) => ({ topic, partitionCount: racks.length, partitionRacks: racks })),
    members.map((member) => ({ ...member, owned: member.owned.map(partitionOf) })),
  )
  return sorted(Object.fromEntries(Object.entries(given).map(([id, all]) => [id, all.map(nameOf)])))
}

const sorted = (given: KafkaGroup['given']): KafkaGroup['given'] =>
  Object.fromEntries(Object.entries(given).map(([id, all]) => [id, [...all].sort()]))

const isUniform = ({ members }: KafkaGroup): boolean => new Set(members.map(({ topics }) => topics.join())).size === 1
const hasRacks = ({ members }: KafkaGroup): boolean => members.some(({ rackId }) => rackId !== null)
const hasPast = ({ members }: KafkaGroup): boolean => members.some(({ owned }) => owned.length > 0)
const of = (assignor: string) => groups.filter((group) => group.assignor === assignor)

/** How unlike the loads are, as Kafka counts it: the sum of all differences. */
function unlikeness(given: KafkaGroup['given']): number {
  const loads = Object.values(given).map(({ length }) => length)
  return loads.reduce((sum, a) => sum + loads.reduce((part, b) => part + Math.abs(a - b), 0), 0)
}

const keptOf = ({ members }: KafkaGroup, given: KafkaGroup['given']): number =>
  members.reduce((sum, { memberId, owned }) => sum + owned.filter((name) => given[memberId]!.includes(name)).length, 0)

function nearOf({ members, topics }: KafkaGroup, given: KafkaGroup['given']): number {
  const isNear = (rackId: string | null, name: string): boolean => {
    const { topic, partition } = partitionOf(name)
    return rackId !== null && topics[topic]![partition]!.includes(rackId)
  }
  return members.reduce((sum, { memberId, rackId }) => {
    return sum + given[memberId]!.filter((name) => isNear(rackId, name)).length
  }, 0)
}

describe.each(['range', 'roundrobin'])('%s', (assignor) => {
  test('every member gets what it gets from Kafka', () => {
    expect(of(assignor).length).toBeGreaterThanOrEqual(50)
    for (const group of of(assignor)) expect(ours(group), JSON.stringify(group)).toEqual(sorted(group.given))
  })
})

describe.each(['sticky', 'cooperative-sticky'])('%s', (assignor) => {
  test('every member gets what it gets from Kafka, if all want the same topics', () => {
    const plain = of(assignor).filter((group) => isUniform(group) && !(hasRacks(group) && hasPast(group)))
    expect(plain.length).toBeGreaterThanOrEqual(50)
    for (const group of plain) expect(ours(group), JSON.stringify(group)).toEqual(sorted(group.given))
  })

  test('a past and racks together: no less is kept than with Kafka, and no less is near', () => {
    const groups = of(assignor).filter((group) => isUniform(group) && hasRacks(group) && hasPast(group))
    expect(groups.length).toBeGreaterThanOrEqual(20)
    for (const group of groups) {
      const given = ours(group)
      expect(keptOf(group, given), JSON.stringify(group)).toBeGreaterThanOrEqual(keptOf(group, group.given))
      expect(nearOf(group, given), JSON.stringify(group)).toBeGreaterThanOrEqual(nearOf(group, group.given))
    }
  })

  test('different subscriptions: no less is kept than with Kafka', () => {
    const groups = of(assignor).filter((group) => !isUniform(group) && !hasRacks(group))
    expect(groups.length).toBeGreaterThanOrEqual(40)
    for (const group of groups) {
      expect(keptOf(group, ours(group)), JSON.stringify(group)).toBeGreaterThanOrEqual(keptOf(group, group.given))
    }
  })
})

test('different subscriptions: the loads are no less alike than with Kafka', () => {
  const groups = of('sticky').filter((group) => !isUniform(group) && !hasRacks(group))
  expect(groups.length).toBeGreaterThanOrEqual(40)
  for (const group of groups)
    expect(unlikeness(ours(group)), JSON.stringify(group)).toBeLessThanOrEqual(unlikeness(group.given))
})
