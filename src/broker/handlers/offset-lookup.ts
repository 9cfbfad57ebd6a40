import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { topicIdOf, topicUuidOf } from '../../protocol/topic-uuid.js'
import { ZERO_UUID } from '../../protocol/wire/wire-types.js'
import type { ClusterView } from '../cluster-view.js'

type AskedGroup = RequestOf<'OffsetFetch'>['groups'][number]
type FoundGroup = ResponseOf<'OffsetFetch'>['groups'][number]
type FoundTopic = FoundGroup['topics'][number]

/** The question what one group has committed, as whoever asks has put it, and as its coordinator is asked. */
export class OffsetLookup {
  /** What the coordinator is asked: topics that there are, by their names; null: all that it knows. */
  readonly asked: AskedGroup
  readonly #cluster: ClusterView
  readonly #topics: AskedGroup['topics']
  /** Names of the topics when they were asked for; undefined: there was no such topic. */
  readonly #names: readonly (string | undefined)[]

  constructor(group: AskedGroup, cluster: ClusterView) {
    this.#cluster = cluster
    this.#topics = group.topics
    this.#names = (group.topics ?? []).map(({ topicId }) => cluster.topicOf(topicIdOf(topicId))?.name)
    const topics = group.topics?.flatMap((topic, index) => {
      const name = this.#names[index]
      return name === undefined ? [] : [{ ...topic, name }]
    })
    this.asked = { ...group, topics: topics ?? null }
  }

  /** What the coordinator has found, in the order of the question; every partition that was asked for is in there. */
  answered(found: FoundGroup): FoundGroup {
    if (found.errorCode !== 'NONE') return found
    if (this.#topics === null) return { ...found, topics: found.topics.flatMap((topic) => this.#present(topic)) }
    const said = found.topics.values()
    const topics = this.#topics.map(({ topicId, partitionIndexes }, index): FoundTopic => {
      const topic = this.#names[index] === undefined ? undefined : said.next().value
      return topic ?? { topicId, partitions: partitionIndexes.map(ofUnknownTopic) }
    })
    return { ...found, topics }
  }

  /** A topic that is gone is passed over, and so is what was committed for an earlier one of its name. */
  #present(topic: FoundTopic): FoundTopic[] {
    const present = this.#cluster.topicNamed(topic.name ?? '')
    if (present === undefined) return []
    const topicId = topicUuidOf(present.topicId)
    return topic.topicId === ZERO_UUID || topic.topicId === topicId ? [{ ...topic, topicId }] : []
  }
}

function ofUnknownTopic(partitionIndex: number): FoundTopic['partitions'][number] {
  const nothing = { committedOffset: -1, committedLeaderEpoch: -1, metadata: '' }
  return { partitionIndex, ...nothing, errorCode: 'UNKNOWN_TOPIC_ID' }
}
