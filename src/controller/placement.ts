/**
 * Chooses the replicas of new partitions: the brokers in turn, beginning where the last topic ended, so that leaders
 * (the first replica of each) are spread; the followers are shifted by one more with each round, so that the partitions
 * of a lost broker are taken over by different ones. (Kafka's `StripedReplicaPlacer`, without racks.)
 */
export function placeReplicas(parts: {
  readonly brokers: readonly number[]
  readonly partitions: number
  readonly replicationFactor: number
  readonly start: number
}): number[][] {
  const { brokers, partitions, replicationFactor, start } = parts
  const placed: number[][] = []
  for (let partition = 0; partition < partitions; partition++) {
    const leader = (start + partition) % brokers.length
    const shift = Math.floor((start + partition) / brokers.length) % Math.max(1, brokers.length - 1)
    const replicas = [brokers[leader] as number]
    for (let follower = 1; follower < replicationFactor; follower++) {
      const step = 1 + ((shift + follower - 1) % (brokers.length - 1))
      replicas.push(brokers[(leader + step) % brokers.length] as number)
    }
    placed.push(replicas)
  }
  return placed
}
