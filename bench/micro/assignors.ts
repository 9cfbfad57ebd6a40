import { parseAssignmentStrategy } from '../../src/client/consumer/group/assignors/assignment-strategy.js'
import type { Assignor, Group, GroupMember } from '../../src/client/consumer/group/assignors/assignor.js'
import { assignGroup } from '../../src/client/consumer/group/assignors/group-assignment.js'
import { encodeSubscription } from '../../src/client/consumer/group/assignors/member-metadata.js'
import type { MicroSuite } from './micro-suite.js'

const MEMBERS = 100
const TOPICS = Array.from({ length: 10 }, (_, index) => `topic-${index}`)
const PARTITIONS_OF_TOPIC = 100
const GENERATION = 7

const topicsOf = (member: number, isMixed: boolean): readonly string[] =>
  isMixed ? TOPICS.filter((_, index) => (member + index) % 3 > 0) : TOPICS

/** A hundred members and a thousand partitions, before anybody has any. */
function freshGroup(isMixed: boolean): Group {
  const members = Array.from(
    { length: MEMBERS },
    (_, index): GroupMember => ({
      memberId: `consumer-${index}`,
      groupInstanceId: null,
      topics: topicsOf(index, isMixed),
      ownedPartitions: [],
      generationId: -1,
      rackId: null,
      userData: null,
    }),
  )
  return { members, topics: TOPICS.map((topic) => ({ topic, partitionCount: PARTITIONS_OF_TOPIC })) }
}

/** The group in its next rebalance, when the last member has died and another one has come. */
function nextGroup(assignor: Assignor, { members, topics }: Group): Group {
  const given = assignor.assign({ members, topics })
  const stayed = members.slice(0, -1).map((member): GroupMember => {
    const last = { partitions: given.get(member.memberId)!, generationId: GENERATION }
    const isHeld = assignor.supportedProtocols.includes('COOPERATIVE')
    const ownedPartitions = isHeld ? last.partitions : []
    return { ...member, ownedPartitions, generationId: GENERATION, userData: assignor.userData(last) }
  })
  return { members: [...stayed, { ...members.at(-1)!, memberId: 'consumer-new' }], topics }
}

/** What the leader of a group of 100 members and 1,000 partitions does in a rebalance. */
export const suite: MicroSuite = {
  name: 'assignors',
  unit: 'rebalance',
  unitsPerRun: 1,
  register(bench) {
    for (const name of ['range', 'roundrobin', 'sticky', 'cooperative-sticky']) {
      const strategy = parseAssignmentStrategy(name)
      const assignor = strategy.assignors[0]!
      for (const isMixed of [false, true]) {
        const group = nextGroup(assignor, freshGroup(isMixed))
        bench.add(`${name}, ${isMixed ? 'different topics' : 'the same topics'}`, () => {
          assignor.assign(group)
        })
      }
      const { members } = nextGroup(assignor, freshGroup(false))
      const joined = members.map((member) => {
        const { memberId, groupInstanceId } = member
        return { memberId, groupInstanceId, metadata: encodeSubscription(member) }
      })
      bench.add(`${name}, from bytes to bytes`, () => {
        assignGroup(strategy, name, joined, () => ({ partitionCount: PARTITIONS_OF_TOPIC }))
      })
    }
  },
}
