import type { Handlers } from '../../actor/handler-table.js'
import { Purgatory } from '../../actor/purgatory.js'
import type { Connection, Context } from '../../actor/types.js'
import type { ErrorCode } from '../../base/error-code.js'
import { isOn } from '../../base/guards.js'
import { earliest, type Offset, type Timestamp, timestamp } from '../../base/ids.js'
import {
  type BatchReference,
  faultOf,
  type PartitionProduceResult,
  type ProduceRequest,
} from '../../protocol/apis/produce.js'
import type { CurrentLeader } from '../../protocol/partition.js'
import type { Partition } from '../partition.js'
import type { ReplicaManager } from '../replica-manager.js'

/**
 * Serves Produce: appends the lent batches one after the other, each to its partition.
 *
 * With acks=all the answer waits until the isr has it all (`DelayedProduce` in its purgatory), and with it the
 * connection: what was sent behind it is not read before, as Kafka mutes a channel.
 *
 * Where a log is full and told to block (`odradek.log.full`), the request waits, and with it its connection, until
 * readers have moved on or the request's timeout has passed: back pressure reaches the producer through
 * max.in.flight and buffer.memory instead of through retries.
 */
interface WaitingProduce {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: ProduceRequest
  readonly appended: Appended[]
  readonly deadline: Timestamp
}

/** The end of a batch that the isr is to have, and the leader epoch in which it was appended. */
interface Awaited {
  readonly partition: Partition
  readonly leaderEpoch: number
  readonly endOffset: number
}

/** What has become of one batch. */
interface Appended {
  readonly result: PartitionProduceResult
  /** Null: nothing is to be waited for. */
  readonly awaited: Awaited | null
  /**
   * Null: the isr does not have it yet. Once it is known it stays, whatever becomes of the partition while other
   * batches of the request wait. (`ProducePartitionStatus.acksPending`)
   */
  outcome: ErrorCode | null
}

/** How long a full log is left alone if no reader shows that it has moved on. */
const FULL_RETRY_MS = 5

export class ProduceHandler {
  readonly handlers: Handlers = {
    Produce: (connection, correlationId, request, context) => this.handle(connection, correlationId, request, context),
  }
  readonly #replicas: ReplicaManager
  readonly #onAppend: (partition: Partition, context: Context) => void
  readonly #beforeRetry: () => void
  /** Requests that a full log holds up. */
  #blocked: WaitingProduce[] = []
  /** Requests whose batches the isr does not have yet. Each watches the partitions of those batches. */
  readonly #purgatory = new Purgatory<WaitingProduce, Partition>()

  /** `beforeRetry` takes back leases, so that a segment that nobody holds any more is seen to be free. */
  constructor(parts: {
    readonly replicas: ReplicaManager
    readonly onAppend: (partition: Partition, context: Context) => void
    readonly beforeRetry: () => void
  }) {
    this.#replicas = parts.replicas
    this.#onAppend = parts.onAppend
    this.#beforeRetry = parts.beforeRetry
  }

  handle(connection: Connection, correlationId: number, request: ProduceRequest, context: Context): void {
    const deadline = timestamp(context.now + request.timeoutMs)
    const produce = { connection, correlationId, request, appended: [], deadline }
    if (!this.#append(produce, context)) this.#blocked.push(produce)
  }

  /**
   * The high watermark has moved, or the partition has changed hands: the requests that wait for it are looked at in
   * the next tick.
   */
  noteNews(partition: Partition): void {
    this.#purgatory.stir(partition)
  }

  /** The partition is not here any more. */
  noteGone(partition: Partition): void {
    this.#purgatory.forget(partition)
  }

  /** To be called before partitions change hands: what the isr has by now is committed, whoever leads next. */
  noteOutcomes(): void {
    for (const { appended } of this.#blocked) this.#noteOutcomes(appended)
    this.#purgatory.noteAll(({ appended }) => this.#noteOutcomes(appended))
  }

  /** Tries again what waits for room, and answers what the isr has by now. */
  tick(context: Context): Timestamp {
    this.#purgatory.stirOverdue(context.now)
    if (this.#purgatory.hasStirred) this.#serveStirred(context)
    if (this.#blocked.length > 0) this.#retry(context)
    const { nextDeadline } = this.#purgatory
    return this.#blocked.length === 0 ? nextDeadline : earliest(nextDeadline, timestamp(context.now + FULL_RETRY_MS))
  }

  forget(connection: Connection): void {
    this.#blocked = this.#blocked.filter((produce) => produce.connection !== connection)
    this.#purgatory.release((produce) => produce.connection === connection)
  }

  #serveStirred(context: Context): void {
    this.#purgatory.serveStirred((produce) => this.#answer(produce, context))
  }

  #retry(context: Context): void {
    this.#beforeRetry()
    this.#blocked = this.#blocked.filter((produce) => !this.#append(produce, context))
  }

  /** False: some batch has to wait for room. */
  #append(produce: WaitingProduce, context: Context): boolean {
    const { connection, request, appended } = produce
    while (appended.length < request.batches.length) {
      const batch = request.batches[appended.length] as BatchReference
      const result = this.#appendOne(connection, batch, request, context)
      if (result !== 'full') appended.push(result)
      else if (context.now < produce.deadline) return false
      else appended.push(refused(batch, 'KAFKA_STORAGE_ERROR'))
    }
    if (request.acks === 0) connection.finish()
    else if (!this.#answer(produce, context)) this.#purgatory.enter(produce, partitionsOf(appended))
    return true
  }

  #appendOne(
    connection: Connection,
    batch: BatchReference,
    { acks }: ProduceRequest,
    context: Context,
  ): Appended | 'full' {
    const partition = this.#replicas.partition(batch.topicId, batch.partition)
    const place = partition ?? this.#replicas.elsewhere(batch)
    const fault = batch.bytes < 0 ? faultOf(batch) : null
    // In the order in which Kafka finds out. (`KafkaApis.handleProduceRequest`, `ReplicaManager.appendRecords`)
    if (place === null) return refused(batch, 'UNKNOWN_TOPIC_OR_PARTITION')
    if (fault?.isSeenFirst === true) return refused(batch, fault.error)
    if (acks !== -1 && acks !== 0 && acks !== 1) return refused(batch, 'INVALID_REQUIRED_ACKS')
    if (place.isInternal) return refused(batch, 'INVALID_TOPIC_EXCEPTION')
    if (partition?.isLeader !== true) return notLed(batch, place.currentLeader)
    if (acks === -1 && partition.isUnderMinIsr) return refused(batch, 'NOT_ENOUGH_REPLICAS', partition)
    if (fault !== null) return refused(batch, fault.error, partition)
    const memory = connection.memoryIfLent(batch.memoryId)
    if (memory === null) return refused(batch, 'INVALID_REQUEST')
    const appended = partition.append(memory, batch.position, batch.bytes, context.now, connection)
    if (appended === 'full') return 'full'
    if (appended === 'NOT_LEADER_OR_FOLLOWER') return notLed(batch, partition.currentLeader)
    if (typeof appended === 'string') {
      const recordErrors = partition.recordErrorsOf(appended, memory, batch.position, context.now)
      return refused(batch, appended, partition, recordErrors)
    }
    const { log, leaderEpoch } = partition
    const duplicate = typeof appended === 'number' ? null : appended
    if (duplicate === null) this.#onAppend(partition, context)
    const result = {
      topicId: batch.topicId,
      partition: batch.partition,
      error: 'NONE' as const,
      baseOffset: duplicate?.baseOffset ?? (appended as Offset),
      // A batch that was there already is answered with its own time. (`UnifiedLog.append`)
      logAppendTimeMs: duplicate?.maxTimestamp ?? (partition.stampsAppendTime ? Math.floor(context.now) : -1),
      logStartOffset: log.logStartOffset,
      currentLeader: null,
    }
    const isAwaited = acks === -1 && isOn('acks-all-waits')
    if (!isAwaited) return { result, awaited: null, outcome: 'NONE' }
    // A batch that was appended before is awaited to its own end: the isr need not hold what came since.
    const endOffset = duplicate?.endOffset ?? log.logEndOffset
    return { result, awaited: { partition, leaderEpoch, endOffset }, outcome: null }
  }

  /** False: it waits. */
  #answer({ connection, correlationId, appended, deadline }: WaitingProduce, context: Context): boolean {
    this.#noteOutcomes(appended)
    if (context.now < deadline && appended.some(({ outcome }) => outcome === null)) return false
    const partitions = appended.map((one) => {
      if (one.awaited === null || one.outcome === 'NONE') return one.result
      return failed(one, one.awaited.partition, one.outcome ?? 'REQUEST_TIMED_OUT')
    })
    connection.reply(correlationId, { api: 'Produce', partitions })
    return true
  }

  #noteOutcomes(appended: readonly Appended[]): void {
    for (const one of appended) if (one.awaited !== null) one.outcome ??= this.#outcomeOf(one.awaited)
  }

  /** Null: the isr does not have it yet. (`Partition.checkEnoughReplicasReachOffset`) */
  #outcomeOf({ partition, leaderEpoch, endOffset }: Awaited): ErrorCode | null {
    if (this.#replicas.partition(partition.topicId, partition.partition) !== partition)
      return 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) return 'NOT_LEADER_OR_FOLLOWER'
    if (partition.log.highWatermark < endOffset) return null
    return partition.isUnderMinIsr ? 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' : 'NONE'
  }
}

/** The partitions whose isrs are waited for, each as often as it has batches. */
function partitionsOf(appended: readonly Appended[]): Partition[] {
  const partitions: Partition[] = []
  for (const { awaited } of appended) if (awaited !== null) partitions.push(awaited.partition)
  return partitions
}

/**
 * Errors of which Kafka does not say where the log begins; of all others that a leader finds, it does.
 * (`ReplicaManager.appendRecordsToLeader`)
 */
const WITHOUT_LOG_START: ReadonlySet<ErrorCode> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'CORRUPT_MESSAGE',
  'KAFKA_STORAGE_ERROR',
])

function notLed({ topicId, partition }: BatchReference, currentLeader: CurrentLeader | null): Appended {
  const error = 'NOT_LEADER_OR_FOLLOWER'
  const nothing = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, currentLeader }
  return { result: { topicId, partition, error, ...nothing }, awaited: null, outcome: error }
}

/** `asked`: the partition, where it was asked at all. */
function refused(
  { topicId, partition }: BatchReference,
  error: ErrorCode,
  asked?: Partition,
  recordErrors: readonly number[] = [],
): Appended {
  const logStartOffset = asked === undefined || WITHOUT_LOG_START.has(error) ? -1 : asked.log.logStartOffset
  const nothing = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset, currentLeader: null }
  const records = recordErrors.length > 0 ? { recordErrors } : {}
  return { result: { topicId, partition, error, ...nothing, ...records }, awaited: null, outcome: error }
}

function failed({ result }: Appended, partition: Partition, error: ErrorCode): PartitionProduceResult {
  const currentLeader = error === 'NOT_LEADER_OR_FOLLOWER' ? partition.currentLeader : null
  return { ...result, error, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1, currentLeader }
}
