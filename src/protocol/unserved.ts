import { apiVersions } from './apis/api-versions.js'
import { consumerGroupDescribe } from './apis/consumer-group-describe.js'
import { consumerGroupHeartbeat } from './apis/consumer-group-heartbeat.js'
import { deleteGroups } from './apis/delete-groups.js'
import { describeGroups } from './apis/describe-groups.js'
import { findCoordinator } from './apis/find-coordinator.js'
import { heartbeat } from './apis/heartbeat.js'
import { joinGroup } from './apis/join-group.js'
import { leaveGroup } from './apis/leave-group.js'
import { listGroups } from './apis/list-groups.js'
import { offsetCommit } from './apis/offset-commit.js'
import { offsetDelete } from './apis/offset-delete.js'
import { offsetFetch } from './apis/offset-fetch.js'
import { syncGroup } from './apis/sync-group.js'
import { CONSUMER_OFFSETS } from './records/consumer-offsets.js'

/**
 * Kafka's schemas that nobody in the house uses yet. Whoever serves such an API moves its line to the table of APIs,
 * and whoever keeps such a record takes it from its own file.
 */
export const UNSERVED = {
  apis: [
    apiVersions,
    findCoordinator,
    joinGroup,
    syncGroup,
    heartbeat,
    leaveGroup,
    offsetCommit,
    offsetFetch,
    offsetDelete,
    listGroups,
    describeGroups,
    deleteGroups,
    consumerGroupHeartbeat,
    consumerGroupDescribe,
  ],
  records: CONSUMER_OFFSETS.flatMap(({ key, value }) => [key, value]),
} as const
