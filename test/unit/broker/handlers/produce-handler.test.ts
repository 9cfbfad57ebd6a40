import { expect, test } from 'vitest'
import type { Connection, Context } from '../../../../src/actor/types.js'
import { parseBrokerOptions } from '../../../../src/base/config/broker-options.js'
import { offset, timestamp } from '../../../../src/base/ids.js'
import { ClusterView } from '../../../../src/broker/cluster-view.js'
import { ProduceHandler } from '../../../../src/broker/handlers/produce.js'
import type { Partition } from '../../../../src/broker/partition.js'
import { ReplicaManager } from '../../../../src/broker/replica-manager.js'
import type { Response } from '../../../../src/protocol/api.js'
import type { PartitionMetadata } from '../../../../src/protocol/apis/metadata.js'
import { buildBatch } from '../../../../src/record/batch-builder.js'
import { batchBytes } from '../../../../src/record/record-batch.js'
import { firstStart, ordersOf, partitionOf, TOPIC_ID } from '../given-broker.js'

const NOW = { now: timestamp(1000) } as Context
const AT_LEAST_TWO = { 'min.insync.replicas': 2 }

/** A broker that leads a partition which broker 2 replicates as well, and what it answers to Produce. */
class GivenHandler {
  readonly answers: Response[] = []
  readonly #replicas = new ReplicaManager(1, parseBrokerOptions({}), new ClusterView(), firstStart())
  readonly #handler = new ProduceHandler({ replicas: this.#replicas, onAppend: () => {}, beforeRetry: () => {} })
  #version = 0

  constructor() {
    this.publish({})
  }

  get partition(): Partition {
    return this.#replicas.partition(TOPIC_ID, 0) as Partition
  }

  /** Takes an image as the broker does: with an epoch that may not be the one after its last. */
  publish(change: Partial<PartitionMetadata>): void {
    const partitions = [partitionOf({ replicas: [1, 2], isr: [1, 2], ...change })]
    const topic = { ...ordersOf({ configs: AT_LEAST_TWO }), partitions }
    this.#version += 1
    this.#handler.noteOutcomes()
    const whole = { since: -1, brokers: [], topics: [topic], removedTopics: [] }
    this.#replicas.apply({ api: 'UpdateMetadata', version: this.#version, ...whole }, NOW)
    this.#handler.noteNews(this.partition)
  }

  /** An idempotent producer sends the batch with this sequence, with acks=all. */
  produce(baseSequence: number): void {
    const memory = buildBatch([{ value: 'a' }], { producerId: 7, producerEpoch: 0, baseSequence })
    const reply = (_correlationId: number, answer: Response): void => void this.answers.push(answer)
    const connection = { memoryIfLent: () => memory, reply } as Partial<Connection> as Connection
    const batch = { topicId: TOPIC_ID, partition: 0, memoryId: 0, position: 0, bytes: batchBytes(memory, 0) }
    this.#handler.handle(connection, 0, { api: 'Produce', acks: -1, timeoutMs: 100, batches: [batch] }, NOW)
  }

  /** Broker 2 holds everything before this offset, so that much is committed. */
  replicate(to: number): void {
    this.partition.followerFetched(
      { replicaId: 2, replicaEpoch: 2, fetchOffset: offset(to), logStartOffset: 0 },
      NOW.now,
    )
    this.partition.advanceHighWatermark(new Map(), NOW.now)
    this.#handler.noteNews(this.partition)
  }

  tick(): void {
    this.#handler.tick(NOW)
  }
}

test('a batch that the isr has, which is too small by then, is refused as appended', () => {
  const given = new GivenHandler()
  given.produce(0)
  given.replicate(1)
  given.partition.committed([1], 1)
  given.tick()
  expect([given.partition.log.highWatermark, given.answers]).toMatchObject([
    1,
    [{ partitions: [{ error: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', baseOffset: -1 }] }],
  ])
})

test('a leader that hears of its next leader epoch alone, and of none between, answers for nothing of the one before', () => {
  const given = new GivenHandler()
  given.produce(0)
  given.publish({ leaderEpoch: 2, partitionEpoch: 2 })
  given.replicate(1)
  given.tick()
  expect(given.answers).toMatchObject([{ partitions: [{ error: 'NOT_LEADER_OR_FOLLOWER', baseOffset: -1 }] }])
})

test('a batch that was committed before its partition changed hands in the same turn is acknowledged', () => {
  const given = new GivenHandler()
  given.produce(0)
  given.replicate(1)
  given.publish({ leader: 2, leaderEpoch: 1, partitionEpoch: 1 })
  given.tick()
  expect(given.answers).toMatchObject([{ partitions: [{ error: 'NONE', baseOffset: 0 }] }])
})

test('a batch that is sent again waits for its own end, and not for what was appended since', () => {
  const given = new GivenHandler()
  given.produce(0)
  given.replicate(1)
  given.tick()
  given.produce(1)
  given.produce(0)
  given.tick()
  const acknowledged = { partitions: [{ error: 'NONE', baseOffset: 0 }] }
  expect([given.partition.log.logEndOffset, given.answers]).toMatchObject([2, [acknowledged, acknowledged]])
})
