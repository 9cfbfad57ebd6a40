import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, bool, bytes, errorCode, int32, string } from '../schema.js'

const NOT_JOINED = {
  throttleTimeMs: 0,
  generationId: -1,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  memberId: '',
  members: [],
}

/**
 * A consumer asks to be in a group of the classic protocol. From version 4 on a new member is told its id first and
 * asks again (KIP-394). Version 5 knows static members (KIP-345), 8 says why (KIP-800), and 9 may tell the leader to
 * assign nothing (KIP-814).
 */
export const joinGroup = schemaApi({
  name: 'JoinGroup',
  key: 11,
  servedBy: 'coordinator',
  struck: 'members',
  refusal: (_, errorCode) => ({ ...NOT_JOINED, api: 'JoinGroup', errorCode }),
  passing: ({ errorCode }) => coordinatorError([errorCode]),
  brief: {
    request: ({ groupId, memberId, groupInstanceId, protocols }) =>
      `${groupId}, member '${memberId}', instance ${groupInstanceId}, ${protocols.map(({ name }) => name).join(' or ')}`,
    response: ({ errorCode, generationId, memberId, leader, protocolName, members }) =>
      `${errorCode} generation ${generationId}, member '${memberId}', ${protocolName} led by '${leader}', ${members.length} members`,
  },
  wire: wire({ oldest: 0, newest: 9, flexibleFrom: 6 }, () => ({
    request: {
      groupId: string(),
      sessionTimeoutMs: int32(),
      rebalanceTimeoutMs: int32({ since: 1, default: -1, ignorable: true }),
      memberId: string(),
      groupInstanceId: string({ since: 5, nullableSince: 5, default: null }),
      protocolType: string(),
      protocols: array({
        name: string(),
        metadata: bytes(),
      }),
      reason: string({ since: 8, nullableSince: 8, default: null, ignorable: true }),
    },
    response: {
      throttleTimeMs: int32({ since: 2, ignorable: true }),
      errorCode: errorCode(),
      generationId: int32({ default: -1 }),
      protocolType: string({ since: 7, nullableSince: 7, default: null, ignorable: true }),
      protocolName: string({ nullableSince: 7 }),
      leader: string(),
      skipAssignment: bool({ since: 9 }),
      memberId: string(),
      members: array({
        memberId: string(),
        groupInstanceId: string({ since: 5, nullableSince: 5, default: null, ignorable: true }),
        metadata: bytes(),
      }),
    },
  })),
})
