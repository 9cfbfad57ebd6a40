import type { Handlers } from '../../actor/handler-table.js'
import { Purgatory } from '../../actor/purgatory.js'
import type { Connection, Context } from '../../actor/types.js'
import type { ErrorCode } from '../../base/error-code.js'
import { type Timestamp, timestamp } from '../../base/ids.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { NO_LOW_WATERMARK } from '../../protocol/apis/delete-records.js'
import type { ClusterView } from '../cluster-view.js'
import type { Partition } from '../partition.js'
import type { ReplicaManager } from '../replica-manager.js'

type Asked = RequestOf<'DeleteRecords'>
type Result = ResponseOf<'DeleteRecords'>['topics'][number]['partitions'][number]

/**
 * Serves DeleteRecords: moves the beginning of logs that this broker leads, and answers when all replicas that live
 * have moved theirs, so that no record comes back with another leader. (`ReplicaManager.deleteRecords`,
 * `DelayedDeleteRecords`)
 */
interface WaitingDeletion {
  readonly connection: Connection
  readonly correlationId: number
  readonly topics: readonly { readonly name: string; readonly deleted: readonly Deleted[] }[]
  readonly deadline: Timestamp
}

/** What has become of one partition. */
interface Deleted {
  readonly partitionIndex: number
  /** Null: it was refused. */
  readonly awaited: { readonly partition: Partition; readonly leaderEpoch: number; readonly offset: number } | null
  /** Null: some replica does not begin there yet. */
  outcome: ErrorCode | null
}

export class DeleteRecordsHandler {
  readonly handlers: Handlers = {
    DeleteRecords: (connection, correlationId, request, context) =>
      this.#handle(connection, correlationId, request, context),
  }
  readonly #cluster: ClusterView
  readonly #replicas: ReplicaManager
  readonly #onDeleted: (partition: Partition) => void
  readonly #purgatory = new Purgatory<WaitingDeletion, Partition>()

  /** `onDeleted` is told of each log that begins elsewhere by now. */
  constructor(parts: {
    readonly cluster: ClusterView
    readonly replicas: ReplicaManager
    readonly onDeleted: (partition: Partition) => void
  }) {
    this.#cluster = parts.cluster
    this.#replicas = parts.replicas
    this.#onDeleted = parts.onDeleted
  }

  /** A replica has moved on, or the partition has changed hands. */
  noteNews(partition: Partition): void {
    if (!this.#purgatory.isEmpty) this.#purgatory.stir(partition)
  }

  /** The partition is not here any more. */
  noteGone(partition: Partition): void {
    this.#purgatory.forget(partition)
  }

  tick(context: Context): Timestamp {
    this.#purgatory.stirOverdue(context.now)
    if (this.#purgatory.hasStirred) this.#purgatory.serveStirred((deletion) => this.#answer(deletion, context))
    return this.#purgatory.nextDeadline
  }

  forget(connection: Connection): void {
    this.#purgatory.release((deletion) => deletion.connection === connection)
  }

  #handle(connection: Connection, correlationId: number, { topics, timeoutMs }: Asked, context: Context): void {
    const deleted = topics.map(({ name, partitions }) => ({
      name,
      deleted: partitions.map((wanted) => this.#delete(name, wanted)),
    }))
    const deadline = timestamp(context.now + Math.max(0, timeoutMs))
    const deletion = { connection, correlationId, topics: deleted, deadline }
    if (this.#answer(deletion, context)) return
    this.#purgatory.enter(deletion, deleted.flatMap(awaitedIn))
  }

  #delete(topic: string, { partitionIndex, offset }: Asked['topics'][number]['partitions'][number]): Deleted {
    const refused = (error: ErrorCode): Deleted => ({ partitionIndex, awaited: null, outcome: error })
    const image = this.#cluster.topicNamed(topic)
    if (image?.partitions[partitionIndex] === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION')
    const partition = this.#replicas.partition(image.topicId, partitionIndex)
    if (partition?.isInternal === true) return refused('INVALID_TOPIC_EXCEPTION')
    if (partition?.isLeader !== true) return refused('NOT_LEADER_OR_FOLLOWER')
    const before = partition.log.logStartOffset
    const deleted = partition.deleteRecords(offset)
    if (typeof deleted === 'string') return refused(deleted)
    if (partition.log.logStartOffset > before) this.#onDeleted(partition)
    const { leaderEpoch } = partition
    return { partitionIndex, awaited: { partition, leaderEpoch, offset: deleted }, outcome: null }
  }

  /** False: it waits. */
  #answer({ connection, correlationId, topics, deadline }: WaitingDeletion, { now }: Context): boolean {
    const all = topics.flatMap(({ deleted }) => deleted)
    for (const one of all) one.outcome ??= this.#outcomeOf(one)
    if (now < deadline && all.some(({ outcome }) => outcome === null)) return false
    const answered = topics.map(({ name, deleted }) => ({ name, partitions: deleted.map((one) => this.#result(one)) }))
    connection.reply(correlationId, { api: 'DeleteRecords', throttleTimeMs: 0, topics: answered })
    return true
  }

  /** Null: some replica does not begin there yet. */
  #outcomeOf({ awaited }: Deleted): ErrorCode | null {
    if (awaited === null) return null
    const { partition, leaderEpoch, offset } = awaited
    if (this.#replicas.partition(partition.topicId, partition.partition) !== partition)
      return 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) return 'NOT_LEADER_OR_FOLLOWER'
    return partition.lowWatermark(this.#replicas.brokers) >= offset ? 'NONE' : null
  }

  #result({ partitionIndex, awaited, outcome }: Deleted): Result {
    const errorCode = outcome ?? 'REQUEST_TIMED_OUT'
    const isDone = awaited !== null && (outcome === null || outcome === 'NONE')
    const lowWatermark = isDone ? awaited.partition.lowWatermark(this.#replicas.brokers) : NO_LOW_WATERMARK
    return { partitionIndex, lowWatermark, errorCode }
  }
}

function awaitedIn({ deleted }: WaitingDeletion['topics'][number]): Partition[] {
  return deleted.flatMap(({ awaited }) => awaited?.partition ?? [])
}
