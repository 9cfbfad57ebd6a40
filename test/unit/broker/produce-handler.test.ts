import { expect, test } from 'vitest'
import type { Connection, Context } from '../../../src/actor/types.js'
import { parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { offset, timestamp } from '../../../src/base/ids.js'
import type { Partition } from '../../../src/broker/partition.js'
import { ProduceHandler } from '../../../src/broker/produce.js'
import { ReplicaManager } from '../../../src/broker/replica-manager.js'
import type { Response } from '../../../src/protocol/messages.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { firstStart, ordersOf, partitionOf, TOPIC_ID } from './given-broker.js'

const NOW = { now: timestamp(1000) } as Context
const AT_LEAST_TWO = { 'min.insync.replicas': 2 }

/** A handler that has been asked to append a batch to a partition that brokers 1 and 2 replicate. */
function givenAwaited(): { handler: ProduceHandler; partition: Partition; answers: Response[] } {
  const replicas = new ReplicaManager(1, parseBrokerOptions({}), firstStart())
  const topic = { ...ordersOf({ configs: AT_LEAST_TWO }), partitions: [partitionOf({ replicas: [1, 2], isr: [1, 2] })] }
  replicas.apply({ api: 'UpdateMetadata', version: 1, brokers: [], topics: [topic] }, NOW)
  const handler = new ProduceHandler({ replicas, onAppend: () => {}, beforeRetry: () => {} })
  const memory = buildBatch([{ value: 'a' }])
  const answers: Response[] = []
  const reply = (_correlationId: number, answer: Response): void => void answers.push(answer)
  const connection = { memory: () => memory, reply } as Partial<Connection> as Connection
  const batch = { topicId: TOPIC_ID, partition: 0, memoryId: 0, position: 0, bytes: batchBytes(memory, 0) }
  handler.handle(connection, 0, { api: 'Produce', acks: -1, timeoutMs: 100, batches: [batch] }, NOW)
  return { handler, partition: replicas.partition(TOPIC_ID, 0) as Partition, answers }
}

test('a batch that the isr has, which is too small by then, is refused as appended', () => {
  const { handler, partition, answers } = givenAwaited()
  partition.followerFetched({ replicaId: 2, replicaEpoch: 2, fetchOffset: offset(1) }, NOW.now)
  partition.advanceHighWatermark(new Map(), NOW.now)
  partition.committed([1], 1)
  handler.noteNews()
  handler.tick(NOW)
  expect([partition.log.highWatermark, answers]).toMatchObject([
    1,
    [{ partitions: [{ error: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', baseOffset: -1 }] }],
  ])
})
