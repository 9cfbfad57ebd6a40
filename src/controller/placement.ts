import type { ClusterImage } from './cluster-image.js'
import { type Refusal, refuse } from './refusal.js'

/**
 * Chooses the replicas of new partitions: the brokers in turn, beginning where the last topic ended, so that leaders
 * (the first replica of each) are spread; the followers are shifted by one more with each round, so that the partitions
 * of a lost broker are taken over by different ones. Brokers that are `fenced` get what the others are too few for, and
 * lead nothing. (Kafka's `StripedReplicaPlacer`, without racks.)
 */
export function placeReplicas(parts: {
  readonly brokers: readonly number[]
  readonly fenced: readonly number[]
  readonly partitions: number
  readonly replicationFactor: number
  readonly start: number
}): number[][] {
  const { brokers, fenced, partitions, replicationFactor, start } = parts
  const unfencedMax = Math.min(replicationFactor, brokers.length)
  const placed: number[][] = []
  for (let partition = 0; partition < partitions; partition++) {
    const leader = (start + partition) % brokers.length
    const shift = Math.floor((start + partition) / brokers.length) % Math.max(1, brokers.length - 1)
    const replicas = [brokers[leader] as number]
    for (let follower = 1; follower < unfencedMax; follower++) {
      const step = 1 + ((shift + follower - 1) % (brokers.length - 1))
      replicas.push(brokers[(leader + step) % brokers.length] as number)
    }
    for (let rest = 0; replicas.length < replicationFactor; rest++)
      replicas.push(fenced[(start + partition + rest) % fenced.length] as number)
    placed.push(replicas)
  }
  return placed
}

/** Why there can be no partition with so many replicas, in Kafka's words; null: there can. */
export function factorFault(factor: number, { activeBrokers, fencedBrokers }: ClusterImage): Refusal | null {
  const usable = activeBrokers.length + fencedBrokers.length
  if (!Number.isInteger(factor) || factor < 1)
    return refuse(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  if (factor > usable) {
    const says = `The target replication factor of ${factor} cannot be reached because only ${usable} broker(s) are registered.`
    return refuse('INVALID_REPLICATION_FACTOR', says)
  }
  return activeBrokers.length > 0 ? null : refuse('INVALID_REPLICATION_FACTOR', 'All brokers are currently fenced.')
}
