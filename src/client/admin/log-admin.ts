import { because } from '../../base/error-code.js'
import { KafkaError } from '../../base/errors.js'
import type { PartitionName } from '../../protocol/partition.js'
import type { AdminFront } from './admin-front.js'
import { askWhileAlive } from './ask-while-alive.js'
import type { TopicQuestions } from './topic-questions.js'

/** The log of one replica. */
export interface DescribedLog extends PartitionName {
  /** Bytes of its segments. */
  readonly size: number
}

/** The logs of one broker. */
export interface BrokerLogs {
  readonly nodeId: number
  readonly logs: readonly DescribedLog[]
}

/** An idempotent producer, as the leader of a partition remembers it. */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  /** The latest timestamp of its last batch. */
  readonly lastTimestamp: number
}

export interface PartitionProducers extends PartitionName {
  readonly producers: readonly ActiveProducer[]
}

/** Asks brokers about their logs, for an admin. */
export class LogAdmin {
  readonly #front: AdminFront
  readonly #topics: TopicQuestions

  constructor(front: AdminFront, topics: TopicQuestions) {
    this.#front = front
    this.#topics = topics
  }

  /** `brokerIds`: null for all that are alive. */
  async describeLogDirs(brokerIds: readonly number[] | null): Promise<BrokerLogs[]> {
    const asked = brokerIds ?? (await this.#aliveBrokers())
    const told = await Promise.all(
      asked.map(async (nodeId): Promise<BrokerLogs | null> => {
        const request = { api: 'DescribeLogDirs' as const, topics: null }
        const answer = await askWhileAlive(this.#front, request, nodeId)
        // It has died since it was said to be alive.
        if (answer === null && brokerIds === null) return null
        if (answer === null) throw new KafkaError('BROKER_NOT_AVAILABLE', `Broker ${nodeId} cannot be reached`)
        if (answer.errorCode !== 'NONE') throw new KafkaError(answer.errorCode)
        const topics = answer.results.flatMap((result) => result.topics)
        const logs = topics.flatMap(({ name: topic, partitions }) =>
          partitions.map(({ partitionIndex: partition, partitionSize: size }) => ({ topic, partition, size })),
        )
        return { nodeId, logs }
      }),
    )
    return told.filter((logs) => logs !== null)
  }

  async describeProducers(partitions: readonly PartitionName[]): Promise<PartitionProducers[]> {
    await this.#topics.refuseUnknown(partitions)
    return Promise.all(
      partitions.map(async ({ topic, partition }) => {
        const topics = [{ name: topic, partitionIndexes: [partition] }]
        const answer = await this.#front.askLeader({ api: 'DescribeProducers', topics }, { topic, partition })
        const told = answer.topics[0]?.partitions[0]
        const error = told?.errorCode ?? 'UNKNOWN_SERVER_ERROR'
        if (error !== 'NONE')
          throw new KafkaError(error, `Partition ${partition} of '${topic}' is not described: ${because(error)}`)
        const producers = (told?.activeProducers ?? []).map(
          ({ producerId, producerEpoch, lastSequence, lastTimestamp }) => {
            return { producerId, producerEpoch, lastSequence, lastTimestamp }
          },
        )
        return { topic, partition, producers }
      }),
    )
  }

  async #aliveBrokers(): Promise<readonly number[]> {
    const { brokers } = await this.#front.ask({ api: 'DescribeCluster', includeFenced: false })
    return brokers.map(({ brokerId }) => brokerId)
  }
}
