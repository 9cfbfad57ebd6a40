/** What holds of every group. Seeds decide what the groups look like, and their histories. */
import { describe, expect, test } from 'vitest'
import { type Random, seededRandom } from '../../../../../../src/base/random.js'
import { parseAssignmentStrategy } from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'
import type { GroupTopic } from '../../../../../../src/client/consumer/group/assignors/assignor.js'
import type { PartitionName } from '../../../../../../src/protocol/partition.js'
import { assigned, type Given, type GivenMember } from './given-group.js'

const SEEDS = 50
const ALL = ['range', 'roundrobin', 'sticky', 'cooperative-sticky']
const STICKY = ['sticky', 'cooperative-sticky']
const RACKS = ['r1', 'r2', 'r3']
const TOPICS = ['A', 'B', 'C', 'D', 'E']

interface GivenGroup {
  readonly members: readonly GivenMember[]
  readonly topics: readonly GroupTopic[]
}
interface Kind {
  readonly wants: 'the same topics' | 'different topics'
  readonly racks: 'no racks' | 'racks'
}
const KINDS: readonly Kind[] = (['the same topics', 'different topics'] as const).flatMap((wants) =>
  (['no racks', 'racks'] as const).map((racks) => ({ wants, racks })),
)
const PLAIN = KINDS.filter(({ racks }) => racks === 'no racks')

const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index))
const shuffled = <Item>(random: Random, items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
const nameOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`

function groupOf(random: Random, { wants, racks }: Kind): GivenGroup {
  const topics = TOPICS.slice(0, 1 + random.below(TOPICS.length)).map((topic): GroupTopic => {
    const partitionCount = 1 + random.below(12)
    const partitionRacks = times(partitionCount, () => RACKS.filter(() => random.boolean(0.4)))
    return { topic, partitionCount, ...(racks === 'racks' && { partitionRacks }) }
  })
  const members = times(1 + random.below(8), (index) => memberOf(random, `m${index + 1}`, topics, { wants, racks }))
  return { members, topics }
}

function memberOf(
  random: Random,
  memberId: string,
  topics: readonly GroupTopic[],
  { wants, racks }: Kind,
): GivenMember {
  return {
    memberId,
    groupInstanceId: null,
    rackId: racks === 'racks' && random.boolean(0.8) ? random.pick(RACKS) : null,
    topics: topics.map(({ topic }) => topic).filter(() => wants === 'the same topics' || random.boolean(0.6)),
    owned: [],
    generationId: -1,
  }
}

/** The group after all members have taken in what they were given. */
const settled = (group: GivenGroup, given: Given, generationId: number): GivenGroup => ({
  ...group,
  members: group.members.map((one) => ({ ...one, owned: given[one.memberId]!, generationId })),
})

/** Anything at all that members may claim: what others claim as well, what they do not want, what does not exist. */
const withAnyClaims = (random: Random, group: GivenGroup): GivenGroup => ({
  ...group,
  members: group.members.map((one) => ({
    ...one,
    generationId: random.below(4) - 1,
    owned: times(random.below(12), () => ({ topic: random.pick(TOPICS), partition: random.below(14) })),
  })),
})

const give = (assignor: string, { topics, members }: GivenGroup): Given => assigned(assignor, topics, members)

/** The partitions that somebody wants. */
const wanted = ({ members, topics }: GivenGroup): readonly string[] =>
  topics
    .filter(({ topic }) => members.some((one) => one.topics.includes(topic)))
    .flatMap(({ topic, partitionCount }) => times(partitionCount, (partition) => nameOf({ topic, partition })))

/** Who claims a partition in truth: the one of the newest generation, if it is one alone. */
function ownerOf({ members }: GivenGroup, name: string): string | null {
  const claimants = members.filter(({ owned }) => owned.map(nameOf).includes(name))
  const newest = claimants.filter((one) => claimants.every((other) => other.generationId <= one.generationId))
  return newest.length === 1 ? newest[0]!.memberId : null
}

const claimedByOthers = ({ members }: GivenGroup, name: string, memberId: string): boolean =>
  members.some((one) => one.memberId !== memberId && one.owned.map(nameOf).includes(name))

function forSeeds(check: (random: Random, seed: number) => void): void {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      check(seededRandom(seed), seed)
    } catch (error) {
      throw new Error(`Seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
  }
}

describe.each(KINDS)('members that want $wants, $racks', (kind) => {
  test.each(ALL)('%s gives every wanted partition once, to a member that wants it', (assignor) => {
    forSeeds((random) => {
      const group = groupOf(random, kind)
      const given = give(assignor, group)
      expect(Object.values(given).flat().map(nameOf).sort()).toEqual([...wanted(group)].sort())
      for (const { memberId, topics } of group.members)
        for (const { topic } of given[memberId]!) expect(topics).toContain(topic)
    })
  })

  test.each(ALL)('%s gives the same in whatever order members, topics and claims are listed', (assignor) => {
    forSeeds((random) => {
      const { topics, members } = withAnyClaims(random, groupOf(random, kind))
      const listed = members.map((one) => ({
        ...one,
        topics: shuffled(random, one.topics),
        owned: shuffled(random, one.owned),
      }))
      const again = { topics: shuffled(random, topics), members: shuffled(random, listed) }
      expect(give(assignor, again)).toEqual(give(assignor, { topics, members }))
    })
  })

  test.each(STICKY)('%s takes any claims, true or not', (assignor) => {
    forSeeds((random) => {
      const group = withAnyClaims(random, groupOf(random, kind))
      const given = Object.entries(give(assignor, group)).flatMap(([memberId, all]) =>
        all.map((one) => ({ memberId, name: nameOf(one) })),
      )
      const names = given.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      const missing = wanted(group).filter((name) => !names.includes(name))
      if (assignor === 'sticky') expect(missing).toEqual([])
      // In a cooperative round, what is missing is what somebody must give up first.
      else for (const name of missing) expect(claimedByOthers(group, name, '')).toBe(true)
    })
  })

  test('cooperative-sticky gives nothing that another member still holds', () => {
    forSeeds((random) => {
      const group = withAnyClaims(random, groupOf(random, kind))
      for (const [memberId, all] of Object.entries(give('cooperative-sticky', group)))
        for (const name of all.map(nameOf))
          if (ownerOf(group, name) !== memberId)
            expect([name, claimedByOthers(group, name, memberId)]).toEqual([name, false])
    })
  })

  test('cooperative-sticky comes to rest: all partitions given, and no member with anything to give up', () => {
    forSeeds((random) => {
      let group = withAnyClaims(random, groupOf(random, kind))
      const given = times(8, (round) => {
        const next = give('cooperative-sticky', group)
        group = settled(group, next, 10 + round)
        return next
      })
      expect(given.at(-1)).toEqual(given.at(-2))
      expect(Object.values(given.at(-1)!).flat().map(nameOf).sort()).toEqual([...wanted(group)].sort())
    })
  })

  test('sticky comes to rest', () => {
    forSeeds((random) => {
      let group = withAnyClaims(random, groupOf(random, kind))
      const sets = times(8, (round) => {
        const next = give('sticky', group)
        group = settled(group, next, 10 + round)
        return Object.entries(next).map(([id, all]) => [id, all.map(nameOf).sort()])
      })
      expect(sets.at(-1)).toEqual(sets.at(-2))
    })
  })

  test('with sticky, no partition could go to a member with at least two fewer', () => {
    forSeeds((random) => {
      const group = withAnyClaims(random, groupOf(random, kind))
      const given = give('sticky', group)
      for (const all of Object.values(given))
        for (const { topic } of all)
          for (const other of group.members)
            if (other.topics.includes(topic))
              expect(given[other.memberId]!.length + 1).toBeGreaterThanOrEqual(all.length)
    })
  })
})

test.each(ALL)('%s passes over topics that nobody wants', (name) => {
  const [assignor] = parseAssignmentStrategy(name).assignors
  const topics = [
    { topic: 'A', partitionCount: 1 },
    { topic: 'B', partitionCount: 1 },
  ]
  expect(assignor!.assign({ members: [], topics })).toEqual(new Map())
  const member = { memberId: 'a', groupInstanceId: null, ownedPartitions: [], generationId: -1 }
  const members = [{ ...member, topics: ['B'], rackId: null, userData: null }]
  expect(assignor!.assign({ members, topics })).toEqual(new Map([['a', [{ topic: 'B', partition: 0 }]]]))
})

test.each(KINDS)('with range, members that want $wants, $racks, differ by one at most in each topic', (kind) => {
  forSeeds((random) => {
    const group = groupOf(random, kind)
    const given = give('range', group)
    for (const { topic } of group.topics) {
      const readers = group.members.filter(({ topics }) => topics.includes(topic))
      const counts = readers.map(({ memberId }) => given[memberId]!.filter((one) => one.topic === topic).length)
      if (counts.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }
  })
})

test('with roundrobin, members that want the same differ by one at most', () => {
  forSeeds((random) => {
    const counts = Object.values(give('roundrobin', groupOf(random, KINDS[0]!))).map(({ length }) => length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })
})

describe.each(PLAIN)('members that want $wants, and a past', (kind) => {
  const settledOf = (random: Random, assignor: string): GivenGroup => {
    const group = groupOf(random, kind)
    return settled(group, give(assignor, group), 1)
  }

  test.each(STICKY)('%s: nothing moves while nothing changes', (assignor) => {
    forSeeds((random) => {
      const group = settledOf(random, assignor)
      const given = give(assignor, group)
      for (const { memberId, owned } of group.members)
        expect(given[memberId]!.map(nameOf).sort()).toEqual(owned.map(nameOf).sort())
    })
  })

  test('sticky: what a member loses goes to nobody with a larger load', () => {
    forSeeds((random) => {
      const { topics, members } = settledOf(random, 'sticky')
      const added = memberOf(random, 'new', topics, kind)
      const grown = topics.map((one) => ({ ...one, partitionCount: one.partitionCount + random.below(3) }))
      const stayed = shuffled(random, members).slice(random.below(2))
      const given = give('sticky', { topics: grown, members: [...stayed, added] })
      const holders = new Map(Object.entries(given).flatMap(([id, all]) => all.map((one) => [nameOf(one), id])))
      for (const { memberId, owned } of stayed)
        for (const lost of owned.map(nameOf).filter((name) => holders.get(name) !== memberId))
          expect(given[holders.get(lost)!]!.length).toBeLessThanOrEqual(given[memberId]!.length)
    })
  })
})

test('cooperative-sticky needs two rounds for a change among members that want the same', () => {
  const kind = KINDS[0]!
  forSeeds((random) => {
    let group = groupOf(random, kind)
    for (const generation of [1, 2, 3]) group = settled(group, give('cooperative-sticky', group), generation)
    const added = memberOf(random, 'new', group.topics, kind)
    const members = [...shuffled(random, group.members).slice(random.below(2)), added]
    group = { topics: group.topics, members }
    const first = settled(group, give('cooperative-sticky', group), 4)
    const second = give('cooperative-sticky', first)
    expect(Object.values(second).flat().map(nameOf).sort()).toEqual([...wanted(group)].sort())
    for (const { memberId, owned } of first.members)
      expect(second[memberId]!.map(nameOf)).toEqual(expect.arrayContaining(owned.map(nameOf)))
  })
})

describe.each(STICKY)('%s, members that want the same', (assignor) => {
  const kind = KINDS[0]!
  const settledOf = (random: Random): GivenGroup => {
    const group = groupOf(random, kind)
    return settled(group, give(assignor, group), 1)
  }

  test('who stays loses nothing when others leave', () => {
    forSeeds((random) => {
      const { topics, members } = settledOf(random)
      const stayed = shuffled(random, members).slice(0, 1 + random.below(members.length))
      const given = give(assignor, { topics, members: stayed })
      for (const { memberId, owned } of stayed)
        expect(given[memberId]!.map(nameOf)).toEqual(expect.arrayContaining(owned.map(nameOf)))
    })
  })

  test('a new member costs the others as many partitions as it is to have, and no more', () => {
    forSeeds((random) => {
      const { topics, members } = settledOf(random)
      const added = memberOf(random, 'new', topics, kind)
      const given = give(assignor, { topics, members: [...members, added] })
      const lost = members.flatMap(({ memberId, owned }) =>
        owned.map(nameOf).filter((name) => !given[memberId]!.map(nameOf).includes(name)),
      )
      const partitionCount = topics.reduce((sum, one) => sum + one.partitionCount, 0)
      expect(lost.length).toBe(Math.floor(partitionCount / (members.length + 1)))
    })
  })

  test('more partitions cost nobody anything', () => {
    forSeeds((random) => {
      const { topics, members } = settledOf(random)
      const grown = topics.map((one) => ({ ...one, partitionCount: one.partitionCount + random.below(4) }))
      const given = give(assignor, { topics: grown, members })
      for (const { memberId, owned } of members)
        expect(given[memberId]!.map(nameOf)).toEqual(expect.arrayContaining(owned.map(nameOf)))
    })
  })
})
