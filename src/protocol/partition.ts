import type { TopicId } from '../base/ids.js'
import { number, objectOf, text } from './request-shape.js'

/** A partition as people name it. */
export interface PartitionName {
  readonly topic: string
  readonly partition: number
}

/** A partition as the frequent requests name it. */
export interface PartitionId {
  readonly topicId: TopicId
  readonly partition: number
}

/** The leader, as told by a broker that does not lead (KIP-951). */
export interface CurrentLeader {
  readonly leader: number
  readonly leaderEpoch: number
}

/** Null: nobody leads, as far as is known. */
export function currentLeaderOf({ leader, leaderEpoch }: CurrentLeader): CurrentLeader | null {
  return leader < 0 ? null : { leader, leaderEpoch }
}

export const partitionName = objectOf<PartitionName>({ topic: text, partition: number })
/** The checks of a `PartitionId`, for shapes that have more fields. */
export const partitionId = { topicId: number, partition: number }

/** The partition that a request has asked about, without what it asked. */
export function idOf({ topicId, partition }: PartitionId): PartitionId {
  return { topicId, partition }
}
