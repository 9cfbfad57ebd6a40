import { wire } from '../codec.js'
import { array, errorCode, int32, string } from '../schema.js'
import { NEVER_FLEXIBLE } from '../wire/versions.js'

/** Forgets what a group has committed for topics to which nobody in it subscribes (KIP-496). */
export const offsetDelete = {
  name: 'OffsetDelete',
  key: 47,
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
} as const
