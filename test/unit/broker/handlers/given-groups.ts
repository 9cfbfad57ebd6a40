import type { Request, RequestOf, Response } from '../../../../src/protocol/api.js'
import type { TopicImage } from '../../../../src/protocol/inner/update-metadata.js'
import { topicUuidOf } from '../../../../src/protocol/topic-uuid.js'
import { GivenBroker, type GivenClient, ordersOf, partitionOf, TOPIC_ID } from '../given-broker.js'

const OFFSETS_ID = 9

/** `__consumer_offsets` of that many partitions, all of them led by broker 1 unless told otherwise. */
export function offsetsTopic(leaders: readonly number[] = Array(50).fill(1), leaderEpoch = 0): TopicImage {
  const partitions = leaders.map((leader, partition) => partitionOf({ partition, leader, leaderEpoch }))
  return { name: '__consumer_offsets', topicId: OFFSETS_ID, configs: {}, partitions }
}

export const ORDERS = topicUuidOf(TOPIC_ID)
export const NO_SUCH_TOPIC = topicUuidOf(77)

export function commitOf(
  groupId: string,
  topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[],
  said: Partial<RequestOf<'OffsetCommit'>> = {},
): RequestOf<'OffsetCommit'> {
  return {
    api: 'OffsetCommit',
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((partitionIndex) => {
        return { partitionIndex, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: 'm' }
      }),
    })),
    ...said,
  }
}

export function fetchOf(
  groupId: string,
  topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[] | null,
): RequestOf<'OffsetFetch'>['groups'][number] {
  const asked = topics?.map(({ topicId, partitions }) => ({ topicId, partitionIndexes: partitions })) ?? null
  return { groupId, memberId: null, memberEpoch: -1, topics: asked }
}

export const joinOf = (groupId: string, said: Partial<RequestOf<'JoinGroup'>> = {}): RequestOf<'JoinGroup'> => ({
  api: 'JoinGroup',
  groupId,
  sessionTimeoutMs: 45_000,
  rebalanceTimeoutMs: 60_000,
  memberId: '',
  groupInstanceId: null,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Uint8Array.of(0, 1) }],
  reason: null,
  ...said,
})

/** A broker that leads two partitions of `orders` and all of `__consumer_offsets`, unless told otherwise. */
export class GivenGroups {
  readonly broker: GivenBroker
  readonly client: GivenClient

  constructor(leaders?: readonly number[], controls?: (body: Request) => Response | null) {
    this.broker = new GivenBroker({}, controls)
    this.broker.publish(ordersOf(), offsetsTopic(leaders))
    this.client = this.broker.client('consumer-7')
  }

  ask<A extends Response['api']>(request: Request): Extract<Response, { api: A }> {
    return this.client.ask(request).answer as Extract<Response, { api: A }>
  }
}
