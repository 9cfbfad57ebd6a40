import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, errorCode, int32, string } from '../schema.js'
import { NEVER_FLEXIBLE } from '../wire/versions.js'

/** Forgets what a group has committed for topics to which nobody in it subscribes (KIP-496). */
export const offsetDelete = schemaApi({
  name: 'OffsetDelete',
  key: 47,
  servedBy: 'coordinator',
  refusal: (_, errorCode) => ({ api: 'OffsetDelete', errorCode, throttleTimeMs: 0, topics: [] }),
  passing: ({ errorCode }) => coordinatorError([errorCode]),
  wire: wire({ oldest: 0, newest: 0, flexibleFrom: NEVER_FLEXIBLE }, () => ({
    request: {
      groupId: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
        }),
      }),
    },
    response: {
      errorCode: errorCode(),
      throttleTimeMs: int32(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: errorCode(),
        }),
      }),
    },
  })),
})
