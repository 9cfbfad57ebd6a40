import { int32, int64, string, uuid } from '../schema.js'
import { recordKey, versionedRecord } from '../versioned-record.js'

const key = {
  group: string(),
  topic: string(),
  partition: int32(),
}

/** The group that commits, and the partition of which. */
export const offsetCommitKey = recordKey('OffsetCommitKey', 1, key)

/** The same, as Kafka wrote it before 0.9. It is read, and never written. */
export const legacyOffsetCommitKey = recordKey('LegacyOffsetCommitKey', 0, key)

/** What a group has committed for a partition. Version 1 could expire (KIP-211), 3 knows the leader epoch (KIP-320). */
export const offsetCommitValue = versionedRecord(
  'OffsetCommitValue',
  { oldest: 0, newest: 4, flexibleFrom: 4 },
  {
    offset: int64(),
    leaderEpoch: int32({ since: 3, default: -1, ignorable: true }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ since: 1, until: 1, default: -1, ignorable: true }),
    topicId: uuid({ since: 4, ignorable: true, tag: 0 }),
  },
)
