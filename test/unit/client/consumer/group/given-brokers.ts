import type { ErrorCode } from '../../../../../src/base/error-code.js'
import {
  decodeAssignment,
  encodeAssignment,
} from '../../../../../src/client/consumer/group/assignors/member-metadata.js'
import {
  type ApiName,
  type Request,
  type RequestOf,
  type Response,
  refusalTo,
} from '../../../../../src/protocol/api.js'
import type { PartitionName } from '../../../../../src/protocol/partition.js'
import { topicIdOf } from '../../../../../src/protocol/topic-uuid.js'
import { ScriptedActor } from '../../../../support/scripted-actor.js'
import { Stage } from '../../../../support/stage.js'
import { ordersMetadata, partitionMetadata } from '../../given-metadata.js'

/** What an API of the coordinator answers next: an error, nothing at all (`lost`: and the connection ends), or by rote. */
type Answer = ErrorCode | 'silent' | 'lost'

/**
 * The brokers of one group, which the test plays: broker 1 knows the cluster, broker 2 coordinates. The coordinator takes
 * each member for the only one of its group, unless the test says what it is assigned or what is answered.
 */
export class GivenBrokers {
  readonly stage = new Stage()
  /** How many partitions each topic has. */
  readonly partitions: Record<string, number> = { orders: 2 }
  /** What is answered next, by API. */
  readonly next: Partial<Record<ApiName, Answer[]>> = {}
  /** What the group has committed: `orders-0` to the offset. */
  readonly committed = new Map<string, number>()
  /** The leader epoch of the records before what is committed; -1: nobody has said it. */
  committedEpoch = -1
  /** The epoch in which broker 1 leads all partitions, as it says itself. */
  leaderEpoch = 0
  /** What the member is assigned, if another one leads; null: it leads. */
  assigned: readonly PartitionName[] | null = null
  /** The broker that is said to coordinate. */
  coordinatorId = 2
  generationId = 0
  memberIds = 0
  readonly broker = new ScriptedActor((body) => this.#answer(body))
  readonly coordinator = new ScriptedActor((body) => this.#coordinate(body))
  readonly other = new ScriptedActor((body) => this.#coordinate(body))

  constructor() {
    this.stage.seat('broker-1', this.broker)
    this.stage.seat('broker-2', this.coordinator)
    this.stage.seat('broker-3', this.other)
  }

  /** What the coordinator was asked of this kind, oldest first. */
  asked<A extends ApiName>(api: A, of: ScriptedActor = this.coordinator): RequestOf<A>[] {
    return of.messages.flatMap((message) =>
      message.type === 'request' && message.body.api === api ? [message.body as RequestOf<A>] : [],
    )
  }

  count(api: ApiName): number {
    return this.asked(api).length
  }

  /** The coordinator answers the next requests of this kind like this. */
  answers(api: ApiName, ...answers: Answer[]): void {
    this.next[api] = [...(this.next[api] ?? []), ...answers]
  }

  /** Answers the oldest request that was kept silent about. */
  answerNow(response: Response | ((request: Request) => Response | null)): void {
    if (typeof response === 'function') this.coordinator.answerWhere(response)
    else this.coordinator.answerWhere((body) => (body.api === response.api ? response : null))
    this.stage.settle()
  }

  /** What the coordinator would say by rote. */
  rote(body: Request): Response | null {
    return this.#byRote(body)
  }

  #answer(body: Request): Response | null {
    if (body.api === 'FindCoordinator') {
      const given = this.next.FindCoordinator?.shift()
      if (given === 'silent') return null
      if (given !== undefined) return refusalTo(body, given as ErrorCode)
      const found = { nodeId: this.coordinatorId, host: '', port: -1, errorCode: 'NONE' as const, errorMessage: null }
      const coordinators = body.coordinatorKeys.map((key) => ({ key, ...found }))
      return { api: 'FindCoordinator', throttleTimeMs: 0, coordinators }
    }
    if (body.api === 'Metadata') {
      const topics = (body.topics ?? Object.keys(this.partitions)).map((name) => this.#topic(name))
      return { ...ordersMetadata([]), topics }
    }
    if (body.api !== 'ListOffsets') return null
    return {
      api: 'ListOffsets',
      partitions: body.partitions.map(({ topicId, partition }) => {
        return { topicId, partition, error: 'NONE' as const, offset: 7 }
      }),
    }
  }

  #topic(name: string) {
    const count = this.partitions[name]
    const topicId = Object.keys(this.partitions).indexOf(name) + 1
    const partitions = Array.from({ length: count ?? 0 }, (_, partition) =>
      partitionMetadata({ partition, leader: 1, leaderEpoch: this.leaderEpoch }),
    )
    const error = count === undefined ? ('UNKNOWN_TOPIC_OR_PARTITION' as const) : ('NONE' as const)
    return { ...ordersMetadata([]).topics[0]!, error, name, topicId: count === undefined ? -1 : topicId, partitions }
  }

  #coordinate(body: Request): Response | null {
    const given = this.next[body.api]?.shift()
    if (given === 'silent') return null
    if (given === 'lost') {
      this.#lose()
      return null
    }
    return given === undefined ? this.#byRote(body) : this.#refuse(body, given)
  }

  #refuse(body: Request, error: ErrorCode): Response {
    const refused = refusalTo(body, error) as Response
    if (refused.api === 'JoinGroup' && error === 'MEMBER_ID_REQUIRED') return { ...refused, memberId: this.#newId() }
    return refused
  }

  #lose(): void {
    const last = this.coordinator.messages.at(-1)
    if (last?.type === 'request') last.connection.close()
  }

  #newId(): string {
    this.memberIds += 1
    return `m${this.memberIds}`
  }

  #byRote(body: Request): Response | null {
    switch (body.api) {
      case 'JoinGroup': {
        if (body.memberId === '' && body.groupInstanceId === null) return this.#refuse(body, 'MEMBER_ID_REQUIRED')
        this.generationId += 1
        const memberId = body.memberId === '' ? this.#newId() : body.memberId
        const { name, metadata } = body.protocols[0]!
        const isLeader = this.assigned === null
        return {
          api: 'JoinGroup',
          throttleTimeMs: 0,
          errorCode: 'NONE',
          generationId: this.generationId,
          protocolType: 'consumer',
          protocolName: name,
          leader: isLeader ? memberId : 'somebody',
          skipAssignment: false,
          memberId,
          members: isLeader ? [{ memberId, groupInstanceId: body.groupInstanceId, metadata }] : [],
        }
      }
      case 'SyncGroup': {
        const led = body.assignments.find(({ memberId }) => memberId === body.memberId)?.assignment
        const partitions = this.assigned ?? decodeAssignment(led ?? new Uint8Array(0)).partitions
        const assignment = encodeAssignment({ partitions, userData: null })
        const { protocolType = null, protocolName = null } = body
        return { api: 'SyncGroup', throttleTimeMs: 0, errorCode: 'NONE', protocolType, protocolName, assignment }
      }
      case 'OffsetCommit':
        for (const [name, offset] of committedIn(body, this.#names)) this.committed.set(name, offset)
        return this.#refuse(body, 'NONE')
      case 'OffsetFetch':
        return { api: 'OffsetFetch', throttleTimeMs: 0, groups: body.groups.map((group) => this.#fetched(group)) }
      case 'Heartbeat':
      case 'LeaveGroup':
        return this.#refuse(body, 'NONE')
      default:
        return null
    }
  }

  get #names(): readonly string[] {
    return Object.keys(this.partitions)
  }

  #fetched({ groupId, topics }: RequestOf<'OffsetFetch'>['groups'][number]) {
    const found = (topics ?? []).map(({ topicId, partitionIndexes }) => {
      const name = this.#names[(topicIdOf(topicId) ?? 0) - 1]
      const partitions = partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: this.committed.get(`${name}-${partitionIndex}`) ?? -1,
        committedLeaderEpoch: this.committedEpoch,
        metadata: '',
        errorCode: 'NONE' as const,
      }))
      return { topicId, partitions }
    })
    return { groupId, topics: found, errorCode: 'NONE' as const }
  }
}

/** The offsets of a commit, by the names of their partitions. */
function committedIn({ topics }: RequestOf<'OffsetCommit'>, names: readonly string[]): [string, number][] {
  return topics.flatMap(({ topicId, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset }): [string, number] => [
      `${names[(topicIdOf(topicId) ?? 0) - 1]}-${partitionIndex}`,
      committedOffset,
    ]),
  )
}
