import type { ClusterOptions } from '../cluster/cluster.js'

const REPLICAS_MAX = 3

/** The options with as many replicas for a topic as there are brokers, up to 3, unless they say otherwise. */
export function replicated(options: ClusterOptions): ClusterOptions {
  const { brokers = 1 } = options
  return { 'default.replication.factor': Math.min(REPLICAS_MAX, Math.max(1, Number(brokers) || 1)), ...options }
}
