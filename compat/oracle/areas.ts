import type { Area } from './script.js'
import { ALTER_CONFIGS, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS } from './scripts/configs.js'
import { DELETE_GROUPS, DESCRIBE_GROUPS, FIND_COORDINATOR, LIST_GROUPS } from './scripts/groups.js'
import { JOIN_GROUP } from './scripts/join-group.js'
import { HEARTBEAT, LEAVE_GROUP, SYNC_GROUP } from './scripts/members.js'
import { OFFSET_COMMIT, OFFSET_DELETE, OFFSET_FETCH } from './scripts/offsets.js'
import { API_VERSIONS, INIT_PRODUCER_ID } from './scripts/others.js'
import {
  CREATE_PARTITIONS,
  DELETE_RECORDS,
  DESCRIBE_CLUSTER,
  DESCRIBE_PRODUCERS,
  DESCRIBE_TOPIC_PARTITIONS,
  ELECT_LEADERS,
} from './scripts/partitions.js'
import { PRODUCE } from './scripts/produce.js'
import { FETCH, LIST_OFFSETS, OFFSET_FOR_LEADER_EPOCH } from './scripts/reading.js'
import { CREATE_TOPICS, DELETE_TOPICS, METADATA } from './scripts/topics.js'

/** All scripts, in the order in which they are played: first those whose answers tell of everything that there is. */
export const AREAS: readonly Area[] = [
  METADATA,
  LIST_GROUPS,
  API_VERSIONS,
  PRODUCE,
  FETCH,
  LIST_OFFSETS,
  OFFSET_FOR_LEADER_EPOCH,
  CREATE_TOPICS,
  DELETE_TOPICS,
  INIT_PRODUCER_ID,
  FIND_COORDINATOR,
  JOIN_GROUP,
  SYNC_GROUP,
  HEARTBEAT,
  LEAVE_GROUP,
  OFFSET_COMMIT,
  OFFSET_FETCH,
  OFFSET_DELETE,
  DESCRIBE_GROUPS,
  DELETE_GROUPS,
  DESCRIBE_CONFIGS,
  INCREMENTAL_ALTER_CONFIGS,
  ALTER_CONFIGS,
  CREATE_PARTITIONS,
  DELETE_RECORDS,
  DESCRIBE_PRODUCERS,
  DESCRIBE_TOPIC_PARTITIONS,
  ELECT_LEADERS,
  DESCRIBE_CLUSTER,
]
