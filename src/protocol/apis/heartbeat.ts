import { wire } from '../codec.js'
import { errorCode, int32, string } from '../schema.js'

/** A member of a classic group says that it lives, and is told whether the group rebalances. */
export const heartbeat = {
  name: 'Heartbeat',
  key: 12,
  wire: wire({ oldest: 0, newest: 4, flexibleFrom: 4 }, () => ({
    request: {
      groupId: string(),
      generationId: int32(),
      memberId: string(),
      groupInstanceId: string({ since: 3, nullableSince: 3, default: null }),
    },
    response: {
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      errorCode: errorCode(),
    },
  })),
} as const
