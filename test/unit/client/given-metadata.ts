import type { MetadataResponse, PartitionMetadata } from '../../../src/protocol/apis/metadata.js'

/** A partition with one replica, its leader, unless more is said. */
export function partitionMetadata(
  said: { readonly partition: number; readonly leader: number } & Partial<PartitionMetadata>,
): PartitionMetadata {
  const replicas = said.leader < 0 ? [1] : [said.leader]
  const rest = { leaderEpoch: 0, partitionEpoch: 0, replicas, isr: replicas, elr: [], lastKnownLeader: -1 }
  return { ...rest, ...said }
}

/** What a broker says of the topic `orders`, of id 1. */
export function ordersMetadata(partitions: readonly PartitionMetadata[]): MetadataResponse {
  const topic = { error: 'NONE' as const, name: 'orders', topicId: 1, isInternal: false, partitions }
  return { api: 'Metadata', brokers: [1], controller: 0, topics: [topic] }
}
