import { ask, begin, given, leave, type Message, type Script, type Step, script, until } from '../script.js'
import { topic } from './given.js'

/** A subscription as Java's consumer writes it, in its first version. (`ConsumerProtocolSubscription`) */
export function subscription(...topics: readonly string[]): Buffer {
  return Buffer.concat([int16(0), int32(topics.length), ...topics.flatMap(text), int32(-1)])
}

/** An assignment of partition 0 of a topic. (`ConsumerProtocolAssignment`) */
export function assignment(topic: string): Buffer {
  return Buffer.concat([int16(0), int32(1), ...text(topic), int32(1), int32(0), int32(-1)])
}

const text = (value: string): readonly Buffer[] => [int16(value.length), Buffer.from(value)]

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** The topic that all members subscribe to. It need not be there. */
const SUBSCRIBED = 'subscribed'

/** A JoinGroup of a consumer that knows the assignor `range`. */
export function joining(groupId: string, more: Message = {}): Message {
  return { groupId, memberId: '', protocols: [{ name: 'range', metadata: subscription(SUBSCRIBED) }], ...more }
}

/** A SyncGroup of the leader `$me`, which takes all for itself. */
export function assigning(groupId: string, more: Message = {}): Message {
  const assignments = [{ memberId: '$me', assignment: assignment(SUBSCRIBED) }]
  return { groupId, generationId: 1, memberId: '$me', assignments, ...more }
}

/** Whether the coordinator has the group in this state by now. */
export function untilGroupIs(groupId: string, state: string): Step {
  return until('DescribeGroups', 5, { groups: [groupId] }, 'groups.0.groupState', state)
}

/** `$me` has joined alone and leads generation 1, but has not said who gets what. */
export function joined(groupId: string, more: Message = {}): readonly Step[] {
  return [
    given('JoinGroup', 4, joining(groupId, more), { binds: { me: 'memberId' } }),
    given('JoinGroup', 4, joining(groupId, { memberId: '$me', ...more })),
  ]
}

/** `$me` is the only member of generation 1. */
export function stable(groupId: string, more: Message = {}): readonly Step[] {
  return [...joined(groupId, more), given('SyncGroup', 3, assigning(groupId))]
}

/** `$me`, which goes by the instance id `here`, is the only member of generation 1. */
export function stableStatic(groupId: string): readonly Step[] {
  const groupInstanceId = 'here'
  return [
    given('JoinGroup', 5, joining(groupId, { groupInstanceId }), { binds: { me: 'memberId' } }),
    given('SyncGroup', 3, assigning(groupId, { groupInstanceId })),
  ]
}

/** All that a group may be in. Requests are of generation 1, and `$me` is a member where the group has any. */
const STATES: readonly (readonly [state: string, steps: (groupId: string) => readonly Step[]])[] = [
  ['not there', (groupId) => stable(`${groupId}, another one`)],
  ['Empty', (groupId) => [...stable(groupId), leaving(groupId)]],
  [
    'simple',
    (groupId) => [...stable(`${groupId}, another one`), ...topic('committed', { partitions: 2 }), simply(groupId)],
  ],
  ['Preparing', (groupId) => [...stable(groupId), ...joiningToo(groupId)]],
  ['Completing', (groupId) => joined(groupId)],
  ['Stable', (groupId) => stable(groupId)],
  ['Stable with a static member', (groupId) => stableStatic(groupId)],
]

/** `b` joins, and waits for `$me` to do so again. */
function joiningToo(groupId: string): readonly Step[] {
  return [
    // Behind a JoinGroup that waits nothing else is served.
    leave('b'),
    given('JoinGroup', 4, joining(groupId), { by: 'b', binds: { other: 'memberId' } }),
    begin('b', 'JoinGroup', 4, joining(groupId, { memberId: '$other' })),
    untilGroupIs(groupId, 'PreparingRebalance'),
  ]
}

function leaving(groupId: string): Step {
  return given('LeaveGroup', 3, { groupId, members: [{ memberId: '$me' }] })
}

/** Somebody without a membership has committed for the group. */
function simply(groupId: string): Step {
  const partitions = [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'simply' }]
  return given('OffsetCommit', 2, {
    groupId,
    generationIdOrMemberEpoch: -1,
    topics: [{ name: 'committed', partitions }],
  })
}

/** One request in each state of a group: each in a group of its own. */
export function inEveryState(
  api: string,
  asked: readonly (readonly [title: string, version: number, message: (groupId: string) => Message])[],
  before: readonly Step[] = [],
): readonly Script[] {
  return STATES.map(([state, steps]) =>
    script(`the group is ${state}`, [
      ...before,
      ...asked.flatMap(([title, version, message]) => {
        const groupId = `${api} ${title}, ${state}`
        return [...steps(groupId), ask(api, version, message(groupId))]
      }),
    ]),
  )
}
