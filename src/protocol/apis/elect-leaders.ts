import type { ErrorCode } from '../../base/error-code.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { type PartitionName, partitionName } from '../partition.js'
import { notController } from '../passing.js'
import { listOf, oneOf, orNull } from '../request-shape.js'
import { array, errorCode, int8, int32, string } from '../schema.js'

/** Asked of any broker, which passes it on to the controller (KIP-183, KIP-460). */
export interface ElectLeadersRequest {
  readonly api: 'ElectLeaders'
  readonly electionType: 'preferred' | 'unclean'
  /** The partitions that get leaders; null: all. */
  readonly partitions: readonly PartitionName[] | null
}
/** ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE or ELIGIBLE_LEADERS_NOT_AVAILABLE where nothing changed. */
export interface ElectLeadersResponse {
  readonly api: 'ElectLeaders'
  readonly partitions: readonly (PartitionName & { readonly error: ErrorCode })[]
}

/** Version 1 knows unclean elections (KIP-460). */
export const electLeadersWire = wire({ oldest: 0, newest: 2, flexibleFrom: 2 }, () => ({
  request: {
    electionType: int8({ since: 1 }),
    topicPartitions: array(
      {
        topic: string(),
        partitions: array(int32()),
      },
      { nullableSince: 0 },
    ),
    timeoutMs: int32({ default: 60000 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: errorCode({ since: 1 }),
    replicaElectionResults: array({
      topic: string(),
      partitionResult: array({
        partitionId: int32(),
        errorCode: errorCode(),
        errorMessage: string({ nullableSince: 0 }),
      }),
    }),
  },
}))

export const electLeaders = api<ElectLeadersRequest, ElectLeadersResponse>({
  name: 'ElectLeaders',
  key: 43,
  servedBy: 'controller',
  isForwarded: true,
  shape: { electionType: oneOf('preferred', 'unclean'), partitions: orNull(listOf(partitionName)) },
  refusal: ({ partitions }, error) => ({
    api: 'ElectLeaders',
    partitions: (partitions ?? []).map((name) => ({ ...name, error })),
  }),
  passing: ({ partitions }) => notController(partitions),
  wire: electLeadersWire,
})
