import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, errorCode, int32, string } from '../schema.js'

/** Forgets groups that have no members, with all that they have committed (KIP-229). */
export const deleteGroups = schemaApi({
  name: 'DeleteGroups',
  key: 42,
  servedBy: 'coordinator',
  refusal: ({ groupsNames }, errorCode) => ({
    api: 'DeleteGroups',
    throttleTimeMs: 0,
    results: groupsNames.map((groupId) => ({ groupId, errorCode })),
  }),
  passing: ({ results }) => coordinatorError(results.map(({ errorCode }) => errorCode)),
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
})
