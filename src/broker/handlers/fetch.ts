import type { Handlers } from '../../actor/handler-table.js'
import { Purgatory } from '../../actor/purgatory.js'
import type { Connection, Context } from '../../actor/types.js'
import type { ErrorCode } from '../../base/error-code.js'
import { isOn } from '../../base/guards.js'
import { offset, type Timestamp, timestamp } from '../../base/ids.js'
import type { Isolation } from '../../log/types.js'
import { type RequestOf, refusalTo } from '../../protocol/api.js'
import type { FetchPartition, FetchRequest, FetchResponse, PartitionFetchResult } from '../../protocol/apis/fetch.js'
import { LeaseBook } from '../lease-book.js'
import type { Partition } from '../partition.js'
import type { ReplicaManager } from '../replica-manager.js'
import { IMAGE_UNDER_WAY_MS } from '../replication/replica-fetcher.js'

/**
 * Serves Fetch: lends slices of the log, or keeps the request until there are fetch.min.bytes or fetch.max.wait.ms have
 * passed (Kafka's `DelayedFetch`). An answer is made once a turn, after everything that arrived was appended, so that
 * it carries all of it.
 *
 * A fetch behind which its reader has sent another request waits no longer: the reader wants something else by now,
 * such as the partition that it has just sought, and a connection serves one request at a time.
 *
 * A follower fetches like a consumer, up to the end of the log, and says with it how far it is.
 */
interface WaitingFetch {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: FetchRequest
  readonly deadline: Timestamp
}

/** What the rest of the broker does about a follower that has moved on. */
export type FollowerMoved = (partition: Partition, replicaId: number, context: Context) => void

export class FetchHandler {
  readonly handlers: Handlers = {
    Fetch: (connection, correlationId, request, context) => this.handle(connection, correlationId, request, context),
    ReadNoMore: (connection, correlationId, request) => this.#readNoMore(connection, correlationId, request),
  }
  readonly #replicas: ReplicaManager
  readonly #onFollowerMoved: FollowerMoved
  readonly #books = new Map<Connection, LeaseBook>()
  /** Ids of the memories of which each connection has handles. */
  readonly #handles = new Map<Connection, Set<number>>()
  readonly #purgatory = new Purgatory<WaitingFetch, Partition>()

  constructor(replicas: ReplicaManager, onFollowerMoved: FollowerMoved) {
    this.#replicas = replicas
    this.#onFollowerMoved = onFollowerMoved
    replicas.onSegmentDropped = (segment) => this.#recall(segment)
  }

  handle(connection: Connection, correlationId: number, request: FetchRequest, context: Context): void {
    // What a follower fetches moves the high watermark, so nobody else may fetch in its name (CVE-2018-1288).
    if (request.replicaId >= 0 && connection.peer !== `broker-${request.replicaId}`)
      return connection.reply(correlationId, refusalTo(request, 'INVALID_REQUEST') as FetchResponse)
    this.#bookOf(connection).collect()
    for (const wanted of request.partitions) {
      const partition = this.#replicas.partition(wanted.topicId, wanted.partition)
      if (partition === undefined || this.#refusal(partition, wanted, request, connection) !== null) continue
      if (request.replicaId < 0) partition.readers.note(connection, offset(wanted.fetchOffset))
      else this.#noteFollower(partition, wanted, request, context)
    }
    const deadline = timestamp(context.now + this.#waitMs(request))
    const fetch = { connection, correlationId, request, deadline }
    if (!this.#serve(fetch, context)) this.#purgatory.enter(fetch, this.#partitionsOf(request))
  }

  /**
   * Something was appended or committed, or the partition has changed hands: the requests that wait for it are looked
   * at in the next tick.
   */
  noteNews(partition: Partition): void {
    this.#purgatory.stir(partition)
  }

  /** The partition is not here any more. */
  noteGone(partition: Partition): void {
    this.#purgatory.forget(partition)
  }

  /**
   * These partitions are led here from now on. Their followers are answered at once, with what there is: their next
   * fetch may have other partitions to ask for.
   */
  noteNewLeaders(led: readonly Partition[]): void {
    if (this.#purgatory.isEmpty || led.length === 0) return
    const followers = new Set(led.flatMap(({ replicas }) => replicas))
    this.#purgatory.release((fetch) => followers.has(fetch.request.replicaId) && this.#answer(fetch))
  }

  tick(context: Context): Timestamp {
    this.#purgatory.stirOverdue(context.now)
    this.#purgatory.stirThose(isHurried)
    if (this.#purgatory.hasStirred) this.#serveStirred(context)
    return this.#purgatory.nextDeadline
  }

  #serveStirred(context: Context): void {
    this.#purgatory.serveStirred((fetch) => this.#serve(fetch, context))
  }

  /** Takes back every lease that its reader has given back. */
  collectLeases(): void {
    for (const book of this.#books.values()) book.collect()
  }

  forget(connection: Connection): void {
    this.#purgatory.release((fetch) => fetch.connection === connection)
    this.#handles.delete(connection)
    this.#books.get(connection)?.abandon()
    this.#books.delete(connection)
    for (const partition of this.#replicas.all) partition.readers.forget(connection)
  }

  /** Where a full log waits for readers, it waits for this one no longer, or until another one has come. */
  #readNoMore(connection: Connection, correlationId: number, request: RequestOf<'ReadNoMore'>): void {
    for (const { topicId, partition, fetchOffset } of request.partitions) {
      const readers = this.#replicas.partition(topicId, partition)?.readers
      if (fetchOffset < 0) readers?.forget(connection)
      else readers?.passOn(connection, offset(fetchOffset))
    }
    connection.reply(correlationId, { api: 'ReadNoMore' })
  }

  /** Partitions of a request that are here. */
  #partitionsOf({ partitions }: FetchRequest): Partition[] {
    const here = partitions.map(({ topicId, partition }) => this.#replicas.partition(topicId, partition))
    return here.filter((partition) => partition !== undefined)
  }

  /** False: too little has arrived, and there is time left to wait for more. */
  #serve(fetch: WaitingFetch, context: Context): boolean {
    if (context.now < fetch.deadline && !isHurried(fetch) && !this.#isWorthAnswering(fetch)) return false
    return this.#answer(fetch)
  }

  #answer({ connection, correlationId, request }: WaitingFetch): true {
    // A soft limit, at 0 too: the first batch is always returned. (`minOneMessage` in Kafka's
    // `ReplicaManager.readFromLog`.)
    let bytesLeft = Math.max(1, request.bytesMax)
    const partitions = request.partitions.map((wanted) => {
      const result = this.#read(connection, wanted, request, bytesLeft)
      bytesLeft -= result.slice?.bytes ?? 0
      return result
    })
    connection.reply(correlationId, { api: 'Fetch', partitions })
    return true
  }

  /**
   * A follower that does not ask for all that it could has an older image, or backs off, or has more than one fetch can
   * name: it is answered soon, to ask for the rest.
   */
  #waitMs({ replicaId, waitMsMax, partitions }: FetchRequest): number {
    const isWhole = replicaId < 0 || partitions.length >= this.#replicas.ledWith(replicaId)
    return isWhole ? waitMsMax : Math.min(waitMsMax, IMAGE_UNDER_WAY_MS)
  }

  #noteFollower(partition: Partition, wanted: FetchPartition, request: FetchRequest, context: Context): void {
    const { replicaId, replicaEpoch } = request
    const fetchOffset = offset(wanted.fetchOffset)
    const { logStartOffset, logEndOffset } = partition.log
    if (fetchOffset < logStartOffset || fetchOffset > logEndOffset) return
    if (partition.divergenceOf(fetchOffset, wanted.lastFetchedEpoch) !== null) return
    const { logStartOffset: from = -1 } = wanted
    if (partition.followerFetched({ replicaId, replicaEpoch, fetchOffset, logStartOffset: from }, context.now))
      this.#onFollowerMoved(partition, replicaId, context)
  }

  /** Null: the partition can be read by whoever asks. */
  #refusal(
    partition: Partition | undefined,
    wanted: FetchPartition,
    { replicaId }: FetchRequest,
    { leaseSlots }: Connection,
  ): ErrorCode | null {
    if (partition === undefined) return this.#replicas.errorOfAbsent(wanted)
    if (wanted.leaseSlot < 0 || wanted.leaseSlot >= leaseSlots) return 'INVALID_REQUEST'
    if (!Number.isSafeInteger(wanted.fetchOffset)) return 'INVALID_REQUEST'
    const refusal = partition.refusalOf(wanted.currentLeaderEpoch)
    if (refusal !== null) return refusal
    // A consumer that has read of a later epoch than this leader's. (`Partition.readRecords`)
    if (replicaId < 0 && wanted.lastFetchedEpoch > partition.leaderEpoch) return 'OFFSET_OUT_OF_RANGE'
    return replicaId >= 0 && !partition.replicas.includes(replicaId) ? 'REPLICA_NOT_AVAILABLE' : null
  }

  #isWorthAnswering({ connection, request }: WaitingFetch): boolean {
    let bytes = 0
    const isolation = isolationOf(request)
    // What may not be returned is not waited for. (`KafkaApis.handleFetchRequest`)
    const bytesMin = Math.min(request.bytesMin, request.bytesMax)
    for (const wanted of request.partitions) {
      const partition = this.#replicas.partition(wanted.topicId, wanted.partition)
      if (partition === undefined || this.#refusal(partition, wanted, request, connection) !== null) return true
      const { log } = partition
      if (wanted.fetchOffset < log.logStartOffset || wanted.fetchOffset > log.logEndOffset) return true
      if (partition.divergenceOf(wanted.fetchOffset, wanted.lastFetchedEpoch) !== null) return true
      // A follower that still has what was deleted here is told so: it may lead next, and would bring it back.
      const { logStartOffset: itsStart = -1 } = wanted
      if (itsStart >= 0 && itsStart < log.logStartOffset) return true
      // No more is looked for than decides.
      const bytesMax = Math.min(Math.max(1, wanted.bytesMax), Math.max(1, request.bytesMin - bytes))
      bytes += log.bytesFrom(offset(wanted.fetchOffset), isolation, bytesMax)
      if (bytes > 0 && bytes >= bytesMin) return true
    }
    return request.bytesMin <= 0 || request.partitions.length === 0
  }

  #read(
    connection: Connection,
    wanted: FetchPartition,
    request: FetchRequest,
    bytesLeft: number,
  ): PartitionFetchResult {
    const partition = this.#replicas.partition(wanted.topicId, wanted.partition)
    const refusal = this.#refusal(partition, wanted, request, connection)
    if (partition === undefined) return this.#absent(wanted, refusal ?? 'NONE')
    if (refusal !== null) return withoutSlice(wanted, refusal, partition)
    const { log } = partition
    const divergingEpoch = partition.divergenceOf(wanted.fetchOffset, wanted.lastFetchedEpoch)
    if (divergingEpoch !== null) return { ...withoutSlice(wanted, 'NONE', partition), divergingEpoch }
    const book = this.#bookOf(connection)
    const isolation = isolationOf(request)
    const isServed = bytesLeft > 0 && book.hasRoom
    const from = offset(wanted.fetchOffset)
    const slice = isServed ? log.read(from, { bytesMax: Math.min(wanted.bytesMax, bytesLeft), isolation }) : null
    if (slice === 'OFFSET_OUT_OF_RANGE') return withoutSlice(wanted, slice, partition)
    const answer = withoutSlice(wanted, 'NONE', partition)
    if (slice === null) return answer
    this.#handOver(connection, partition, slice.segment)
    const lease = book.grant(wanted.leaseSlot, log, slice)
    return { ...answer, slice: { segment: slice.segment, position: slice.position, bytes: slice.bytes, lease } }
  }

  #absent(wanted: FetchPartition, error: ErrorCode): PartitionFetchResult {
    const { topicId, partition } = wanted
    const currentLeader = this.#replicas.elsewhere(wanted)?.currentLeader ?? null
    const offsets = { highWatermark: -1, lastStableOffset: -1, logStartOffset: -1 }
    return { topicId, partition, error, ...offsets, currentLeader, divergingEpoch: null, slice: null }
  }

  /** A reader gets a segment's handle before the first answer that names it. */
  #handOver(connection: Connection, partition: Partition, segment: number): void {
    let handles = this.#handles.get(connection)
    if (handles === undefined) {
      handles = new Set()
      this.#handles.set(connection, handles)
    }
    if (handles.has(segment)) return
    handles.add(segment)
    connection.lend(segment, partition.log.memoryOf(segment))
  }

  #recall(segment: number): void {
    for (const [connection, handles] of this.#handles) if (handles.delete(segment)) connection.recall(segment)
  }

  #bookOf(connection: Connection): LeaseBook {
    let book = this.#books.get(connection)
    if (book === undefined) {
      book = new LeaseBook(connection)
      this.#books.set(connection, book)
    }
    return book
  }
}

const isHurried = ({ connection }: WaitingFetch): boolean => connection.hasNext

function withoutSlice(wanted: FetchPartition, error: ErrorCode, partition: Partition): PartitionFetchResult {
  const { topicId, partition: number } = wanted
  const { highWatermark, lastStableOffset, logStartOffset } = partition.log
  const offsets = { highWatermark, lastStableOffset, logStartOffset }
  const currentLeader = error === 'NONE' ? null : partition.currentLeader
  return { topicId, partition: number, error, ...offsets, currentLeader, divergingEpoch: null, slice: null }
}

function isolationOf({ replicaId, readCommitted }: FetchRequest): Isolation {
  if (replicaId >= 0 || !isOn('consumers-see-committed')) return 'LOG_END'
  return readCommitted ? 'TXN_COMMITTED' : 'HIGH_WATERMARK'
}
