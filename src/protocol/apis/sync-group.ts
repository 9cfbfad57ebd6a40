import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, bytes, errorCode, int32, string } from '../schema.js'

/**
 * The leader of a group says who reads what, and each member is told its part. Version 3 knows static members
 * (KIP-345), and 5 names the protocol (KIP-559).
 */
export const syncGroup = schemaApi({
  name: 'SyncGroup',
  key: 14,
  servedBy: 'coordinator',
  struck: 'members',
  refusal: (_, errorCode) => ({
    api: 'SyncGroup',
    throttleTimeMs: 0,
    errorCode,
    protocolType: null,
    protocolName: null,
    assignment: new Uint8Array(0),
  }),
  passing: ({ errorCode }) => coordinatorError([errorCode]),
  // Clients take any error that they do not know here for fatal, and 14 is one of those. (apache/kafka#4788)
  coordinatorErrors: { COORDINATOR_LOAD_IN_PROGRESS: 'REBALANCE_IN_PROGRESS' },
  brief: {
    request: ({ groupId, memberId, generationId, assignments }) =>
      `${groupId}, generation ${generationId}, member '${memberId}', ${assignments.length} assignments`,
    response: ({ errorCode, assignment }) => `${errorCode} ${assignment.length} bytes`,
  },
  wire: wire({ oldest: 0, newest: 5, flexibleFrom: 4 }, () => ({
    request: {
      groupId: string(),
      generationId: int32(),
      memberId: string(),
      groupInstanceId: string({ since: 3, nullableSince: 3, default: null }),
      protocolType: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
      protocolName: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
      assignments: array({
        memberId: string(),
        assignment: bytes(),
      }),
    },
    response: {
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      errorCode: errorCode(),
      protocolType: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
      protocolName: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
      assignment: bytes(),
    },
  })),
})
