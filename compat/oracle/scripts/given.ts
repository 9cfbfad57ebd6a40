import { given, type Message, type Step, until } from '../script.js'

/** Makes a topic if it is not there, waits until the broker leads its partitions, and calls its id after it. */
export function topic(
  name: string,
  { partitions = 1, ...more }: Message & { readonly partitions?: number } = {},
): readonly Step[] {
  const wanted = { name, numPartitions: partitions, replicationFactor: 1, ...more }
  const indexes = Array.from({ length: partitions }, (_, index) => index)
  return [
    given('CreateTopics', 7, { topics: [wanted] }),
    ...indexes.map((partitionIndex) => {
      const topics = [{ name, partitions: [{ partitionIndex, timestamp: -1n }] }]
      return until('ListOffsets', 7, { topics }, 'topics.0.partitions.0.errorCode', 'NONE')
    }),
    given('Metadata', 12, { topics: [{ name }] }, { binds: { [name]: 'topics.0.topicId' } }),
  ]
}

/** The settings of a topic as CreateTopics has them. */
export function settings(values: { readonly [name: string]: string | null }): Message {
  return { configs: Object.entries(values).map(([name, value]) => ({ name, value })) }
}
