import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { array, authorizedOperations, bool, errorCode, int32, string, struct, uuid } from '../schema.js'
import { ZERO_UUID } from '../wire/wire-types.js'

/** Where an answer goes on: all before it has been told. */
const cursor = { topicName: string(), partitionIndex: int32() } as const

/** Tells of partitions, in the order of their topics' names, page by page (KIP-966). */
export const describeTopicPartitions = schemaApi({
  name: 'DescribeTopicPartitions',
  key: 75,
  servedBy: 'broker',
  refusal: ({ topics }, errorCode) => ({
    api: 'DescribeTopicPartitions',
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => ({
      errorCode,
      name,
      topicId: ZERO_UUID,
      isInternal: false,
      partitions: [],
      topicAuthorizedOperations: -(2 ** 31),
    })),
    nextCursor: null,
  }),
  wire: wire({ oldest: 0, newest: 0, flexibleFrom: 0 }, () => ({
    request: {
      topics: array({ name: string() }),
      responsePartitionLimit: int32({ default: 2000 }),
      cursor: struct(cursor, { nullableSince: 0, default: null }),
    },
    response: {
      throttleTimeMs: int32({ ignorable: true }),
      topics: array({
        errorCode: errorCode(),
        name: string({ nullableSince: 0 }),
        topicId: uuid({ ignorable: true }),
        isInternal: bool({ ignorable: true }),
        partitions: array({
          errorCode: errorCode(),
          partitionIndex: int32(),
          leaderId: int32(),
          leaderEpoch: int32({ default: -1, ignorable: true }),
          replicaNodes: array(int32()),
          isrNodes: array(int32()),
          eligibleLeaderReplicas: array(int32(), { nullableSince: 0, default: null }),
          lastKnownElr: array(int32(), { nullableSince: 0, default: null }),
          offlineReplicas: array(int32(), { ignorable: true }),
        }),
        topicAuthorizedOperations: authorizedOperations(),
      }),
      nextCursor: struct(cursor, { nullableSince: 0, default: null }),
    },
  })),
})
