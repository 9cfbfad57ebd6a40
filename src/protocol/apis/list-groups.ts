import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, errorCode, int32, string } from '../schema.js'

/** All groups that a broker coordinates. Version 4 chooses by state (KIP-518), and 5 by type (KIP-848). */
export const listGroups = schemaApi({
  name: 'ListGroups',
  key: 16,
  servedBy: 'broker',
  refusal: (_, errorCode) => ({ api: 'ListGroups', throttleTimeMs: 0, errorCode, groups: [] }),
  passing: ({ errorCode }) => coordinatorError([errorCode]),
  wire: wire({ oldest: 0, newest: 5, flexibleFrom: 3 }, () => ({
    request: {
      statesFilter: array(string(), { since: 4 }),
      typesFilter: array(string(), { since: 5 }),
    },
    response: {
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      errorCode: errorCode(),
      groups: array({
        groupId: string(),
        protocolType: string(),
        groupState: string({ since: 4, ignorable: true }),
        groupType: string({ since: 5, ignorable: true }),
      }),
    },
  })),
})
