/** Where the producers of handler modules come from; a consumer's thread loads it when the first one is asked for. */
import { AttachedCluster } from '../src/cluster/attached-cluster.js'
import type { UsedHandle } from '../src/cluster/cluster-handle.js'
import type { ProducerSource } from '../src/cluster/module-producers.js'

export function attachedProducers(handle: UsedHandle): ProducerSource {
  return AttachedCluster.by(handle)
}
