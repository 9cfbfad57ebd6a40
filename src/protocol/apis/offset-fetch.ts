import { wire } from '../codec.js'
import { schemaApi } from '../definition.js'
import { coordinatorError } from '../passing.js'
import { array, bool, errorCode, int32, int64, string, uuid } from '../schema.js'

/**
 * What a group has committed: of one group up to version 7, of many since version 8 (KIP-709). Version 7 may wait for
 * transactions (KIP-447), 9 says who asks (KIP-848), and 10 names topics by their ids.
 */
export const offsetFetch = schemaApi({
  name: 'OffsetFetch',
  key: 9,
  servedBy: 'coordinator',
  struck: 'members',
  refusal: ({ groups }, errorCode) => ({
    api: 'OffsetFetch',
    throttleTimeMs: 0,
    groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
  passing: ({ groups }) => coordinatorError(groups.map(({ errorCode }) => errorCode)),
  // Consumers look for the coordinator again with this one. (`handleOffsetFetchException`)
  coordinatorErrors: { COORDINATOR_NOT_AVAILABLE: 'NOT_COORDINATOR' },
  wire: wire({ oldest: 1, newest: 10, flexibleFrom: 6 }, () => ({
    request: {
      groupId: string({ until: 7 }),
      topics: array(
        {
          name: string(),
          partitionIndexes: array(int32()),
        },
        { until: 7, nullableSince: 2 },
      ),
      groups: array(
        {
          groupId: string(),
          memberId: string({ since: 9, nullableSince: 9, default: null, ignorable: true }),
          memberEpoch: int32({ since: 9, default: -1, ignorable: true }),
          topics: array(
            {
              name: string({ until: 9, ignorable: true }),
              topicId: uuid({ since: 10, ignorable: true }),
              partitionIndexes: array(int32()),
            },
            { nullableSince: 8 },
          ),
        },
        { since: 8 },
      ),
      requireStable: bool({ since: 7 }),
    },
    response: {
      throttleTimeMs: int32({ since: 3, ignorable: true }),
      topics: array(
        {
          name: string(),
          partitions: array({
            partitionIndex: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: int32({ since: 5, default: -1, ignorable: true }),
            metadata: string({ nullableSince: 0 }),
            errorCode: errorCode(),
          }),
        },
        { until: 7 },
      ),
      errorCode: errorCode({ since: 2, until: 7, ignorable: true }),
      groups: array(
        {
          groupId: string(),
          topics: array({
            name: string({ until: 9, ignorable: true }),
            topicId: uuid({ since: 10, ignorable: true }),
            partitions: array({
              partitionIndex: int32(),
              committedOffset: int64(),
              committedLeaderEpoch: int32({ default: -1 }),
              metadata: string({ nullableSince: 8 }),
              errorCode: errorCode(),
            }),
          }),
          errorCode: errorCode(),
        },
        { since: 8 },
      ),
    },
  })),
})
