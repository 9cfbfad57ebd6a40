import { describeCluster, describeClusterWire } from '../../protocol/apis/describe-cluster.js'
import type { ResponseOnWire } from '../../protocol/codec.js'
import { translated } from '../passage.js'

/** DescribeCluster: brokers with where they can be reached. (`KafkaApis.handleDescribeCluster`, KIP-700) */
type Described = ResponseOnWire<typeof describeClusterWire>

const BROKERS = 1
const CONTROLLERS = 2

export const describeClusterPassage = translated({
  name: describeCluster.name,
  key: describeCluster.key,
  wire: describeClusterWire,
  serve({ endpointType, includeFencedBrokers: includeFenced }, exchange) {
    const { clusterId, endpoints } = exchange.cluster
    const cluster = { throttleTimeMs: 0, endpointType, clusterId, clusterAuthorizedOperations: -(2 ** 31) }
    const nothing = { ...cluster, controllerId: -1, brokers: [] }
    // The words of `AuthHelper.computeDescribeClusterResponse`.
    if (endpointType === CONTROLLERS) {
      const errorMessage = 'The request was sent to an endpoint of the wrong type.'
      return exchange.answer({ ...nothing, errorCode: 'MISMATCHED_ENDPOINT_TYPE', errorMessage })
    }
    if (endpointType !== BROKERS) {
      const errorMessage = `Unsupported endpoint type ${endpointType}`
      return exchange.answer({ ...nothing, errorCode: 'UNSUPPORTED_ENDPOINT_TYPE', errorMessage })
    }
    exchange.ask({ api: 'DescribeCluster', includeFenced }, (response) => {
      const brokers = response.brokers.flatMap(({ brokerId, isFenced }): Described['brokers'] => {
        const endpoint = endpoints.of(brokerId)
        return endpoint === null ? [] : [{ brokerId, ...endpoint, rack: null, isFenced }]
      })
      // The controller is no broker here: any broker passes on to it what it alone may decide.
      const controllerId = response.brokers.find(({ isFenced }) => !isFenced)?.brokerId ?? -1
      exchange.answer({ ...cluster, errorCode: response.error, errorMessage: null, controllerId, brokers })
    })
  },
})
