import type { Connection, Context } from '../actor/types.js'
import type { ErrorCode } from '../base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { LentBatch, PartitionProduceResult, ProduceRequest } from '../protocol/produce.js'
import type { Partition } from './partition.js'
import type { ReplicaManager } from './replica-manager.js'

/**
 * Serves Produce: appends the lent batches one after the other, each to its partition.
 *
 * Where a log is full and told to block (`odradek.log.full`), the request waits, and with it its connection, until
 * readers have moved on or the request's timeout has passed: back pressure reaches the producer through
 * max.in.flight and buffer.memory instead of through retries.
 */
interface WaitingProduce {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: ProduceRequest
  readonly results: PartitionProduceResult[]
  readonly deadline: Timestamp
}

/** How long a full log is left alone if no reader shows that it has moved on. */
const FULL_RETRY_MS = 5

export class ProduceHandler {
  readonly #replicas: ReplicaManager
  readonly #onAppend: (partition: Partition) => void
  readonly #beforeRetry: () => void
  #waiting: WaitingProduce[] = []

  /** `beforeRetry` takes back leases, so that a segment that nobody holds any more is seen to be free. */
  constructor(parts: { replicas: ReplicaManager; onAppend: (partition: Partition) => void; beforeRetry: () => void }) {
    this.#replicas = parts.replicas
    this.#onAppend = parts.onAppend
    this.#beforeRetry = parts.beforeRetry
  }

  handle(connection: Connection, correlationId: number, request: ProduceRequest, context: Context): void {
    const deadline = timestamp(context.now + request.timeoutMs)
    const produce = { connection, correlationId, request, results: [], deadline }
    if (!this.#serve(produce, context)) this.#waiting.push(produce)
  }

  /** Tries again what waits for room; to be called when readers have moved on, and when due. */
  tick(context: Context): Timestamp {
    if (this.#waiting.length === 0) return NEVER
    this.#beforeRetry()
    this.#waiting = this.#waiting.filter((produce) => !this.#serve(produce, context))
    return this.#waiting.length === 0 ? NEVER : timestamp(context.now + FULL_RETRY_MS)
  }

  forget(connection: Connection): void {
    this.#waiting = this.#waiting.filter((produce) => produce.connection !== connection)
  }

  /** False: some batch has to wait for room. */
  #serve(produce: WaitingProduce, context: Context): boolean {
    const { connection, request, results } = produce
    while (results.length < request.batches.length) {
      const result = this.#append(connection, request.batches[results.length] as LentBatch, context)
      if (result !== 'full') results.push(result)
      else if (context.now < produce.deadline) return false
      else results.push(refused(request.batches[results.length] as LentBatch, 'KAFKA_STORAGE_ERROR'))
    }
    if (request.acks === 0) connection.finish()
    else connection.reply(produce.correlationId, { api: 'Produce', partitions: results })
    return true
  }

  #append(connection: Connection, batch: LentBatch, context: Context): PartitionProduceResult | 'full' {
    const partition = this.#replicas.partition(batch.topicId, batch.partition)
    if (partition === undefined) return refused(batch, 'UNKNOWN_TOPIC_OR_PARTITION')
    if (!partition.isLeader) return refused(batch, 'NOT_LEADER_OR_FOLLOWER')
    const appended = partition.append(connection.memory(batch.memoryId), batch.position, batch.bytes, context.now)
    if (appended === 'full') return 'full'
    if (typeof appended === 'string') return refused(batch, appended)
    this.#onAppend(partition)
    return {
      topicId: batch.topicId,
      partition: batch.partition,
      error: 'NONE',
      baseOffset: appended,
      logAppendTimeMs: partition.stampsAppendTime ? Math.floor(context.now) : -1,
      logStartOffset: partition.log.logStartOffset,
    }
  }
}

function refused(batch: LentBatch, error: ErrorCode): PartitionProduceResult {
  const { topicId, partition } = batch
  return { topicId, partition, error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
}
