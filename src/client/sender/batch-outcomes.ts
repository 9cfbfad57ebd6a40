import type { Context } from '../../actor/types.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { ERRORS, type ErrorCode } from '../../base/error-code.js'
import { backoffMs } from '../../base/exponential-backoff.js'
import { timestamp } from '../../base/ids.js'
import type { PartitionProduceResult } from '../../protocol/apis/produce.js'
import type { AccumulatorMemory } from '../batches/accumulator-memory.js'
import { isStaleMetadata } from '../metadata.js'
import type { BatchSealer } from './batch-sealer.js'
import type { BatchSplitter } from './batch-splitter.js'
import type { Idempotence } from './idempotence.js'
import type { PartitionQueues } from './partition-queues.js'
import type { PartitionQueue, SealedBatch } from './sealed-batch.js'
import type { SenderCounters } from './sender-counters.js'
import type { SenderMetadata } from './sender-metadata.js'

export interface BatchOutcomesParts {
  readonly shared: AccumulatorMemory
  readonly queues: PartitionQueues
  readonly metadata: SenderMetadata
  readonly idempotence: Idempotence | null
  readonly splitter: BatchSplitter
  /** Makes the parts of a batch ready to be sent. */
  readonly sealer: BatchSealer
  readonly options: ProducerOptions
  /** Wakes the application when there are reports. */
  readonly applicationBell: { ring(): void }
  readonly counters: SenderCounters
}

/**
 * Decides what becomes of batches: they are reported, or sent again. (`Sender.completeBatch` and `canRetry` in Kafka.)
 */
export class BatchOutcomes {
  readonly #parts: BatchOutcomesParts
  readonly #backoff: { readonly initialMs: number; readonly maxMs: number }

  constructor(parts: BatchOutcomesParts) {
    this.#parts = parts
    const { 'retry.backoff.ms': initialMs, 'retry.backoff.max.ms': maxMs } = parts.options
    this.#backoff = { initialMs, maxMs }
  }

  /** Takes in the answer to a request. `results` null: its connection was lost, and some of it may be written. */
  answered(batches: readonly SealedBatch[], results: readonly PartitionProduceResult[] | null, context: Context): void {
    let reported = 0
    for (let index = 0; index < batches.length; index++) {
      if (this.#settle(batches[index] as SealedBatch, results?.[index], context)) reported += 1
    }
    if (reported > 0) this.#parts.applicationBell.ring()
  }

  /** Settles batches of requests that nobody answers (acks=0). */
  unanswered(batches: readonly SealedBatch[], error: 'NONE' | 'NETWORK_EXCEPTION'): void {
    for (const { slot, bytes } of batches) this.#parts.shared.reports.write({ slot, error, sends: 1, bytes })
    this.#parts.applicationBell.ring()
  }

  /** Gives up the first batch of a partition, which is not on its way. */
  giveUpFirst(queue: PartitionQueue, error: ErrorCode): void {
    const { shared, queues, idempotence, applicationBell } = this.#parts
    const sealed = queue.sealed[0]
    const slot = queues.removeFirst(queue)
    if (sealed === undefined) shared.reports.write({ slot, error })
    else {
      idempotence?.givenUp(sealed)
      this.#report(sealed, error, sealed.attempts)
    }
    applicationBell.ring()
  }

  /** Returns whether the batch was reported. */
  #settle(batch: SealedBatch, result: PartitionProduceResult | undefined, context: Context): boolean {
    const { idempotence, splitter, options } = this.#parts
    const error = result?.error ?? 'NETWORK_EXCEPTION'
    const sends = batch.attempts + 1
    batch.queue.isMuted = false
    idempotence?.returned(batch)
    if (result?.error === 'NONE' || error === 'DUPLICATE_SEQUENCE_NUMBER') {
      idempotence?.acknowledged(batch, context.now)
      this.#report(batch, 'NONE', sends, result)
      return true
    }
    if (error === 'MESSAGE_TOO_LARGE' && splitter.canSplit(batch)) {
      this.#split(batch, context)
      return false
    }
    this.#learn(batch, error, result)
    const mayRetry = ERRORS[error].retriable || idempotence?.canRetry(batch, error) === true
    // Whether there is time left to send it again is seen when it waits.
    if (mayRetry && batch.attempts < options.retries) {
      this.#retry(batch, context)
      return false
    }
    // A last attempt without an answer may have been written, so its sequence is not free.
    if (mayRetry) idempotence?.givenUp(batch)
    else idempotence?.failed(batch)
    this.#report(batch, error, sends)
    return true
  }

  #report(batch: SealedBatch, error: ErrorCode, sends: number, result?: PartitionProduceResult): void {
    const { shared, splitter } = this.#parts
    const { slot, bytes, split } = batch
    const { baseOffset = -1, logAppendTimeMs = -1 } = result ?? {}
    if (split === null) shared.reports.write({ slot, error, baseOffset, logAppendTimeMs, sends, bytes })
    else splitter.settled(batch, { error, baseOffset, logAppendTimeMs, sends })
  }

  /** Puts the parts of the batch in front, as if they had never been tried. (`RecordAccumulator.splitAndReenqueue`) */
  #split(batch: SealedBatch, context: Context): void {
    const { idempotence, splitter, queues, sealer, counters } = this.#parts
    const parts = splitter.split(batch)
    idempotence?.split(batch, parts)
    for (const part of parts) sealer.seal(part)
    for (const part of parts.reverse()) queues.putBack(part)
    counters.batchSplit(context.now)
  }

  /** A broker that knows the new leader says so; otherwise somebody has to be asked (KIP-951). */
  #learn(batch: SealedBatch, error: ErrorCode, result: PartitionProduceResult | undefined): void {
    if (!isStaleMetadata(error)) return
    const { metadata } = this.#parts
    const leader = result?.currentLeader ?? null
    if (leader !== null && metadata.known.updateLeader(batch.topicId, batch.partition, leader)) return
    metadata.noteStale()
  }

  #retry(batch: SealedBatch, context: Context): void {
    batch.retryAt = timestamp(context.now + backoffMs(this.#backoff, batch.attempts, context.random))
    batch.attempts += 1
    this.#parts.queues.putBack(batch)
    this.#parts.counters.batchRetried()
  }
}
