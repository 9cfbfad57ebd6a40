import type { Address } from '../../actor/address.js'
import { brokerAddress } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../actor/types.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { isOn } from '../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { Memory } from '../../base/memory.js'
import type { ApiName, Response } from '../../protocol/api.js'
import { gzipRecords } from '../../record/gzip.js'
import { GZIP } from '../../record/layout.js'
import { sealBatch } from '../../record/record-batch.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import { POOL_MEMORY_ID } from '../batches/buffer-memory.js'
import { BatchOutcomes } from './batch-outcomes.js'
import { BatchSplitter } from './batch-splitter.js'
import { Idempotence } from './idempotence.js'
import { PartitionQueues } from './partition-queues.js'
import { type PartitionQueue, SealedBatch } from './sealed-batch.js'
import type { SenderCounters, SendReason } from './sender-counters.js'
import { SenderMetadata } from './sender-metadata.js'
import type { SenderObserver } from './sender-observer.js'
import { UnansweredRequests } from './unanswered-requests.js'

/**
 * Decides when a batch leaves, and sends it: the thread that Kafka's `Sender` is. It closes and drains batches by the
 * rules of `RecordAccumulator.ready` and `drain`, seals them (header and CRC), lends them to the partition's leader, and
 * reports what became of them.
 *
 * A batch is ready when it is full, has waited for linger.ms, or somebody waits for memory, a flush or the close. One
 * request takes at most one batch of each partition; a broker has at most max.in.flight.requests.per.connection.
 *
 * A batch that is refused retriably, or whose connection is lost, is put back in front of its partition's queue and sent again
 * after a backoff, to whoever leads by then, until delivery.timeout.ms have passed since its first record. It is given up while
 * it waits, never while it is on its way: a broker that has not answered may still read it.
 *
 * Owned by the sender's thread. Shared with the application: see AccumulatorMemory.
 */
export interface SenderParts {
  readonly shared: AccumulatorMemory
  readonly pool: Memory
  readonly options: ProducerOptions
  readonly bootstrap: readonly Address[]
  /** Wakes the application when there are reports. */
  readonly applicationBell: { ring(): void }
  readonly counters: SenderCounters
  readonly observer?: SenderObserver
}

/** How long after a full batch another one is expected. */
const STREAM_MS = 0.2
/** How often it is looked whether batches sent with acks=0 were copied. */
const COPIED_CHECK_MS = 1

export class Sender implements Actor {
  readonly serves: ReadonlySet<ApiName> = new Set(['Metadata'] as const)
  readonly #parts: SenderParts
  readonly #options: ProducerOptions
  readonly #shared: AccumulatorMemory
  readonly #network: NetworkClient
  readonly #metadata: SenderMetadata
  readonly #queues: PartitionQueues
  readonly #splitter: BatchSplitter
  readonly #outcomes: BatchOutcomes
  readonly #unanswered: UnansweredRequests
  /** Null: enable.idempotence is false. */
  readonly #idempotence: Idempotence | null
  readonly #lent = new Map<Connection, Set<number>>()
  /** What is ready in this turn, by its leader; emptied, not dropped. */
  readonly #ready: PartitionQueue[][] = []
  readonly #readyLeaders: number[] = []
  #application: Connection | null = null
  #isWarm = false
  #drainStart = 0
  #streamsUntil = timestamp(0)
  /** In this turn a batch was ready and could not be sent. */
  #isHeldBack = false

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#shared = parts.shared
    this.#options = parts.options
    this.#network = new NetworkClient((connection) => {
      connection.lend(POOL_MEMORY_ID, parts.pool)
      this.#lent.set(connection, new Set([POOL_MEMORY_ID]))
      parts.counters.connected(this.#lent.size)
    }, parts.options)
    const { bootstrap, shared, options, applicationBell, counters } = parts
    const onUpdate = (now: Timestamp): void => counters.metadataUpdated(now)
    this.#metadata = new SenderMetadata({ bootstrap, network: this.#network, options, onUpdate })
    this.#queues = new PartitionQueues(shared, (topicId) => this.#metadata.nameOf(topicId))
    this.#idempotence = options['enable.idempotence']
      ? new Idempotence({ bootstrap, network: this.#network, options, reseal: (batch) => this.#seal(batch) })
      : null
    const [queues, metadata, idempotence] = [this.#queues, this.#metadata, this.#idempotence]
    this.#splitter = new BatchSplitter(shared, (memoryId) => this.#memory(memoryId))
    const [splitter, seal] = [this.#splitter, (part: SealedBatch) => this.#sealPart(part)]
    const own = { queues, metadata, idempotence, splitter, seal }
    this.#outcomes = new BatchOutcomes({ ...own, shared, options, applicationBell, counters })
    this.#unanswered = new UnansweredRequests(this.#outcomes, options)
  }

  receive(message: Message, context: Context): void {
    if (message.type === 'disconnected') {
      this.#unanswered.lost(message.connection, context.now)
      this.#lent.delete(message.connection)
      this.#parts.counters.connected(this.#lent.size)
      this.#metadata.noteStale()
    }
    if (this.#network.receive(message, context)) return
    if (message.type === 'connected') this.#application = message.connection
    else if (message.type === 'request' && message.body.api === 'Metadata') {
      this.#metadata.ask(message.connection, message.correlationId, message.body)
    }
  }

  tick(context: Context): Timestamp {
    if (!this.#isWarm) this.#warmUp(context)
    if (this.#queues.takeOpened()) context.noteWork()
    this.#unanswered.settle(context.now)
    const identified = this.#idempotence?.tick(context) ?? NEVER
    const ready = earliest(identified, this.#sendReady(context))
    if (this.#splitter.report()) this.#parts.applicationBell.ring()
    const due = earliest(earliest(ready, this.#metadata.tick(context)), this.#network.tick(context))
    // Full batches mean that more are on their way, and the application is spared the price of waking this thread for each.
    // Not so while something is held back until an answer comes: there the broker does the waking.
    if (context.now < this.#streamsUntil && !this.#isHeldBack) context.noteStream()
    // The broker does not ring when it has copied a batch that it does not answer.
    return this.#unanswered.isEmpty ? due : earliest(due, timestamp(context.now + COPIED_CHECK_MS))
  }

  /** The first batch finds its connection open. */
  #warmUp(context: Context): void {
    this.#isWarm = true
    for (const broker of this.#parts.bootstrap) this.#network.connectionTo(broker, context)
  }

  /** Returns when the next batch will have waited long enough, or too long. */
  #sendReady(context: Context): Timestamp {
    let next = NEVER
    this.#isHeldBack = false
    const { filled } = this.#queues
    let listed = 0
    for (const queue of filled) {
      queue.isListed = !queue.isEmpty
      if (!queue.isListed) continue
      filled[listed++] = queue
      next = earliest(next, this.#look(queue, context))
    }
    filled.length = listed
    for (const leader of this.#readyLeaders) {
      const queues = this.#ready[leader] as PartitionQueue[]
      next = earliest(next, this.#sendTo(leader, queues, context))
      queues.length = 0
    }
    this.#readyLeaders.length = 0
    return next
  }

  /** Lists a queue as ready, or says when it will be. Whatever holds it back, its time runs. */
  #look(queue: PartitionQueue, context: Context): Timestamp {
    const expiry = timestamp(this.#queues.createdAt(queue) + this.#options['delivery.timeout.ms'])
    if (context.now >= expiry) {
      this.#outcomes.giveUpFirst(queue, 'REQUEST_TIMED_OUT')
      context.noteWork()
      return context.now
    }
    if (queue.isMuted || this.#idempotence?.maySend(queue, context.now) === false) return expiry
    const due = this.#readyAt(queue, context.now)
    if (due > context.now) return earliest(due, expiry)
    const leader = this.#metadata.known.leaderOf(queue.topicId, queue.partition)
    if (leader < 0) return earliest(expiry, this.#withoutLeader(queue, context))
    queue.goneSince = null
    this.#ready[leader] ??= []
    const queues = this.#ready[leader] as PartitionQueue[]
    if (queues.length === 0) this.#readyLeaders.push(leader)
    queues.push(queue)
    return expiry
  }

  /** Returns when the queue's first batch is given up, if there is no leader because the partition is gone. */
  #withoutLeader(queue: PartitionQueue, context: Context): Timestamp {
    const { known } = this.#metadata
    this.#isHeldBack = true
    this.#metadata.noteStale()
    const madeAgain = known.topic(queue.topic)?.topicId ?? queue.topicId
    if (madeAgain !== queue.topicId) {
      queue.moveTo(madeAgain)
      this.#idempotence?.moved(queue)
      this.#tellTopicChange()
      context.noteWork()
      return context.now
    }
    if (!known.isGone(queue.topic, queue.topicId, queue.partition)) {
      queue.goneSince = null
      return NEVER
    }
    // The application makes it again, where that is allowed, or tells at once what comes later.
    if (queue.goneSince === null) this.#tellTopicChange()
    queue.goneSince ??= context.now
    const end = timestamp(Math.max(queue.goneSince, this.#queues.createdAt(queue)) + this.#options['max.block.ms'])
    if (context.now < end) return end
    this.#outcomes.giveUpFirst(queue, 'UNKNOWN_TOPIC_OR_PARTITION')
    context.noteWork()
    return context.now
  }

  #tellTopicChange(): void {
    this.#shared.noteTopicChange()
    this.#parts.applicationBell.ring()
  }

  #readyAt(queue: PartitionQueue, now: Timestamp): Timestamp {
    const { sealed, slots } = queue
    const batch = sealed[0]
    if (batch !== undefined) return this.#isAnotherLeader(batch) ? now : batch.retryAt
    const slot = slots[0] as number
    if (slots.length > 1 || this.#shared.isFlushing || this.#shared.isWaiting || this.#shared.isClosed(slot)) return now
    return timestamp(this.#shared.createdAt(slot) + this.#options['linger.ms'])
  }

  /** KIP-951: a new leader is no reason to wait. */
  #isAnotherLeader(batch: SealedBatch): boolean {
    return this.#metadata.known.leaderEpochOf(batch.topicId, batch.partition) > batch.leaderEpoch
  }

  #sendTo(leader: number, queues: readonly PartitionQueue[], context: Context): Timestamp {
    const address = brokerAddress(leader)
    if (this.#network.connectionTo(address, context) === null) {
      this.#isHeldBack = true
      if (this.#network.isGone(address, context)) this.#metadata.noteStale()
      return NEVER
    }
    if (this.#network.inFlight(address) >= this.#options['max.in.flight.requests.per.connection']) {
      this.#isHeldBack = true
      return NEVER
    }
    return this.#request(address, this.#drain(queues, context), context)
  }

  /** At most one batch of each partition, not always beginning with the same one, up to max.request.size. */
  #drain(queues: readonly PartitionQueue[], context: Context): SealedBatch[] {
    const batches: SealedBatch[] = []
    let bytes = 0
    this.#drainStart += 1
    for (let index = 0; index < queues.length; index++) {
      const queue = queues[(this.#drainStart + index) % queues.length] as PartitionQueue
      const batch = queue.sealed[0] ?? this.#sealFirst(queue, context)
      if (batches.length > 0 && bytes + batch.bytes > this.#options['max.request.size']) break
      bytes += batch.bytes
      batch.topicId = queue.topicId
      batches.push(batch)
    }
    return batches
  }

  #sealFirst(queue: PartitionQueue, context: Context): SealedBatch {
    const shared = this.#shared
    const slot = queue.slots[0] as number
    const reason = this.#reason(queue, slot)
    const batch = SealedBatch.ofSlot(queue, slot, shared)
    this.#idempotence?.count(batch)
    this.#compress(batch)
    this.#seal(batch)
    queue.slots.shift()
    queue.sealed.push(batch)
    this.#parts.observer?.closed(batch, context.now)
    const isStreaming = reason === 'full' && !shared.isAwaited(slot)
    this.#streamsUntil = timestamp(isStreaming ? context.now + STREAM_MS : 0)
    this.#parts.counters.batchClosed({
      reason,
      bytes: batch.bytes,
      records: batch.recordCount,
      queuedMs: context.now - batch.createdAt,
      uncompressedBytes: batch.uncompressedBytes,
      now: context.now,
    })
    return batch
  }

  /** Where its records lie, before anybody reads them; what is smaller without stays as it is. */
  #compress(batch: SealedBatch): void {
    const { 'compression.type': type, 'compression.gzip.level': level } = this.#options
    if (type === 'none') return
    const { memoryId, position, uncompressedBytes } = batch
    batch.bytes = gzipRecords(this.#memory(memoryId), position, uncompressedBytes, level)
    if (batch.bytes < uncompressedBytes) batch.attributes = GZIP
  }

  /** Header and CRC. Nobody reads the batch meanwhile. */
  #seal(batch: SealedBatch): void {
    sealBatch(this.#memory(batch.memoryId), batch.position, batch)
  }

  #sealPart(part: SealedBatch): void {
    this.#compress(part)
    this.#seal(part)
  }

  #reason(queue: PartitionQueue, slot: number): SendReason {
    if (this.#shared.isClosing) return 'close'
    if (this.#shared.isFlushing) return 'flush'
    if (queue.slots.length > 1 || this.#shared.isClosed(slot)) return 'full'
    return this.#shared.isWaiting ? 'memory' : 'linger'
  }

  #request(address: Address, batches: readonly SealedBatch[], context: Context): Timestamp {
    const { acks, 'request.timeout.ms': timeoutMs } = this.#options
    const { counters, observer } = this.#parts
    const connection = this.#network.connectionTo(address, context) as Connection
    for (const batch of batches) this.#lendOnce(connection, batch.memoryId)
    const sentAt = context.now
    const isAnswered = acks !== 0
    const body = { api: 'Produce' as const, acks, timeoutMs, batches }
    const answer = (response: Response | null, later: Context): void => {
      counters.requestAnswered(later.now - sentAt, later.now)
      const results = response?.api === 'Produce' ? response.partitions : null
      observer?.answered(batches, results, later.now)
      this.#outcomes.answered(batches, results, later)
    }
    if (this.#network.send(address, body, context, isAnswered ? answer : null) !== 'sent') {
      this.#isHeldBack = true
      return NEVER
    }
    counters.requestSent(this.#network.inFlight(address), sentAt)
    observer?.sent(batches, address, sentAt)
    for (const batch of batches) this.#sent(batch, isAnswered, sentAt)
    if (!isAnswered) this.#unanswered.sent(connection, batches, context.now)
    // What is behind the batches just sent may be ready as well.
    context.noteWork()
    return context.now
  }

  #sent(batch: SealedBatch, isAnswered: boolean, now: Timestamp): void {
    const { queue } = batch
    if (batch.attempts > 0 || batch.split !== null) this.#parts.counters.batchResent(batch, now)
    queue.sealed.shift()
    this.#idempotence?.sent(batch)
    batch.leaderEpoch = this.#metadata.known.leaderEpochOf(batch.topicId, batch.partition)
    // `guaranteeMessageOrder` in Kafka: what is behind this batch waits for it, should it come back.
    queue.isMuted =
      isAnswered && this.#options['max.in.flight.requests.per.connection'] === 1 && isOn('one-in-flight-mutes')
  }

  #memory(memoryId: number): Memory {
    if (memoryId === POOL_MEMORY_ID) return this.#parts.pool
    return this.#splitter.memory(memoryId) ?? (this.#application as Connection).memory(memoryId)
  }

  #lendOnce(connection: Connection, memoryId: number): void {
    const lent = this.#lent.get(connection)
    if (lent === undefined || lent.has(memoryId)) return
    lent.add(memoryId)
    connection.lend(memoryId, this.#memory(memoryId))
  }
}
