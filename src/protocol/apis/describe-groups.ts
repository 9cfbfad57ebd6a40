import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, authorizedOperations, bool, bytes, errorCode, int32, string } from '../schema.js'

/** (`DescribeGroupsResponse.groupError`) */
const NOT_DESCRIBED = {
  groupState: '',
  protocolType: '',
  protocolData: '',
  members: [],
  authorizedOperations: -(2 ** 31),
}

/**
 * Groups of the classic protocol with their members. Version 3 tells what the asking one may do (KIP-430), 4 knows
 * static members (KIP-345), and 6 says that a group does not exist by an error (KIP-1043).
 */
export const describeGroups = schemaApi({
  name: 'DescribeGroups',
  key: 15,
  servedBy: 'coordinator',
  refusal: ({ groups }, errorCode, says) => ({
    api: 'DescribeGroups',
    throttleTimeMs: 0,
    groups: groups.map((groupId) => ({ ...NOT_DESCRIBED, groupId, errorCode, errorMessage: says ?? null })),
  }),
  passing: ({ groups }) => coordinatorError(groups.map(({ errorCode }) => errorCode)),
  wire: wire({ oldest: 0, newest: 6, flexibleFrom: 5 }, () => ({
    request: {
      groups: array(string()),
      includeAuthorizedOperations: bool({ since: 3 }),
    },
    response: {
      throttleTimeMs: int32({ since: 1, ignorable: true }),
      groups: array({
        errorCode: errorCode(),
        errorMessage: string({ since: 6, nullableSince: 6, default: null }),
        groupId: string(),
        groupState: string(),
        protocolType: string(),
        protocolData: string(),
        members: array({
          memberId: string(),
          groupInstanceId: string({ since: 4, nullableSince: 4, default: null, ignorable: true }),
          clientId: string(),
          clientHost: string(),
          memberMetadata: bytes(),
          memberAssignment: bytes(),
        }),
        authorizedOperations: authorizedOperations({ since: 3 }),
      }),
    },
  })),
})
