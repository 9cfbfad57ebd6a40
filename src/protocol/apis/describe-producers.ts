import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { retriableErrorIn } from '../passing.js'
import { array, errorCode, int32, int64, string } from '../schema.js'

/** Tells which idempotent producers the leader of a partition remembers (KIP-664). */
export const describeProducers = schemaApi({
  name: 'DescribeProducers',
  key: 61,
  servedBy: 'leader',
  refusal: ({ topics }, errorCode, errorMessage = '') => ({
    api: 'DescribeProducers',
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        return { partitionIndex, errorCode, errorMessage, activeProducers: [] }
      }),
    })),
  }),
  passing: ({ topics }) => retriableErrorIn(topics),
  wire: wire({ oldest: 0, newest: 0, flexibleFrom: 0 }, () => ({
    request: {
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
    },
    response: {
      throttleTimeMs: int32(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: errorCode(),
          errorMessage: string({ nullableSince: 0, default: null }),
          activeProducers: array({
            producerId: int64(),
            producerEpoch: int32(),
            lastSequence: int32({ default: -1 }),
            lastTimestamp: int64({ default: -1 }),
            coordinatorEpoch: int32(),
            currentTxnStartOffset: int64({ default: -1 }),
          }),
        }),
      }),
    },
  })),
})
