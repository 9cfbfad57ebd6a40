import type { ErrorCode } from '../../base/error-code.js'
import type { TopicImage } from '../../protocol/inner/update-metadata.js'

interface AskedTopic {
  readonly partitions: readonly { readonly partitionIndex: number }[]
}

interface AnsweredTopic {
  readonly partitions: readonly PartitionError[]
}

interface PartitionError {
  readonly partitionIndex: number
  readonly errorCode: ErrorCode
}

/**
 * The topics of a request that a broker has looked at: what is not there is answered by itself, and somebody else is
 * asked about the rest.
 */
export class CheckedTopics<Topic extends AskedTopic> {
  /** What is there, by topics that are not empty: as the request has it, with the topics' names. */
  readonly sound: readonly (Topic & { readonly name: string })[]
  readonly #topics: readonly Topic[]
  readonly #isThere: readonly boolean[]
  /** Errors of the partitions, in their order; NONE: somebody else says. */
  readonly #errors: readonly (readonly ErrorCode[])[]

  /** `missing`: the error of a topic that the cluster does not have. */
  constructor(topics: readonly Topic[], imageOf: (topic: Topic) => TopicImage | undefined, missing: ErrorCode) {
    const images = topics.map(imageOf)
    this.#topics = topics
    this.#isThere = images.map((image) => image !== undefined)
    this.#errors = topics.map(({ partitions }, index) => {
      const image = images[index]
      return partitions.map(({ partitionIndex }) => {
        if (image === undefined) return missing
        return image.partitions[partitionIndex] === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NONE'
      })
    })
    this.sound = topics.flatMap((topic, index) => {
      const partitions = topic.partitions.filter((_, at) => this.#errors[index]?.[at] === 'NONE')
      const name = images[index]?.name
      return name === undefined || partitions.length === 0 ? [] : [{ ...topic, name, partitions }]
    })
  }

  /**
   * All topics of the request in their order, but those that are there and of which no partition was named. `said` is
   * what was said of `sound`, in the same order.
   */
  answered(said: readonly AnsweredTopic[]): (Omit<Topic, 'partitions'> & AnsweredTopic)[] {
    const errors = said.flatMap(({ partitions }) => partitions).values()
    const answers = this.#topics.map((topic, index) => ({
      ...topic,
      partitions: topic.partitions.map(({ partitionIndex }, at) => {
        const own = this.#errors[index]?.[at] ?? 'NONE'
        const errorCode = own === 'NONE' ? (errors.next().value?.errorCode ?? own) : own
        return { partitionIndex, errorCode }
      }),
    }))
    return answers.filter(({ partitions }, index) => partitions.length > 0 || !this.#isThere[index])
  }
}
