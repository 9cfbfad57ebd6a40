import type { RecordCodec } from '../../log/record-log.js'
import { groupMetadataKey, groupMetadataValue } from '../../protocol/records/group-metadata.js'
import { legacyOffsetCommitKey, offsetCommitKey, offsetCommitValue } from '../../protocol/records/offset-commit.js'
import type { ValueOfRecord, VersionedRecord } from '../../protocol/versioned-record.js'
import { MalformedMessageError } from '../../protocol/wire/wire-reader.js'
import { CorruptRecordError } from '../../record/batch-reader.js'

/** A generation of a group, as the log has it. */
export type LoggedGroup = ValueOfRecord<typeof groupMetadataValue>
export type LoggedMember = LoggedGroup['members'][number]
/** What a group has committed for a partition. */
export type CommittedOffset = ValueOfRecord<typeof offsetCommitValue>

/** What the groups of a partition write to `__consumer_offsets`. A value of null deletes. */
export type GroupRecord =
  | { readonly type: 'group'; readonly groupId: string; readonly value: LoggedGroup | null }
  | {
      readonly type: 'offset'
      readonly groupId: string
      readonly topic: string
      readonly partition: number
      readonly value: CommittedOffset | null
    }

/** The versions that Kafka 4.2 writes. (`GroupCoordinatorRecordHelpers`) */
const GROUP_VERSION = 3
const OFFSET_VERSION = 4
/** The last version that has a time of expiry. */
const EXPIRING_OFFSET_VERSION = 1

/** Kafka's own bytes. Records of other types are passed over, as in Kafka. (`GroupCoordinatorRecordSerde`) */
export const GROUP_CODEC: RecordCodec<GroupRecord> = {
  encode(record) {
    if (record.type === 'group') {
      const key = groupMetadataKey.encode(groupMetadataKey.versions.newest, { group: record.groupId })
      return { key, value: record.value === null ? null : groupMetadataValue.encode(GROUP_VERSION, record.value) }
    }
    const { groupId: group, topic, partition, value } = record
    const key = offsetCommitKey.encode(offsetCommitKey.versions.newest, { group, topic, partition })
    const version = value?.expireTimestamp === undefined ? OFFSET_VERSION : EXPIRING_OFFSET_VERSION
    return { key, value: value === null ? null : offsetCommitValue.encode(version, value) }
  },

  decode(key, value) {
    if (key === null || key.length < 2) return null
    try {
      return decoded(key, value)
    } catch (error) {
      if (error instanceof MalformedMessageError) throw new CorruptRecordError(error.message)
      throw error
    }
  },
}

function decoded(key: Buffer, value: Buffer | null): GroupRecord | null {
  switch (key.readInt16BE()) {
    case legacyOffsetCommitKey.versions.newest:
      return offsetRecord(known(legacyOffsetCommitKey, key), value)
    case offsetCommitKey.versions.newest:
      return offsetRecord(known(offsetCommitKey, key), value)
    case groupMetadataKey.versions.newest: {
      const { group: groupId } = known(groupMetadataKey, key)
      return { type: 'group', groupId, value: value && known(groupMetadataValue, value) }
    }
    default:
      return null
  }
}

function offsetRecord(key: ValueOfRecord<typeof offsetCommitKey>, value: Buffer | null): GroupRecord {
  const { group: groupId, topic, partition } = key
  return { type: 'offset', groupId, topic, partition, value: value && known(offsetCommitValue, value) }
}

/** A value of a later version stops the reader, as in Kafka: what it says cannot be passed over. */
function known<Value>(record: VersionedRecord<Value>, bytes: Buffer): Value {
  const decoded = record.decode(bytes)
  if (decoded === 'UNSUPPORTED_VERSION') throw new CorruptRecordError(`A ${record.name} has an unknown version`)
  return decoded.value
}
