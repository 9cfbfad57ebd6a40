import { PARTITIONS_MAX, PARTITIONS_PER_REQUEST_MAX, PARTITIONS_PER_TOPIC_MAX } from '../base/config/internal-limits.js'
import { isInternalTopic } from '../base/internal-topics.js'
import type { RequestOf, ResponseOf } from '../protocol/api.js'
import type { TopicImage } from '../protocol/inner/update-metadata.js'
import type { ClusterImage } from './cluster-image.js'
import type { MetadataDecision, MetadataRecord } from './metadata-records.js'
import { factorFault, placeReplicas } from './placement.js'
import { type Refusal, refuse } from './refusal.js'
import { newPartitions, replicasFault } from './replica-assignments.js'

type Asked = RequestOf<'CreatePartitions'>['topics'][number]
type Answer = ResponseOf<'CreatePartitions'>['results'][number]

/**
 * Decides on more partitions for topics that are there, each topic by itself. (`ControllerApis.createPartitions` and
 * `ReplicationControlManager.createPartitions` in Kafka, whose sentences these are.)
 */
export class PartitionCounts {
  readonly #image: ClusterImage

  constructor(image: ClusterImage) {
    this.#image = image
  }

  createPartitions({ topics, validateOnly }: RequestOf<'CreatePartitions'>): MetadataDecision<Answer[]> {
    const records: MetadataRecord[] = []
    const namedTwice = namedTwiceIn(topics)
    let added = 0
    const reply = [...new Map(topics.map((topic) => [topic.name, topic])).values()].map((asked): Answer => {
      const { name } = asked
      if (namedTwice.has(name)) return answer(name, refuse('INVALID_REQUEST', 'Duplicate topic name.'))
      const topic = this.#image.topicNamed(name)
      const refusal = this.#refusal(topic, asked, added)
      if (refusal !== null) return answer(name, refusal)
      const { topicId, partitions } = topic as TopicImage
      added += asked.count - partitions.length
      if (!validateOnly)
        records.push(
          ...newPartitions(this.#placed(topic as TopicImage, asked), {
            topicId,
            first: partitions.length,
            image: this.#image,
          }),
        )
      return { name, errorCode: 'NONE', errorMessage: null }
    })
    return { records, reply }
  }

  #refusal(topic: TopicImage | undefined, { name, count, assignments }: Asked, added: number): Refusal | null {
    if (topic === undefined)
      return refuse('UNKNOWN_TOPIC_OR_PARTITION', 'This server does not host this topic-partition.')
    // A group lies in the partition that its id and their number say.
    if (isInternalTopic(name))
      return refuse('INVALID_TOPIC_EXCEPTION', `The topic '${name}' is internal, and keeps its number of partitions`)
    const has = topic.partitions.length
    if (count === has) return refuse('INVALID_PARTITIONS', `Topic already has ${has} partition(s).`)
    if (count < has) {
      const says = `The topic ${name} currently has ${has} partition(s); ${count} would not be an increase.`
      return refuse('INVALID_PARTITIONS', says)
    }
    const more = count - has
    const excess = this.#excess(count, more, added)
    if (excess !== null) return excess
    const factor = topic.partitions[0]?.replicas.length ?? 0
    if (assignments === null) return factorFault(factor, this.#image)
    if (assignments.length !== more) {
      const says = `Attempted to add ${more} additional partition(s), but only ${assignments.length} assignment(s) were specified.`
      return refuse('INVALID_REPLICA_ASSIGNMENT', says)
    }
    for (const [index, { brokerIds }] of assignments.entries()) {
      const fault = replicasFault(brokerIds, { partition: has + index, factor, image: this.#image })
      if (fault !== null) return fault
    }
    return null
  }

  #excess(count: number, more: number, added: number): Refusal | null {
    if (count > PARTITIONS_PER_TOPIC_MAX)
      return refuse('INVALID_PARTITIONS', `A topic has 1 to ${PARTITIONS_PER_TOPIC_MAX} partitions, not ${count}`)
    if (added + more > PARTITIONS_PER_REQUEST_MAX)
      return refuse('POLICY_VIOLATION', `One request creates at most ${PARTITIONS_PER_REQUEST_MAX} partitions`)
    const { partitionCount } = this.#image
    if (partitionCount + added + more <= PARTITIONS_MAX) return null
    const says = `The cluster would have ${partitionCount + added + more} partitions, and has at most ${PARTITIONS_MAX}`
    return refuse('POLICY_VIOLATION', says)
  }

  /** New partitions go on where those before them have ended. */
  #placed({ topicId, partitions }: TopicImage, { count, assignments }: Asked): (readonly number[])[] {
    if (assignments !== null) return assignments.map(({ brokerIds }) => brokerIds)
    return placeReplicas({
      brokers: this.#image.activeBrokers,
      fenced: this.#image.fencedBrokers,
      partitions: count - partitions.length,
      replicationFactor: partitions[0]?.replicas.length ?? 0,
      start: topicId - this.#image.lastForgottenTopicId - 1 + partitions.length,
    })
  }
}

function namedTwiceIn(topics: readonly Asked[]): ReadonlySet<string> {
  const [once, twice] = [new Set<string>(), new Set<string>()]
  for (const { name } of topics) (once.has(name) ? twice : once).add(name)
  return twice
}

function answer(name: string, { error, says }: Refusal): Answer {
  return { name, errorCode: error, errorMessage: says }
}
