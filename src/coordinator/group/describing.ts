import { brief } from '../../base/words.js'
import type { ClassicGroup } from './classic-group.js'
import type { AskedFor, GroupResponseOf } from './group-messages.js'
import type { GroupRecord } from './group-records.js'
import { STATE_ANSWERS } from './group-states.js'
import type { Groups } from './groups.js'
import { metadataOf, NOTHING_ASSIGNED } from './member.js'
import { tombstoneOf } from './offset-requests.js'
import type { Step } from './step.js'

type DescribedGroup = GroupResponseOf<'DescribeGroups'>['groups'][number]

/** Since this version of DescribeGroups it is an error that there is no such group (KIP-1043). */
const NOT_FOUND_SINCE = 6
/** As Kafka prints it. (`Group.GroupType`) */
const TYPE = 'classic'
/** Nobody has asked what the asking one may do. */
const NOT_ASKED = -(2 ** 31)

/** Serves ListGroups: filters take any case, and an empty one takes all. (`GroupMetadataManager.listGroups`) */
export function listGroups(asked: AskedFor<'ListGroups'>, groups: Groups, step: Step): void {
  const { statesFilter, typesFilter } = asked.request.body
  const states = new Set(statesFilter.map((state) => state.toLowerCase()))
  const isOfType = typesFilter.length === 0 || typesFilter.some((type) => type.toLowerCase() === TYPE)
  const listed = [...groups.all()].filter(({ state }) => states.size === 0 || states.has(state.toLowerCase()))
  const entries = listed.map(({ groupId, protocolType, state }) => {
    return { groupId, protocolType: protocolType ?? '', groupState: state, groupType: TYPE }
  })
  step.reply(asked, { api: 'ListGroups', throttleTimeMs: 0, errorCode: 'NONE', groups: isOfType ? entries : [] })
}

/** Serves DescribeGroups. (`GroupMetadataManager.describeGroups`) */
export function describeGroups(asked: AskedFor<'DescribeGroups'>, groups: Groups, step: Step): void {
  const { body, caller } = asked.request
  const described = body.groups.map((groupId) => {
    const group = groups.get(groupId)
    return group === undefined ? missing(groupId, caller.version) : describe(group)
  })
  step.reply(asked, { api: 'DescribeGroups', throttleTimeMs: 0, groups: described })
}

function missing(groupId: string, version: number): DescribedGroup {
  const isError = version >= NOT_FOUND_SINCE
  const nothing = { protocolType: '', protocolData: '', members: [], authorizedOperations: NOT_ASKED }
  return {
    errorCode: isError ? 'GROUP_ID_NOT_FOUND' : 'NONE',
    errorMessage: isError ? `There is no group '${brief(groupId)}'` : null,
    groupId,
    groupState: 'Dead',
    ...nothing,
  }
}

/** Only a Stable group has an assignor on which all have agreed. */
function describe(group: ClassicGroup): DescribedGroup {
  const { groupId, state, protocolType, protocolName, members } = group
  const isStable = state === 'Stable'
  return {
    errorCode: 'NONE',
    errorMessage: null,
    groupId,
    groupState: state,
    protocolType: protocolType ?? '',
    protocolData: isStable ? (protocolName ?? '') : '',
    members: members.all().map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? metadataOf(member, protocolName) : NOTHING_ASSIGNED,
      memberAssignment: member.assignment,
    })),
    authorizedOperations: NOT_ASKED,
  }
}

/** Serves DeleteGroups: what each has committed goes before it. (`GroupCoordinatorShard.deleteGroups`) */
export function deleteGroups(asked: AskedFor<'DeleteGroups'>, groups: Groups, step: Step): void {
  const results = [...new Set(asked.request.body.groupsNames)].map((groupId) => {
    const group = groups.get(groupId)
    const errorCode = STATE_ANSWERS.deleteGroup[group?.state ?? 'none']
    if (group !== undefined && errorCode === 'NONE') step.write([...tombstonesOf(group)])
    return { groupId, errorCode }
  })
  step.reply(asked, { api: 'DeleteGroups', throttleTimeMs: 0, results })
}

function* tombstonesOf({ groupId, offsets }: ClassicGroup): Generator<GroupRecord> {
  for (const topic of offsets.topics()) {
    for (const [partition] of offsets.partitionsOf(topic)) yield tombstoneOf(groupId, topic, partition)
  }
  yield { type: 'group', groupId, value: null }
}
