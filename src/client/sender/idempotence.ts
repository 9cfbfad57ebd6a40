import type { Address } from '../../actor/address.js'
import type { NetworkClient } from '../../actor/network-client.js'
import type { Context } from '../../actor/types.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import type { ErrorCode } from '../../base/error-code.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { sequenceAfter } from '../../log/producer-states.js'
import { NO_PRODUCER_ID } from '../../record/layout.js'
import type { BatchSealer } from './batch-sealer.js'
import type { PartitionQueue, PartitionSequences, SealedBatch } from './sealed-batch.js'

const EPOCH_MAX = 2 ** 15 - 1
const NONE = -1
const HALF = 2 ** 30
/**
 * A leader that has acknowledged a batch remembers its producer for this long at least: longer than brokers take for an
 * answer, and shorter than anybody sets producer.id.expiration.ms or keeps records.
 */
const REMEMBERED_MS = 1_000

export interface IdempotenceParts {
  readonly bootstrap: readonly Address[]
  readonly network: NetworkClient
  readonly options: ProducerOptions
  /** Writes the identities and sequences of batches into them again. Nobody reads them then. */
  readonly sealer: BatchSealer
}

/**
 * The identity of an idempotent producer, and how it counts what it sends, so that brokers append each batch once and
 * in its turn. (KIP-98, KIP-360: what Kafka's `TransactionManager` is without transactions.)
 *
 * Batches get their sequences when they are drained. Where it cannot be known any more what was written, the producer
 * takes the next epoch and counts from 0 again: brokers refuse what still comes of the epoch before.
 */
export class Idempotence {
  readonly #parts: IdempotenceParts
  #producerId = NO_PRODUCER_ID
  #epoch = -1
  #isAsking = false
  #askAt = timestamp(0)
  /** Queues that something is to be found out of, or to be counted anew. */
  readonly #troubled = new Set<PartitionQueue>()

  constructor(parts: IdempotenceParts) {
    this.#parts = parts
  }

  /** Asks for an id while it has none, and counts anew what has to be. Returns when it is due next. */
  tick(context: Context): Timestamp {
    for (const queue of this.#troubled) this.#mend(queue)
    if (this.#producerId !== NO_PRODUCER_ID || this.#isAsking) return NEVER
    if (this.#askAt > context.now) return this.#askAt
    const { bootstrap, network, options } = this.#parts
    const broker = network.leastLoaded(bootstrap, context)
    // Null: the network says when somebody may be asked.
    if (broker === null) return NEVER
    const sent = network.send(broker, { api: 'InitProducerId' }, context, (response, later) => {
      this.#isAsking = false
      later.noteWork()
      // A lost connection: somebody else may know.
      if (response?.api !== 'InitProducerId') return
      if (response.error !== 'NONE') this.#askAt = timestamp(later.now + options['retry.backoff.ms'])
      else {
        this.#producerId = response.producerId
        this.#epoch = response.producerEpoch
      }
    })
    this.#isAsking = sent === 'sent'
    return NEVER
  }

  /** Whether the queue's first batch may leave now. (`RecordAccumulator.shouldStopDrainBatchesForPartition`) */
  maySend({ sealed, sequences }: PartitionQueue, now: Timestamp): boolean {
    if (this.#producerId === NO_PRODUCER_ID || sequences.isBumpWanted) return false
    // KAFKA-15591: a broker takes any sequence of a producer that it does not know, so what follows the first batch
    // could be written though the first batch is refused. After a rest it may have forgotten the producer.
    if (sequences.inFlight > 0 && !this.#isKnown(sequences, now)) return false
    const first = sealed[0]
    // One that is sent again goes alone, the oldest first: those behind it would be out of order.
    if (first !== undefined)
      return sequences.outstanding.indexOf(first) === (first.attempts > 0 ? 0 : sequences.inFlight)
    if (sequences.unresolvedAt >= 0) return false
    return this.#isCurrent(sequences) || sequences.outstanding.length === 0
  }

  /** Gives a batch that is drained for the first time its identity and its sequence. */
  count(batch: SealedBatch): void {
    const { sequences } = batch.queue
    if (!this.#isCurrent(sequences)) this.#begin(sequences)
    this.#identify(batch)
    sequences.outstanding.push(batch)
  }

  sent({ queue }: SealedBatch): void {
    queue.sequences.inFlight += 1
  }

  returned({ queue }: SealedBatch): void {
    queue.sequences.inFlight -= 1
  }

  /** Notes that the batch is written, now or by an attempt before. */
  acknowledged(batch: SealedBatch, now: Timestamp): void {
    const { sequences } = batch.queue
    sequences.acknowledgedAt = now
    this.#settle(batch)
    if (batch.producerEpoch !== sequences.epoch || batch.producerId !== sequences.producerId) return
    const last = sequenceAfter(batch.baseSequence, batch.recordCount - 1)
    // One that was refused after its append is acknowledged after those behind it.
    if (isBehind(sequences.lastAcknowledged, last)) sequences.lastAcknowledged = last
  }

  /**
   * Gives the parts of a batch its place and its sequences: it is not written.
   * (`ProducerBatch.assignProducerStateToBatches`)
   */
  split(batch: SealedBatch, parts: readonly SealedBatch[]): void {
    const { outstanding } = batch.queue.sequences
    outstanding.splice(outstanding.indexOf(batch), 1, ...parts)
    for (const part of parts) {
      part.producerId = batch.producerId
      part.producerEpoch = batch.producerEpoch
      part.baseSequence = sequenceAfter(batch.baseSequence, part.firstRecord - batch.firstRecord)
    }
  }

  /** Notes that the batch was refused for good, so it is not written. (`TransactionManager.handleFailedBatch`) */
  failed(batch: SealedBatch): void {
    this.#settle(batch)
    this.#wantBump(batch.queue)
  }

  /** Notes that the batch was given up, and may be written. (`TransactionManager.markSequenceUnresolved`) */
  givenUp(batch: SealedBatch): void {
    const { queue } = batch
    this.#settle(batch)
    // The oldest is given up first.
    queue.sequences.unresolvedAt = sequenceAfter(batch.baseSequence, batch.recordCount)
    this.#troubled.add(queue)
  }

  /** Whether a refusal that is final otherwise is a reason to send it again. (`TransactionManager.canRetry`) */
  canRetry(batch: SealedBatch, error: ErrorCode): boolean {
    if (error !== 'OUT_OF_ORDER_SEQUENCE_NUMBER') return false
    const { sequences } = batch.queue
    const isNext =
      batch.baseSequence === (sequences.lastAcknowledged < 0 ? 0 : sequenceAfter(sequences.lastAcknowledged, 1))
    // What comes before it is to be sent again first; or else the broker has lost what was acknowledged.
    if (sequences.unresolvedAt >= 0 || isNext) this.#wantBump(batch.queue)
    return true
  }

  /**
   * Notes that the queue's batches go to a topic that was made again. Nothing is sent there before the batches are
   * counted anew, under a new epoch: a client that has heard of both topics in turn may have counted for it before.
   */
  moved(queue: PartitionQueue): void {
    this.#wantBump(queue)
  }

  #settle(batch: SealedBatch): void {
    const { outstanding } = batch.queue.sequences
    const index = outstanding.indexOf(batch)
    if (index >= 0) outstanding.splice(index, 1)
  }

  #wantBump(queue: PartitionQueue): void {
    queue.sequences.isBumpWanted = true
    this.#troubled.add(queue)
  }

  /**
   * What is wanted anew is counted once nothing of it is on its way: until then its batches may be read. Whether what
   * was given up is written shows when all that came behind it is settled.
   */
  #mend(queue: PartitionQueue): void {
    const { sequences } = queue
    const { unresolvedAt, lastAcknowledged, isBumpWanted } = sequences
    if (sequences.inFlight > 0 || (!isBumpWanted && sequences.outstanding.length > 0)) return
    this.#troubled.delete(queue)
    const isWritten = unresolvedAt === NONE || sequenceAfter(lastAcknowledged, 1) === unresolvedAt
    sequences.unresolvedAt = NONE
    if (isWritten && !isBumpWanted) return
    this.#bump()
    this.#begin(sequences)
    for (const batch of sequences.outstanding) {
      this.#identify(batch)
      this.#parts.sealer.reseal(batch)
    }
  }

  /** Gives the batch the next sequences, under the epoch that its partition counts with. */
  #identify(batch: SealedBatch): void {
    const { sequences } = batch.queue
    batch.producerId = sequences.producerId
    batch.producerEpoch = sequences.epoch
    batch.baseSequence = sequences.next
    sequences.next = sequenceAfter(sequences.next, batch.recordCount)
  }

  #bump(): void {
    if (this.#epoch < EPOCH_MAX) this.#epoch += 1
    else this.#producerId = NO_PRODUCER_ID
  }

  #isCurrent({ producerId, epoch }: PartitionSequences): boolean {
    return producerId === this.#producerId && epoch === this.#epoch
  }

  /** Whether the leader surely remembers the producer. */
  #isKnown({ lastAcknowledged, acknowledgedAt }: PartitionSequences, now: Timestamp): boolean {
    return lastAcknowledged !== NONE && now - acknowledgedAt <= REMEMBERED_MS
  }

  #begin(sequences: PartitionSequences): void {
    sequences.producerId = this.#producerId
    sequences.epoch = this.#epoch
    sequences.next = 0
    sequences.lastAcknowledged = NONE
    sequences.unresolvedAt = NONE
    sequences.isBumpWanted = false
  }
}

/** Compares two sequences across the wrap: they are less than 2^30 apart. */
function isBehind(sequence: number, other: number): boolean {
  const ahead = other - sequence
  return ahead > HALF ? false : ahead > 0 || ahead < -HALF
}
