import { timestamp } from '../../src/base/ids.js'
import type { GroupApi, GroupRequestOf, GroupResponseOf } from '../../src/coordinator/group/group-messages.js'
import { GROUP_CODEC, type GroupRecord } from '../../src/coordinator/group/group-records.js'
import { GroupCoordinator } from '../../src/coordinator/group-coordinator.js'
import { batchOf } from '../../src/log/record-log.js'
import { ZERO_UUID } from '../../src/protocol/wire/wire-types.js'
import type { MicroSuite } from './micro-suite.js'

const GROUPS = 100
const PARTITIONS_PER_COMMIT = 10
/** So many requests of each group in a run. */
const ROUNDS = 10
const NOW = timestamp(1_700_000_000_000)

const CALLER = { version: 99, clientId: 'bench', clientHost: '/127.0.0.1' }
const OPTIONS = {
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 6_000,
  'group.max.session.timeout.ms': 1_800_000,
  'group.max.size': 1_000,
  'offsets.retention.minutes': 10_080,
  'offsets.retention.check.interval.ms': 600_000,
  'offset.metadata.max.bytes': 4_096,
}

/** A coordinator of groups with one member each, without a log: batches are made, and records replayed. */
class Groups {
  readonly members = new Map<string, string>()
  readonly #coordinator: GroupCoordinator
  #ids = 0

  constructor() {
    const newId = (): string => String(this.#ids++)
    this.#coordinator = new GroupCoordinator({ options: OPTIONS, newId, peerOf: () => null, hasEnded: () => false })
    this.#coordinator.load(NOW)
    for (let index = 0; index < GROUPS; index++) this.#join(`group-${index}`)
  }

  ask<A extends GroupApi>(body: GroupRequestOf<A>): GroupResponseOf<A> | undefined {
    const asked = { request: { body, caller: CALLER } }
    const { records, replies } = this.#coordinator.decide(asked, NOW)
    this.#append(records)
    return replies.find(({ to }) => to === asked)?.reply as GroupResponseOf<A> | undefined
  }

  #append(records: readonly GroupRecord[]): void {
    if (records.length > 0) batchOf(records, GROUP_CODEC)
    for (const record of records) this.#coordinator.replay(record)
  }

  #join(groupId: string): void {
    const join = (memberId: string) =>
      this.ask<'JoinGroup'>({
        ...{ api: 'JoinGroup', groupId, memberId, groupInstanceId: null, protocolType: 'consumer', reason: null },
        ...{ sessionTimeoutMs: 45_000, rebalanceTimeoutMs: 300_000 },
        protocols: [{ name: 'range', metadata: new Uint8Array(20) }],
      })
    const memberId = join('')?.memberId ?? ''
    join(memberId)
    this.#append(this.#coordinator.expire(NOW).records)
    const named = { groupInstanceId: null, protocolType: 'consumer', protocolName: 'range' }
    this.ask<'SyncGroup'>({ api: 'SyncGroup', groupId, memberId, generationId: 1, ...named, assignments: [] })
    this.members.set(groupId, memberId)
  }
}

/** What a coordinator takes for a request, with the batch that it writes. */
export const suite: MicroSuite = {
  name: 'groups',
  unit: 'request',
  unitsPerRun: GROUPS * ROUNDS,
  register(bench) {
    const groups = new Groups()
    const eachMember = (ask: (groupId: string, memberId: string, round: number) => void) => () => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const [groupId, memberId] of groups.members) ask(groupId, memberId, round)
      }
    }
    bench.add(
      `commit of ${PARTITIONS_PER_COMMIT} partitions`,
      eachMember((groupId, memberId, round) => {
        const partitions = Array.from({ length: PARTITIONS_PER_COMMIT }, (_, partitionIndex) => {
          return { partitionIndex, committedOffset: round, committedLeaderEpoch: 0, committedMetadata: '' }
        })
        const topics = [{ name: 'orders', topicId: ZERO_UUID, partitions }]
        const member = { memberId, groupInstanceId: null, generationIdOrMemberEpoch: 1 }
        groups.ask<'OffsetCommit'>({ api: 'OffsetCommit', groupId, ...member, topics })
      }),
    )
    bench.add(
      'heartbeat',
      eachMember((groupId, memberId) => {
        groups.ask<'Heartbeat'>({ api: 'Heartbeat', groupId, memberId, generationId: 1, groupInstanceId: null })
      }),
    )
  },
}
