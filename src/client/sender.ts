import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Address, Connection, Context, Message } from '../actor/types.js'
import { type ErrorCode, errorNumber } from '../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { MetadataRequest, Response } from '../protocol/messages.js'
import type { Acks, LentBatch, PartitionProduceResult } from '../protocol/produce.js'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE } from '../record/layout.js'
import { sealBatch } from '../record/record-batch.js'
import type { AccumulatorMemory } from './accumulator-memory.js'
import { brokerAddress, Metadata } from './metadata.js'
import { POOL_MEMORY_ID } from './record-accumulator.js'
import type { SenderCounters, SendReason } from './sender-counters.js'

/**
 * Decides when a batch leaves, and sends it: the thread that Kafka's `Sender` is. It closes and drains batches by the
 * rules of `RecordAccumulator.ready` and `drain`, seals them (header and CRC), lends them to the partition's leader, and
 * reports what became of them.
 *
 * A batch is ready when it is full, has waited for linger.ms, or somebody waits for memory, a flush or the close. One
 * request takes at most one batch of each partition; a broker has at most max.in.flight.requests.per.connection.
 *
 * Owned by the sender's thread. Shared with the application: see AccumulatorMemory.
 */
export interface SenderOptions {
  readonly acks: Acks
  readonly lingerMs: number
  readonly requestBytesMax: number
  readonly inFlightMax: number
  readonly requestTimeoutMs: number
  readonly deliveryTimeoutMs: number
}

export interface SenderParts {
  readonly shared: AccumulatorMemory
  readonly pool: Memory
  readonly options: SenderOptions
  readonly bootstrap: readonly Address[]
  /** Wakes the application when there are reports. */
  readonly applicationBell: { ring(): void }
  readonly counters: SenderCounters
}

interface PartitionQueue {
  readonly topicId: number
  readonly partition: number
  /** Slots in the order of opening. */
  readonly slots: number[]
  /** The first of them, once it is closed: a batch is closed and sealed once. */
  closed: ClosedBatch | null
  /** Whether it is among the filled ones. */
  isListed: boolean
}

interface ClosedBatch extends LentBatch {
  readonly slot: number
  readonly queue: PartitionQueue
}

/** acks=0: nobody answers, so the batch is given back once the broker has copied it. */
interface UnansweredRequest {
  readonly connection: Connection
  readonly cursor: number
  readonly batches: readonly ClosedBatch[]
}

/** How long after a full batch another one is expected. */
const STREAM_MS = 0.2
/** How often it is looked whether batches sent with acks=0 were copied. */
const COPIED_CHECK_MS = 1

export class Sender implements Actor {
  readonly #parts: SenderParts
  readonly #shared: AccumulatorMemory
  readonly #metadata = new Metadata()
  readonly #network: NetworkClient
  readonly #queues = new Map<string, PartitionQueue>()
  /**
   * Those that hold batches, and some that did until a moment ago: a producer may know thousands of partitions and write
   * to a few.
   */
  readonly #filled: PartitionQueue[] = []
  #slotsTaken = 0
  readonly #lent = new Map<Connection, Set<number>>()
  #unanswered: UnansweredRequest[] = []
  #application: Connection | null = null
  #asked: { readonly request: MetadataRequest; readonly answer: (response: Response | null) => void } | null = null
  #drainStart = 0
  #streamsUntil = timestamp(0)
  /** In this turn a batch was ready and could not be sent. */
  #isHeldBack = false

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#shared = parts.shared
    this.#network = new NetworkClient((connection) => {
      connection.lend(POOL_MEMORY_ID, parts.pool)
      this.#lent.set(connection, new Set([POOL_MEMORY_ID]))
    })
  }

  receive(message: Message, context: Context): void {
    if (message.type === 'disconnected') this.#lostUnanswered(message.connection)
    if (this.#network.receive(message, context)) return
    if (message.type === 'connected') this.#application = message.connection
    else if (message.type === 'request' && message.body.api === 'Metadata') {
      this.#ask(message.connection, message.correlationId, message.body)
    }
  }

  tick(context: Context): Timestamp {
    for (const broker of this.#parts.bootstrap) this.#network.connectionTo(broker, context)
    this.#passOn(context)
    this.#takeOpened(context)
    if (this.#unanswered.length > 0) this.#settleUnanswered()
    const next = this.#sendReady(context)
    // Full batches mean that more are on their way, and the application is spared the price of waking this thread for each.
    // Not so while something is held back until an answer comes: there the broker does the waking.
    if (context.now < this.#streamsUntil && !this.#isHeldBack) context.noteStream()
    // The broker does not ring when it has copied a batch that it does not answer.
    return this.#unanswered.length === 0 ? next : earliest(next, timestamp(context.now + COPIED_CHECK_MS))
  }

  /** The application asks for metadata through its sender, so that both know the same. */
  #passOn(context: Context): void {
    const asked = this.#asked
    if (asked === null) return
    const broker = this.#parts.bootstrap.find((address) => !this.#network.isGone(address))
    const sent =
      broker === undefined
        ? 'gone'
        : this.#network.send(broker, asked.request, context, (response) => asked.answer(response))
    if (sent === 'gone') asked.answer(null)
    if (sent === 'gone' || sent === 'sent') this.#asked = null
  }

  #ask(connection: Connection, correlationId: number, request: MetadataRequest): void {
    const answer = (response: Response | null): void => {
      if (response?.api === 'Metadata') {
        this.#metadata.update(response)
        return connection.reply(correlationId, response)
      }
      const error: ErrorCode = 'NETWORK_EXCEPTION'
      const topics = (request.topics ?? []).map((name) => ({ error, name, topicId: -1, partitions: [] }))
      connection.reply(correlationId, { api: 'Metadata', brokers: [], controller: -1, topics })
    }
    this.#asked = { request, answer }
  }

  #takeOpened(context: Context): void {
    const opened = this.#shared.opened
    for (; this.#slotsTaken !== opened; this.#slotsTaken = (this.#slotsTaken + 1) | 0) {
      context.noteWork()
      const slot = this.#shared.announcedSlot(this.#slotsTaken)
      const topicId = this.#shared.topicId(slot)
      const partition = this.#shared.partition(slot)
      const key = `${topicId}:${partition}`
      let queue = this.#queues.get(key)
      if (queue === undefined) {
        queue = { topicId, partition, slots: [], closed: null, isListed: false }
        this.#queues.set(key, queue)
      }
      queue.slots.push(slot)
      if (queue.isListed) continue
      queue.isListed = true
      this.#filled.push(queue)
    }
  }

  /** Returns when the next batch will have waited long enough. */
  #sendReady(context: Context): Timestamp {
    let next = NEVER
    let ready: Map<number, PartitionQueue[]> | null = null
    this.#isHeldBack = false
    let listed = 0
    for (const queue of this.#filled) {
      queue.isListed = queue.slots.length > 0
      if (!queue.isListed) continue
      this.#filled[listed++] = queue
      const due = this.#readyAt(queue, context.now)
      if (due > context.now) next = earliest(next, due)
      else if (this.#isExpired(queue, context)) next = context.now
      else {
        // Whatever holds it back, its time runs.
        next = earliest(next, this.#expiryOf(queue))
        const leader = this.#metadata.leaderOf(queue.topicId, queue.partition)
        ready ??= new Map()
        const queues = ready.get(leader)
        if (queues === undefined) ready.set(leader, [queue])
        else queues.push(queue)
      }
    }
    this.#filled.length = listed
    if (ready !== null)
      for (const [leader, queues] of ready) next = earliest(next, this.#sendTo(leader, queues, context))
    return next
  }

  #readyAt(queue: PartitionQueue, now: Timestamp): Timestamp {
    const slot = queue.slots[0] as number
    if (queue.slots.length > 1 || this.#shared.isFlushing || this.#shared.isWaiting || this.#shared.isClosed(slot))
      return now
    return timestamp(this.#shared.createdAt(slot) + this.#parts.options.lingerMs)
  }

  #expiryOf(queue: PartitionQueue): Timestamp {
    return timestamp(this.#shared.createdAt(queue.slots[0] as number) + this.#parts.options.deliveryTimeoutMs)
  }

  #isExpired(queue: PartitionQueue, context: Context): boolean {
    if (context.now < this.#expiryOf(queue)) return false
    this.#fail(queue, 'REQUEST_TIMED_OUT')
    context.noteWork()
    return true
  }

  #sendTo(leader: number, queues: readonly PartitionQueue[], context: Context): Timestamp {
    const { options } = this.#parts
    const address = brokerAddress(leader)
    if (leader < 0 || this.#network.isGone(address)) {
      for (const queue of queues) this.#fail(queue, leader < 0 ? 'LEADER_NOT_AVAILABLE' : 'NETWORK_EXCEPTION')
      return context.now
    }
    if (this.#network.connectionTo(address, context) === null) return NEVER
    if (this.#network.inFlight(address) >= options.inFlightMax) {
      this.#isHeldBack = true
      return NEVER
    }
    const batches = this.#drain(queues, context)
    return this.#request(address, batches, context)
  }

  /** At most one batch of each partition, not always beginning with the same one, up to max.request.size. */
  #drain(queues: readonly PartitionQueue[], context: Context): ClosedBatch[] {
    const batches: ClosedBatch[] = []
    let bytes = 0
    this.#drainStart += 1
    for (let index = 0; index < queues.length; index++) {
      const queue = queues[(this.#drainStart + index) % queues.length] as PartitionQueue
      const batch = this.#closeFirst(queue, context)
      if (batches.length > 0 && bytes + batch.bytes > this.#parts.options.requestBytesMax) break
      bytes += batch.bytes
      batches.push(batch)
    }
    return batches
  }

  #closeFirst(queue: PartitionQueue, context: Context): ClosedBatch {
    if (queue.closed !== null) return queue.closed
    const slot = queue.slots[0] as number
    const reason = this.#reason(queue, slot)
    const shared = this.#shared
    const count = shared.close(slot)
    const bytes = shared.bytes(slot, count)
    const memoryId = shared.memoryId(slot)
    const position = shared.position(slot)
    sealBatch(this.#memory(memoryId), position, {
      bytes,
      recordCount: count,
      baseTimestamp: shared.baseTimestamp(slot),
      maxTimestamp: shared.maxTimestamp(slot, count),
      attributes: 0,
      producerId: NO_PRODUCER_ID,
      producerEpoch: NO_PRODUCER_EPOCH,
      baseSequence: NO_SEQUENCE,
    })
    const batch = { slot, queue, topicId: queue.topicId, partition: queue.partition, memoryId, position, bytes }
    queue.closed = batch
    const isStreaming = reason === 'full' && !shared.isAwaited(slot)
    this.#streamsUntil = timestamp(isStreaming ? context.now + STREAM_MS : 0)
    this.#parts.counters.batchClosed({ reason, bytes, records: count, queuedMs: context.now - shared.createdAt(slot) })
    return batch
  }

  #reason(queue: PartitionQueue, slot: number): SendReason {
    if (this.#shared.isClosing) return 'close'
    if (this.#shared.isFlushing) return 'flush'
    if (queue.slots.length > 1 || this.#shared.isClosed(slot)) return 'full'
    return this.#shared.isWaiting ? 'memory' : 'linger'
  }

  #request(address: Address, batches: readonly ClosedBatch[], context: Context): Timestamp {
    const { options, counters } = this.#parts
    const connection = this.#network.connectionTo(address, context) as Connection
    for (const batch of batches) this.#lendOnce(connection, batch.memoryId)
    const sentAt = context.now
    const isAnswered = options.acks !== 0
    const body = { api: 'Produce' as const, acks: options.acks, timeoutMs: options.requestTimeoutMs, batches }
    const answer = (response: Response | null, later: Context): void => {
      counters.requestAnswered(later.now - sentAt)
      this.#settle(batches, response?.api === 'Produce' ? response.partitions : null)
    }
    const outcome = this.#network.send(address, body, context, isAnswered ? answer : null)
    if (outcome !== 'sent') return outcome === 'gone' ? context.now : NEVER
    counters.requestSent(this.#network.inFlight(address))
    for (const { queue } of batches) this.#takeFirst(queue)
    if (!isAnswered) this.#unanswered.push({ connection, cursor: connection.cursor, batches })
    // What is behind the batches just sent may be ready as well.
    context.noteWork()
    return context.now
  }

  #settle(batches: readonly ClosedBatch[], results: readonly PartitionProduceResult[] | null): void {
    for (let index = 0; index < batches.length; index++) {
      const { slot } = batches[index] as ClosedBatch
      const result = results?.[index]
      if (result === undefined) this.#shared.report(slot, errorNumber('NETWORK_EXCEPTION'), -1, -1)
      else this.#shared.report(slot, errorNumber(result.error), result.baseOffset, result.logAppendTimeMs)
    }
    this.#parts.applicationBell.ring()
  }

  #settleUnanswered(): void {
    const rest = this.#unanswered.filter(({ connection, cursor, batches }) => {
      if (!connection.isRead(cursor)) return true
      for (const { slot } of batches) this.#shared.report(slot, errorNumber('NONE'), -1, -1)
      return false
    })
    if (rest.length === this.#unanswered.length) return
    this.#unanswered = rest
    this.#parts.applicationBell.ring()
  }

  /** Whether the broker had copied them before it went is not known. */
  #lostUnanswered(connection: Connection): void {
    const lost = this.#unanswered.filter(
      (request) => request.connection === connection && !connection.isRead(request.cursor),
    )
    this.#settleUnanswered()
    this.#unanswered = this.#unanswered.filter((request) => !lost.includes(request))
    for (const { batches } of lost) this.#settle(batches, null)
  }

  /** Gives up the oldest batch of a partition. */
  #fail(queue: PartitionQueue, error: ErrorCode): void {
    const slot = this.#takeFirst(queue)
    this.#shared.close(slot)
    this.#shared.report(slot, errorNumber(error), -1, -1)
    this.#parts.applicationBell.ring()
  }

  #takeFirst(queue: PartitionQueue): number {
    const slot = queue.slots.shift() as number
    queue.closed = null
    return slot
  }

  #memory(memoryId: number): Memory {
    return memoryId === POOL_MEMORY_ID ? this.#parts.pool : (this.#application as Connection).memory(memoryId)
  }

  #lendOnce(connection: Connection, memoryId: number): void {
    const lent = this.#lent.get(connection)
    if (lent === undefined || lent.has(memoryId)) return
    lent.add(memoryId)
    connection.lend(memoryId, this.#memory(memoryId))
  }
}
