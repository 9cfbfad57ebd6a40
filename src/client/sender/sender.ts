import type { Address } from '../../actor/address.js'
import { brokerAddress } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../actor/types.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { isOn } from '../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { Memory } from '../../base/memory.js'
import type { ApiName, Response } from '../../protocol/api.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import { BatchOutcomes } from './batch-outcomes.js'
import { BatchSealer } from './batch-sealer.js'
import { BatchSplitter } from './batch-splitter.js'
import { Idempotence } from './idempotence.js'
import { PartitionQueues } from './partition-queues.js'
import { ReadyQueues } from './ready-queues.js'
import { type PartitionQueue, SealedBatch } from './sealed-batch.js'
import type { SenderCounters } from './sender-counters.js'
import { SenderMemories } from './sender-memories.js'
import { SenderMetadata } from './sender-metadata.js'
import type { SenderObserver } from './sender-observer.js'
import { UnansweredRequests } from './unanswered-requests.js'

/**
 * Decides when a batch leaves, and sends it: the thread that Kafka's `Sender` is. It closes and drains batches by the
 * rules of `RecordAccumulator.ready` and `drain`, seals them (header and CRC), lends them to the partition's leader,
 * and reports what became of them.
 *
 * `ReadyQueues` says what is ready. One request takes at most one batch of each partition; a broker has at most
 * max.in.flight.requests.per.connection.
 *
 * A batch that is refused retriably, or whose connection is lost, is put back in front of its partition's queue and
 * sent again after a backoff, to whoever leads by then, until delivery.timeout.ms have passed since its first record.
 * It is given up while it waits, never while it is on its way: a broker that has not answered may still read it.
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
  /** The identity and its counting; null: enable.idempotence is false. */
  readonly #idempotence: Idempotence | null
  readonly #ready: ReadyQueues
  readonly #memories: SenderMemories
  readonly #sealer: BatchSealer
  #isWarm = false
  #drainStart = 0
  #streamsUntil = timestamp(0)
  /** Whether in this turn a batch was ready and could not be sent. */
  #isHeldBack = false

  constructor(parts: SenderParts) {
    this.#parts = parts
    this.#shared = parts.shared
    this.#options = parts.options
    const { bootstrap, shared, options, applicationBell, counters, pool } = parts
    const memories = new SenderMemories(pool)
    const network = new NetworkClient((connection) => {
      memories.connected(connection)
      counters.connected(memories.connections)
    }, options)
    const onUpdate = (now: Timestamp): void => counters.metadataUpdated(now)
    const metadata = new SenderMetadata({ bootstrap, network, options, onUpdate })
    const queues = new PartitionQueues(shared, (topicId) => metadata.nameOf(topicId))
    const sealer = new BatchSealer(memories, options)
    const idempotence = options['enable.idempotence'] ? new Idempotence({ bootstrap, network, options, sealer }) : null
    const splitter = new BatchSplitter(shared, memories)
    const own = { queues, metadata, idempotence }
    const outcomes = new BatchOutcomes({ ...own, splitter, sealer, shared, options, applicationBell, counters })
    this.#memories = memories
    this.#network = network
    this.#metadata = metadata
    this.#queues = queues
    this.#sealer = sealer
    this.#idempotence = idempotence
    this.#splitter = splitter
    this.#outcomes = outcomes
    this.#ready = new ReadyQueues({ ...own, outcomes, shared, options, applicationBell })
    this.#unanswered = new UnansweredRequests(outcomes, options)
  }

  receive(message: Message, context: Context): void {
    if (message.type === 'disconnected') {
      this.#unanswered.lost(message.connection, context.now)
      this.#memories.disconnected(message.connection)
      this.#parts.counters.connected(this.#memories.connections)
      this.#metadata.noteStale()
    }
    if (this.#network.receive(message, context)) return
    if (message.type === 'connected') this.#memories.application = message.connection
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
    // Full batches mean that more are on their way, and the application is spared the price of waking this thread for
    // each. Not so while something is held back until an answer comes: there the broker does the waking.
    if (context.now < this.#streamsUntil && !this.#isHeldBack && !this.#ready.lacksLeader) context.noteStream()
    // The broker does not ring when it has copied a batch that it does not answer.
    return this.#unanswered.isEmpty ? due : earliest(due, timestamp(context.now + COPIED_CHECK_MS))
  }

  /** Connects ahead: the first batch finds its connection open. */
  #warmUp(context: Context): void {
    this.#isWarm = true
    for (const broker of this.#parts.bootstrap) this.#network.connectionTo(broker, context)
  }

  /** Returns when the next batch will have waited long enough, or too long. */
  #sendReady(context: Context): Timestamp {
    this.#isHeldBack = false
    const ready = this.#ready
    let next = ready.look(context)
    for (const leader of ready.leaders) next = earliest(next, this.#sendTo(leader, ready.queuesOf(leader), context))
    ready.clear()
    return next
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

  /** Takes at most one batch of each partition, not always from the same one on, up to max.request.size. */
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
    const reason = this.#ready.reasonOf(queue)
    const batch = SealedBatch.ofSlot(queue, slot, shared)
    this.#idempotence?.count(batch)
    this.#sealer.seal(batch)
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

  #request(address: Address, batches: readonly SealedBatch[], context: Context): Timestamp {
    const { acks, 'request.timeout.ms': timeoutMs } = this.#options
    const { counters, observer } = this.#parts
    const connection = this.#network.connectionTo(address, context) as Connection
    for (const batch of batches) this.#memories.lend(connection, batch.memoryId)
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
}
