import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { errorCode, int32, string } from '../schema.js'

/** A member of a classic group says that it lives, and is told whether the group rebalances. */
export const heartbeat = schemaApi({
  name: 'Heartbeat',
  key: 12,
  servedBy: 'coordinator',
  struck: 'members',
  refusal: (_, errorCode) => ({ api: 'Heartbeat', throttleTimeMs: 0, errorCode }),
  passing: ({ errorCode }) => coordinatorError([errorCode]),
  // The sessions of all members begin anew when the group is loaded. (`GroupCoordinatorService.heartbeat`)
  coordinatorErrors: { COORDINATOR_LOAD_IN_PROGRESS: 'NONE' },
  brief: {
    request: ({ groupId, memberId, generationId }) => `${groupId}, generation ${generationId}, member '${memberId}'`,
    response: ({ errorCode }) => errorCode,
  },
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
})
