import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, errorCode, int32, string } from '../schema.js'

/** Members leave a classic group: one up to version 2, many since version 3 (KIP-345). Version 5 says why (KIP-800). */
export const leaveGroup = schemaApi({
  name: 'LeaveGroup',
  key: 13,
  servedBy: 'coordinator',
  struck: 'members',
  refusal: (_, errorCode) => ({ api: 'LeaveGroup', throttleTimeMs: 0, errorCode, members: [] }),
  passing: ({ errorCode }) => coordinatorError([errorCode]),
  wire: wire({ oldest: 0, newest: 5, flexibleFrom: 4 }, () => ({
    request: {
      groupId: string(),
      memberId: string({ until: 2 }),
      members: array(
        {
          memberId: string(),
          groupInstanceId: string({ nullableSince: 3, default: null }),
          reason: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
        },
        { since: 3 },
      ),
    },
    response: {
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      errorCode: errorCode(),
      members: array(
        {
          memberId: string(),
          groupInstanceId: string({ nullableSince: 3 }),
          errorCode: errorCode(),
        },
        { since: 3 },
      ),
    },
  })),
})
