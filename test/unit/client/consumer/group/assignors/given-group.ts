/**
 * Groups as short texts: `A3` is a topic of three partitions, `A=r1,r2+r3` one of two whose replicas are in these racks.
 * `a:AB` is a member and what it wants, `a:A[A0A1@5]` one that was given in generation 5; `a#y` is a static
 * member, and `a~r1` one in a rack. An assignment is `a=A0A1 b=`. Everything goes by the bytes that members send.
 */
import type { AssignmentStrategy } from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'
import {
  type GivenAssignmentStrategy,
  parseAssignmentStrategy,
} from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'
import type { GroupTopic } from '../../../../../../src/client/consumer/group/assignors/assignor.js'
import {
  assignGroup,
  type JoinedMember,
  protocolsOf,
} from '../../../../../../src/client/consumer/group/assignors/group-assignment.js'
import { decodeAssignment } from '../../../../../../src/client/consumer/group/assignors/member-metadata.js'
import type { PartitionName } from '../../../../../../src/protocol/partition.js'

/** A member, as the tests make it up. */
export interface GivenMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly rackId: string | null
  readonly topics: readonly string[]
  readonly owned: readonly PartitionName[]
  readonly generationId: number
}

const MEMBER =
  /^(?<id>\w+)(#(?<instance>\w+))?(~(?<rack>\w+))?:(?<topics>[A-Z]*)(\[(?<owned>\w*)@(?<generation>\d+)\])?$/
const TOPIC = /^(?<topic>[A-Z])((?<count>\d+)|=(?<racks>[\w,+]+))$/

export function member(text: string): GivenMember {
  const { id, instance, rack, topics, owned, generation } = MEMBER.exec(text)!.groups!
  return {
    memberId: id!,
    groupInstanceId: instance ?? null,
    rackId: rack ?? null,
    topics: [...topics!],
    owned: partitions(owned ?? ''),
    generationId: generation === undefined ? -1 : Number(generation),
  }
}

export const partitions = (text: string): readonly PartitionName[] =>
  [...text.matchAll(/([A-Z])(\d+)/g)].map(([, topic, partition]) => ({ topic: topic!, partition: Number(partition) }))

export function topic(text: string): GroupTopic {
  const { topic, count, racks } = TOPIC.exec(text)!.groups!
  if (racks === undefined) return { topic: topic!, partitionCount: Number(count) }
  const partitionRacks = racks.split(',').map((some) => some.split('+'))
  return { topic: topic!, partitionCount: partitionRacks.length, partitionRacks }
}

/** What the member sends of this assignor. What it owns is in the subscription only if it gives nothing up to join. */
export function joined(strategy: AssignmentStrategy, name: string, given: GivenMember): JoinedMember {
  const { memberId, groupInstanceId, rackId, topics, owned, generationId } = given
  const ownedPartitions = strategy.protocol === 'COOPERATIVE' ? owned : []
  const last = generationId === -1 ? null : { partitions: owned, generationId }
  const protocols = protocolsOf(strategy, { topics, ownedPartitions, generationId, rackId }, last)
  return { memberId, groupInstanceId, metadata: protocols.find((one) => one.name === name)!.metadata }
}

export type Given = Readonly<Record<string, readonly PartitionName[]>>

/** What every member is told, read from the bytes. */
export function assigned(
  assignor: GivenAssignmentStrategy,
  topics: readonly GroupTopic[],
  members: readonly GivenMember[],
): Given {
  const strategy = parseAssignmentStrategy(assignor)
  const { name } = strategy.assignors[0]!
  const byName = new Map(topics.map((one) => [one.topic, one]))
  const { assignments } = assignGroup(
    strategy,
    name,
    members.map((one) => joined(strategy, name, one)),
    (one) => byName.get(one),
  )
  return Object.fromEntries(
    assignments.map(({ memberId, assignment }) => [memberId, decodeAssignment(assignment).partitions]),
  )
}

/** `a=A0A1 b=`, by member id. */
export function shown(given: Given): string {
  return Object.keys(given)
    .sort()
    .map((id) => `${id}=${given[id]!.map(({ topic, partition }) => `${topic}${partition}`).join('')}`)
    .join(' ')
}

export function shared(assignor: GivenAssignmentStrategy, topics: string, members: string): string {
  return shown(assigned(assignor, topics.split(' ').map(topic), members.split(' ').map(member)))
}
