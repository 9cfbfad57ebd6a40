import { describeCluster, describeClusterWire } from '../../protocol/apis/describe-cluster.js'
import type { ResponseOnWire } from '../../protocol/codec.js'
import { ALL_OPERATIONS, NOT_ASKED } from '../operations.js'
import { translated } from '../passage.js'

/** DescribeCluster: brokers with where they can be reached. (`KafkaApis.handleDescribeCluster`, KIP-700) */
type Described = ResponseOnWire<typeof describeClusterWire>

const BROKERS = 1
const CONTROLLERS = 2

/** What a refused request is told. */
const NOTHING = {
  throttleTimeMs: 0,
  endpointType: BROKERS,
  clusterId: '',
  controllerId: -1,
  brokers: [],
  clusterAuthorizedOperations: NOT_ASKED,
}

export const describeClusterPassage = translated({
  name: describeCluster.name,
  key: describeCluster.key,
  wire: describeClusterWire,
  serve({ endpointType, includeFencedBrokers: includeFenced, includeClusterAuthorizedOperations }, exchange) {
    const { clusterId, endpoints } = exchange.cluster
    // The words of `AuthHelper.computeDescribeClusterResponse`.
    if (endpointType === CONTROLLERS) {
      const errorMessage = 'The request was sent to an endpoint of the wrong type.'
      return exchange.answer({ ...NOTHING, errorCode: 'MISMATCHED_ENDPOINT_TYPE', errorMessage })
    }
    if (endpointType !== BROKERS) {
      const errorMessage = `Unsupported endpoint type ${endpointType}`
      return exchange.answer({ ...NOTHING, errorCode: 'UNSUPPORTED_ENDPOINT_TYPE', errorMessage })
    }
    exchange.ask({ api: 'DescribeCluster', includeFenced }, (response) => {
      const brokers = response.brokers.flatMap(({ brokerId, isFenced }): Described['brokers'] => {
        const endpoint = endpoints.of(brokerId)
        return endpoint === null ? [] : [{ brokerId, ...endpoint, rack: null, isFenced }]
      })
      // The controller is no broker here: any broker passes on to it what it alone may decide.
      const controllerId = response.brokers.find(({ isFenced }) => !isFenced)?.brokerId ?? -1
      const clusterAuthorizedOperations = includeClusterAuthorizedOperations ? ALL_OPERATIONS.cluster : NOT_ASKED
      const told = { controllerId, brokers, clusterAuthorizedOperations }
      const cluster = { throttleTimeMs: 0, endpointType, clusterId }
      exchange.answer({ ...cluster, ...told, errorCode: response.error, errorMessage: null })
    })
  },
})
