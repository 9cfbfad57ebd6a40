import type { ErrorCode } from '../../base/error-code.js'
import { wire } from '../codec.js'
import { api } from '../definition.js'
import { flag } from '../request-shape.js'
import { array, authorizedOperations, bool, errorCode, int8, int32, string } from '../schema.js'

export interface DescribeClusterRequest {
  readonly api: 'DescribeCluster'
  readonly includeFenced: boolean
}
/** Where brokers can be reached, whoever lets clients in knows. */
export interface DescribeClusterResponse {
  readonly api: 'DescribeCluster'
  readonly error: ErrorCode
  readonly brokers: readonly { readonly brokerId: number; readonly isFenced: boolean }[]
}

/** Version 1 asks for brokers or controllers (KIP-919), and 2 for brokers that are fenced as well (KIP-1073). */
export const describeClusterWire = wire({ oldest: 0, newest: 2, flexibleFrom: 0 }, () => ({
  request: {
    includeClusterAuthorizedOperations: bool(),
    endpointType: int8({ since: 1, default: 1 }),
    includeFencedBrokers: bool({ since: 2 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: errorCode(),
    errorMessage: string({ nullableSince: 0, default: null }),
    endpointType: int8({ since: 1, default: 1 }),
    clusterId: string(),
    controllerId: int32({ default: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullableSince: 0, default: null }),
      isFenced: bool({ since: 2 }),
    }),
    clusterAuthorizedOperations: authorizedOperations(),
  },
}))

export const describeCluster = api<DescribeClusterRequest, DescribeClusterResponse>({
  name: 'DescribeCluster',
  key: 60,
  servedBy: 'broker',
  shape: { includeFenced: flag },
  refusal: (_, error) => ({ api: 'DescribeCluster', error, brokers: [] }),
  wire: describeClusterWire,
})
