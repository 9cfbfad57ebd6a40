import type { GivenTopicOptions } from '../../base/config/topic-options.js'
import { because, type ErrorCode } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import type { TopicResult } from '../../protocol/apis/create-topics.js'
import type { AdminFront } from './admin-front.js'
import type { TopicQuestions } from './topic-questions.js'

/** A topic to create; KafkaJS's shape, with Kafka's option names for `configs`. */
export interface TopicToCreate {
  readonly topic: string
  /** How many partitions it gets; the brokers' num.partitions when absent, or -1. */
  readonly numPartitions?: number
  /** How many replicas each gets; the brokers' default.replication.factor when absent, or -1. */
  readonly replicationFactor?: number
  /** The brokers that get each partition, the preferred leader first; instead of the two numbers. */
  readonly replicaAssignment?: readonly { readonly partition: number; readonly replicas: readonly number[] }[]
  readonly configs?: GivenTopicOptions
}

/** More partitions for a topic; KafkaJS's shape. */
export interface PartitionsToCreate {
  readonly topic: string
  /** How many it has afterwards. */
  readonly count: number
  /** The brokers that get each new partition, the preferred leader first; the controller chooses when absent. */
  readonly assignments?: readonly (readonly number[])[]
}

/** Where a partition is to begin. */
export interface RecordsToDelete {
  readonly partition: number
  /** The first offset that stays; -1: none does that is committed by now. */
  readonly offset: number | bigint | string
}

/** Where a partition begins. */
export interface DeletedRecords {
  readonly partition: number
  /** The first offset that any live replica still has. */
  readonly lowWatermark: number
}

/** Creates topics, gives them more partitions, and deletes them and what is in them, for an admin. */
export class TopicAdmin {
  readonly #front: AdminFront
  readonly #questions: TopicQuestions

  constructor(front: AdminFront, questions: TopicQuestions) {
    this.#front = front
    this.#questions = questions
  }

  async create(given: readonly TopicToCreate[], validateOnly: boolean): Promise<boolean> {
    const topics = given.map(({ topic, numPartitions = -1, replicationFactor = -1, configs = {}, ...said }) => {
      const assignments = (said.replicaAssignment ?? []).map(({ partition, replicas }) => {
        return { partitionIndex: partition, brokerIds: replicas }
      })
      return { name: topic, numPartitions, replicationFactor, configs, assignments }
    })
    const { topics: results } = await this.#front.ask({ api: 'CreateTopics', topics, validateOnly })
    throwFirst(results.filter((result) => result.error !== 'TOPIC_ALREADY_EXISTS'))
    return results.some((result) => result.error === 'NONE')
  }

  async createPartitions(given: readonly PartitionsToCreate[], validateOnly: boolean): Promise<void> {
    const topics = given.map(({ topic, count, assignments }) => {
      return { name: topic, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }
    })
    const create = { api: 'CreatePartitions' as const, topics, timeoutMs: 0, validateOnly }
    const { results } = await this.#front.ask(create)
    throwFirst(results.map(({ errorCode, errorMessage }) => ({ error: errorCode, says: errorMessage ?? '' })))
  }

  async delete(names: readonly string[]): Promise<void> {
    throwFirst((await this.#front.ask({ api: 'DeleteTopics', names })).topics)
  }

  /** Each partition is asked of its leader. */
  async deleteRecords(
    topic: string,
    wanted: readonly { partition: number; offset: number }[],
  ): Promise<DeletedRecords[]> {
    await this.#questions.refuseUnknown(wanted.map(({ partition }) => ({ topic, partition })))
    return Promise.all(
      wanted.map(async ({ partition, offset }) => {
        const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }]
        const request = { api: 'DeleteRecords' as const, topics, timeoutMs: this.#front.requestTimeoutMs }
        const answer = await this.#front.askLeader(request, { topic, partition })
        const { errorCode: error = 'UNKNOWN_SERVER_ERROR', lowWatermark = -1 } = answer.topics[0]?.partitions[0] ?? {}
        if (error !== 'NONE')
          throwFirst([
            { error, says: `No records of partition ${partition} of '${topic}' were deleted: ${because(error)}` },
          ])
        return { partition, lowWatermark }
      }),
    )
  }
}

function throwFirst(results: readonly Pick<TopicResult, 'error' | 'says'>[]): void {
  const refused = results.find((result) => result.error !== ('NONE' satisfies ErrorCode))
  if (refused !== undefined) throw new KafkaError(refused.error, `${refused.says}: ${refused.error}`)
}
