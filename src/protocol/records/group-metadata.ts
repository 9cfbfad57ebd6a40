import { array, bytes, int32, int64, string } from '../schema.js'
import { recordKey, versionedRecord } from '../versioned-record.js'

/** Names a group of the classic protocol. */
export const groupMetadataKey = recordKey('GroupMetadataKey', 2, {
  group: string(),
})

const memberMetadata = {
  memberId: string(),
  groupInstanceId: string({ since: 3, nullableSince: 3, default: null, ignorable: true }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ since: 1, default: -1, ignorable: true }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
}

/** A generation of a classic group, with its members. Version 3 knows static members (KIP-345). */
export const groupMetadataValue = versionedRecord(
  'GroupMetadataValue',
  { oldest: 0, newest: 4, flexibleFrom: 4 },
  {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullableSince: 0 }),
    leader: string({ nullableSince: 0 }),
    currentStateTimestamp: int64({ since: 2, default: -1, ignorable: true }),
    members: array(memberMetadata),
  },
)
