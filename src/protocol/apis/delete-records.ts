import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { retriableErrorIn } from '../passing.js'
import { array, errorCode, int32, int64, nearestInt64, string } from '../schema.js'

/** The offset that stands for the high watermark (`DeleteRecordsRequest.HIGH_WATERMARK`). */
export const TO_HIGH_WATERMARK = -1
/** Where a partition begins of which nothing was deleted (`DeleteRecordsResponse.INVALID_LOW_WATERMARK`). */
export const NO_LOW_WATERMARK = -1

/** Moves the beginnings of partitions (KIP-107). Answered when the live replicas have done it. */
export const deleteRecords = schemaApi({
  name: 'DeleteRecords',
  key: 21,
  servedBy: 'leader',
  refusal: ({ topics }, errorCode) => ({
    api: 'DeleteRecords',
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode }
      }),
    })),
  }),
  passing: ({ topics }) => retriableErrorIn(topics),
  wire: wire({ oldest: 0, newest: 2, flexibleFrom: 2 }, () => ({
    request: {
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          offset: nearestInt64(),
        }),
      }),
      timeoutMs: int32(),
    },
    response: {
      throttleTimeMs: int32(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          lowWatermark: int64(),
          errorCode: errorCode(),
        }),
      }),
    },
  })),
})
