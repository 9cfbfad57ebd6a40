import type { Connection, Context } from '../actor/types.js'
import type { ErrorCode } from '../base/error-code.js'
import { earliest, NEVER, offset, type Timestamp, timestamp } from '../base/ids.js'
import type { FetchPartition, FetchRequest, PartitionFetchResult } from '../protocol/fetch.js'
import { LeaseBook } from './lease-book.js'
import type { Partition } from './partition.js'
import type { ReplicaManager } from './replica-manager.js'

/**
 * Serves Fetch: lends slices of the log, or keeps the request until there are fetch.min.bytes or fetch.max.wait.ms have
 * passed (Kafka's `DelayedFetch` in its purgatory). An answer is made once a turn, after everything that arrived was
 * appended, so that it carries all of it.
 */
interface WaitingFetch {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: FetchRequest
  readonly deadline: Timestamp
}

export class FetchHandler {
  readonly #replicas: ReplicaManager
  readonly #books = new Map<Connection, LeaseBook>()
  /** Which memories each connection has got handles of. */
  readonly #handles = new Map<Connection, Set<number>>()
  #waiting: WaitingFetch[] = []
  #hasNews = false
  #nextDeadline = NEVER

  constructor(replicas: ReplicaManager) {
    this.#replicas = replicas
  }

  handle(connection: Connection, correlationId: number, request: FetchRequest, context: Context): void {
    this.#bookOf(connection).collect()
    for (const wanted of request.partitions) {
      this.#replicas.partition(wanted.topicId, wanted.partition)?.noteReader(connection, offset(wanted.fetchOffset))
    }
    const fetch = { connection, correlationId, request, deadline: timestamp(context.now + request.waitMsMax) }
    if (!this.#serve(fetch, context)) {
      this.#waiting.push(fetch)
      this.#nextDeadline = earliest(this.#nextDeadline, fetch.deadline)
    }
  }

  /** Something was appended, or a partition changed hands: what waits is looked at in the next tick. */
  noteNews(): void {
    this.#hasNews = this.#waiting.length > 0
  }

  tick(context: Context): Timestamp {
    if (!this.#hasNews && context.now < this.#nextDeadline) return this.#nextDeadline
    this.#hasNews = false
    this.#waiting = this.#waiting.filter((fetch) => !this.#serve(fetch, context))
    this.#nextDeadline = this.#waiting.reduce((next, fetch) => earliest(next, fetch.deadline), NEVER)
    return this.#nextDeadline
  }

  /** Takes back every lease that its reader has given back. */
  collectLeases(): void {
    for (const book of this.#books.values()) book.collect()
  }

  forget(connection: Connection): void {
    this.#waiting = this.#waiting.filter((fetch) => fetch.connection !== connection)
    this.#books.get(connection)?.abandon()
    this.#books.delete(connection)
    this.#handles.delete(connection)
    for (const partition of this.#replicas.all()) partition.forgetReader(connection)
  }

  /** False: too little has arrived, and there is time left to wait for more. */
  #serve(fetch: WaitingFetch, context: Context): boolean {
    const { connection, correlationId, request } = fetch
    if (context.now < fetch.deadline && !this.#isWorthAnswering(request)) return false
    let bytesLeft = request.bytesMax
    const partitions = request.partitions.map((wanted) => {
      const result = this.#read(connection, wanted, request.readCommitted, bytesLeft)
      bytesLeft -= result.slice?.bytes ?? 0
      return result
    })
    connection.reply(correlationId, { api: 'Fetch', partitions })
    return true
  }

  #isWorthAnswering(request: FetchRequest): boolean {
    let bytes = 0
    for (const wanted of request.partitions) {
      const partition = this.#replicas.partition(wanted.topicId, wanted.partition)
      if (partition === undefined || !partition.isLeader) return true
      const { log } = partition
      if (wanted.fetchOffset < log.logStartOffset || wanted.fetchOffset > log.logEndOffset) return true
      bytes += Math.min(wanted.bytesMax, log.bytesFrom(offset(wanted.fetchOffset)))
      if (bytes > 0 && bytes >= request.bytesMin) return true
    }
    return request.bytesMin <= 0 || request.partitions.length === 0
  }

  #read(
    connection: Connection,
    wanted: FetchPartition,
    readCommitted: boolean,
    bytesLeft: number,
  ): PartitionFetchResult {
    const partition = this.#replicas.partition(wanted.topicId, wanted.partition)
    if (partition === undefined) return refused(wanted, 'UNKNOWN_TOPIC_OR_PARTITION')
    if (!partition.isLeader) return refused(wanted, 'NOT_LEADER_OR_FOLLOWER', partition)
    const { log } = partition
    const book = this.#bookOf(connection)
    const isolation = readCommitted ? 'TXN_COMMITTED' : 'HIGH_WATERMARK'
    const isServed = bytesLeft > 0 && book.hasRoom
    const from = offset(wanted.fetchOffset)
    const slice = isServed ? log.read(from, { bytesMax: Math.min(wanted.bytesMax, bytesLeft), isolation }) : null
    if (slice === 'OFFSET_OUT_OF_RANGE') return refused(wanted, slice, partition)
    const answer = refused(wanted, 'NONE', partition)
    if (slice === null) return answer
    this.#handOver(connection, partition, slice.segment)
    const lease = book.grant(wanted.leaseSlot, log, slice)
    return { ...answer, slice: { segment: slice.segment, position: slice.position, bytes: slice.bytes, lease } }
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

  #bookOf(connection: Connection): LeaseBook {
    let book = this.#books.get(connection)
    if (book === undefined) {
      book = new LeaseBook(connection)
      this.#books.set(connection, book)
    }
    return book
  }
}

function refused(wanted: FetchPartition, error: ErrorCode, partition?: Partition): PartitionFetchResult {
  const { topicId, partition: number } = wanted
  const highWatermark = partition?.log.highWatermark ?? -1
  const lastStableOffset = partition?.log.lastStableOffset ?? -1
  const logStartOffset = partition?.log.logStartOffset ?? -1
  return { topicId, partition: number, error, highWatermark, lastStableOffset, logStartOffset, slice: null }
}
