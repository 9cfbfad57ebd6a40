/** The options of a consumer that has a group: Kafka's names and Kafka 4.2's defaults (class `ConsumerConfig`). */
import { shown } from '../arguments/shown.js'
import { ConfigError } from '../errors.js'
import type { OptionDefinitions, Options } from './definition.js'
import { TOPIC_NAME_LENGTH_MAX } from './internal-limits.js'

export const GROUP_MEMBER_OPTIONS = {
  'group.instance.id': {
    type: 'string',
    default: null,
    doc: 'The name of a static member (KIP-345): one that returns under it within session.timeout.ms keeps its partitions, and nobody rebalances.',
  },
  'session.timeout.ms': {
    type: 'int',
    default: 45_000,
    min: 1,
    doc: 'How long the coordinator waits for a heartbeat before it takes the member out of its group.',
  },
  'heartbeat.interval.ms': {
    type: 'int',
    default: 3_000,
    min: 1,
    doc: 'How often a member says that it lives, and is told of a rebalance. Below session.timeout.ms, at a third of it or less.',
  },
  'max.poll.interval.ms': {
    type: 'int',
    default: 300_000,
    min: 1,
    doc: 'How long the application may be at work between two polls before its member leaves the group. Rebalances wait for a member as long.',
  },
  'enable.auto.commit': {
    type: 'boolean',
    default: true,
    doc: 'Whether what earlier polls have handed out is committed by itself, every auto.commit.interval.ms and before it is given up.',
  },
  'auto.commit.interval.ms': {
    type: 'int',
    default: 5_000,
    min: 0,
    doc: 'How often positions are committed with enable.auto.commit.',
  },
  'partition.assignment.strategy': {
    type: 'list',
    default: ['range', 'cooperative-sticky'],
    doc: 'How the leader of a group shares partitions among its members, in the order of preference: range, roundrobin, sticky, cooperative-sticky, or an assignor of your own, { name, assign }.',
  },
  'client.rack': {
    type: 'string',
    default: '',
    doc: 'The rack of this member: assignors prefer partitions with a replica in it.',
  },
  'exclude.internal.topics': {
    type: 'boolean',
    default: true,
    doc: 'Whether a pattern passes over internal topics.',
  },
} as const satisfies OptionDefinitions

export type GroupMemberOptions = Options<typeof GROUP_MEMBER_OPTIONS>

/** Throws an error if the options contradict one another. */
export function checkGroupMemberOptions(options: GroupMemberOptions): void {
  checkInstanceId(options['group.instance.id'])
  const { 'heartbeat.interval.ms': heartbeat, 'session.timeout.ms': session } = options
  if (heartbeat < session) return
  const says = `Cannot set heartbeat.interval.ms to ${heartbeat}: it must be below session.timeout.ms (${session})`
  throw new ConfigError('heartbeat.interval.ms', says)
}

/** Kafka: `JoinGroupRequest.validateGroupInstanceId`, which has the rule of a topic's name. */
function checkInstanceId(id: string | null): void {
  if (id === null || (/^[a-zA-Z0-9._-]+$/.test(id) && id.length <= TOPIC_NAME_LENGTH_MAX && !/^\.\.?$/.test(id))) return
  const right = `1 to ${TOPIC_NAME_LENGTH_MAX} letters, digits, dots, underscores and hyphens, and neither "." nor ".."`
  throw new ConfigError('group.instance.id', `Cannot set group.instance.id to ${shown(id)}: it must be ${right}`)
}
