import type { PartitionName } from '../../../../protocol/partition.js'
import { byText } from './assignor.js'

/** Partitions in the way in which Kafka's records list them. */
export interface PartitionsOfTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** By topic and number, so that the same partitions are always the same bytes (KAFKA-12898). */
export function topicsOf(partitions: readonly PartitionName[]): readonly PartitionsOfTopic[] {
  return grouped([...partitions].sort((a, b) => byText(a.topic, b.topic) || a.partition - b.partition))
}

/** By topic, otherwise in the given order. */
export function grouped(partitions: readonly PartitionName[]): readonly PartitionsOfTopic[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, [partition])
    else numbers.push(partition)
  }
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}

export function namesOf(topics: readonly PartitionsOfTopic[]): readonly PartitionName[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}
