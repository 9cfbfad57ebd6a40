import { wire } from '../codec.js'
import { array, bytes, errorCode, int32, string } from '../schema.js'

/**
 * The leader of a group says who reads what, and each member is told its part. Version 3 knows static members
 * (KIP-345), and 5 names the protocol (KIP-559).
 */
export const syncGroup = {
  name: 'SyncGroup',
  key: 14,
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
} as const
