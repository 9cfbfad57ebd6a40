import { array, bytes, int32, string } from '../schema.js'
import { versionedRecord } from '../versioned-record.js'
import { NEVER_FLEXIBLE } from '../wire/versions.js'

/**
 * What a consumer of the classic protocol tells the leader of its group: the `metadata` of JoinGroup. Version 1 says
 * what it holds (KIP-429), 2 since which generation, and 3 where it stands (KIP-881).
 */
export const consumerProtocolSubscription = versionedRecord(
  'ConsumerProtocolSubscription',
  { oldest: 0, newest: 3, flexibleFrom: NEVER_FLEXIBLE, readsNewer: true },
  {
    topics: array(string()),
    userData: bytes({ nullableSince: 0, default: null }),
    ownedPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { since: 1, ignorable: true },
    ),
    generationId: int32({ since: 2, default: -1, ignorable: true }),
    rackId: string({ since: 3, nullableSince: 3, default: null, ignorable: true }),
  },
)

/** What the leader of a classic group gives a consumer: the `assignment` of SyncGroup. */
export const consumerProtocolAssignment = versionedRecord(
  'ConsumerProtocolAssignment',
  { oldest: 0, newest: 3, flexibleFrom: NEVER_FLEXIBLE, readsNewer: true },
  {
    assignedPartitions: array({
      topic: string(),
      partitions: array(int32()),
    }),
    userData: bytes({ nullableSince: 0, default: null }),
  },
)
