import type { ErrorCode } from '../../base/error-code.js'
import type { TopicId } from '../../base/ids.js'
import { api } from '../definition.js'
import { idOf } from '../partition.js'

/** A replica that is to be in the isr, in the incarnation that has caught up (KIP-903). */
export interface IsrMember {
  readonly brokerId: number
  readonly brokerEpoch: number
}
/** Leader to controller: the isr that it wants (KIP-497). */
export interface AlterPartitionRequest {
  readonly api: 'AlterPartition'
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly leaderEpoch: number
    readonly partitionEpoch: number
    readonly newIsr: readonly IsrMember[]
  }[]
}
/** Where nothing was changed, the rest of an entry is as the request had it. */
export interface AlterPartitionResponse {
  readonly api: 'AlterPartition'
  /** STALE_BROKER_EPOCH: nothing was looked at. */
  readonly error: ErrorCode
  readonly partitions: readonly {
    readonly topicId: TopicId
    readonly partition: number
    readonly error: ErrorCode
    readonly leader: number
    readonly leaderEpoch: number
    readonly isr: readonly number[]
    readonly partitionEpoch: number
  }[]
}

export const alterPartition = api<AlterPartitionRequest, AlterPartitionResponse>({
  name: 'AlterPartition',
  key: 56,
  servedBy: 'controller',
  shape: 'internal',
  refusal: ({ brokerId, partitions }, error) => ({
    api: 'AlterPartition',
    error: 'NONE',
    partitions: partitions.map(({ newIsr, leaderEpoch, partitionEpoch, ...asked }) => {
      const isr = newIsr.map((member) => member.brokerId)
      return { ...idOf(asked), error, leader: brokerId, leaderEpoch, isr, partitionEpoch }
    }),
  }),
  endures: { loss: false },
  struck: 'inside',
})
