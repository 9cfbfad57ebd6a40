import type { CurrentLeader } from '../protocol/partition.js'
import type { Exchange } from './exchange.js'

/** Where the leaders can be reached that an answer names, each of them once (KIP-951). */
export function nodeEndpoints({ cluster }: Exchange, leaders: readonly (CurrentLeader | null)[]): object[] {
  const ids = new Set(leaders.flatMap((one) => (one === null ? [] : one.leader)))
  return [...ids].flatMap((nodeId) => {
    const endpoint = cluster.endpoints.of(nodeId)
    return endpoint === null ? [] : { nodeId, ...endpoint, rack: null }
  })
}
