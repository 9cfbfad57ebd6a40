import { wire } from '../codec.js'
import { array, errorCode, int32, string } from '../schema.js'

/** Forgets groups that have no members, with all that they have committed (KIP-229). */
export const deleteGroups = {
  name: 'DeleteGroups',
  key: 42,
  wire: wire({ oldest: 0, newest: 2, flexibleFrom: 2 }, () => ({
    request: {
      groupsNames: array(string()),
    },
    response: {
      throttleTimeMs: int32(),
      results: array({
        groupId: string(),
        errorCode: errorCode(),
      }),
    },
  })),
} as const
