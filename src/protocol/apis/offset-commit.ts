import type { ErrorCode } from '../../base/error-code.js'
import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, errorCode, int32, int64, string, uuid } from '../schema.js'

/**
 * What a group has read. Versions 2 to 4 could ask for a retention time (KIP-211); version 9 serves both protocols
 * (KIP-848), and 10 names topics by their ids.
 */
export const offsetCommit = schemaApi({
  name: 'OffsetCommit',
  key: 8,
  servedBy: 'coordinator',
  struck: 'members',
  refusal: ({ topics }, errorCode) => ({
    api: 'OffsetCommit',
    throttleTimeMs: 0,
    topics: topics.map(({ partitions, ...topic }) => ({
      ...topic,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }),
  passing: ({ topics }) => coordinatorError(topics.flatMap(({ partitions }) => partitions.map((one) => one.errorCode))),
  brief: {
    request: ({ groupId, memberId, generationIdOrMemberEpoch, topics }) =>
      `${groupId}, generation ${generationIdOrMemberEpoch}, member '${memberId}', ${topics.map(committed).join(', ')}`,
    response: ({ topics }) => [...new Set(topics.flatMap(({ partitions }) => partitions.map(errorOf)))].join(', '),
  },
  wire: wire({ oldest: 2, newest: 10, flexibleFrom: 8 }, () => ({
    request: {
      groupId: string(),
      generationIdOrMemberEpoch: int32({ default: -1 }),
      memberId: string(),
      groupInstanceId: string({ since: 7, nullableSince: 7, default: null }),
      retentionTimeMs: int64({ until: 4, default: -1, ignorable: true }),
      topics: array({
        name: string({ until: 9, ignorable: true }),
        topicId: uuid({ since: 10, ignorable: true }),
        partitions: array({
          partitionIndex: int32(),
          committedOffset: int64(),
          committedLeaderEpoch: int32({ since: 6, default: -1, ignorable: true }),
          committedMetadata: string({ nullableSince: 0 }),
        }),
      }),
    },
    response: {
      throttleTimeMs: int32({ since: 3, ignorable: true }),
      topics: array({
        name: string({ until: 9, ignorable: true }),
        topicId: uuid({ since: 10, ignorable: true }),
        partitions: array({
          partitionIndex: int32(),
          errorCode: errorCode(),
        }),
      }),
    },
  })),
})

interface CommittedTopic {
  readonly name?: string
  readonly topicId: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly committedOffset: number }[]
}

function committed({ name, topicId, partitions }: CommittedTopic): string {
  return partitions
    .map(({ partitionIndex, committedOffset }) => `${name ?? topicId}-${partitionIndex} @${committedOffset}`)
    .join(', ')
}

const errorOf = ({ errorCode }: { readonly errorCode: ErrorCode }): ErrorCode => errorCode
