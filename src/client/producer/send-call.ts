import { type Deferred, deferred } from '../../base/deferred.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { Delivery } from '../batches/delivery.js'
import type { ProducerErrors } from './producer-errors.js'
import type { RecordMetadata } from './producer-record.js'

/** Whoever wants to know what becomes of the records of one call, all of one topic. */
export interface RecordsCall extends Delivery {
  /** Tells that all records have found a batch. */
  appended(): void
  /** Tells that the first so many records have, and the rest will not. */
  failed(error: unknown, appendedCount: number): void
}

/** One `send`: settles when all of its records are appended and every batch that took some of them was reported. */
export class SendCall implements RecordsCall {
  readonly isAwaited = true
  readonly isReplay: boolean
  readonly #done: Deferred<RecordMetadata[]> = deferred()
  readonly #errors: Pick<ProducerErrors, 'of'>
  readonly #metadata: RecordMetadata[] = []
  #batchesLeft = 0
  /** How many topics have records that are neither appended nor failed yet. */
  #topicsLeft: number
  /** What it fails with, in an object: anything can be thrown, even null. */
  #failure: { readonly error: unknown } | null = null

  /** `topics`: how many topics its records have. */
  constructor(
    errors: Pick<ProducerErrors, 'of'>,
    { topics = 1, isReplay = false }: { readonly topics?: number; readonly isReplay?: boolean } = {},
  ) {
    this.#errors = errors
    this.#topicsLeft = topics
    this.isReplay = isReplay
  }

  get promise(): Promise<RecordMetadata[]> {
    return this.#done.promise
  }

  /** Notes that a batch took its first record of this call. */
  noteBatch(): void {
    this.#batchesLeft += 1
  }

  appended(): void {
    this.#topicsLeft -= 1
    this.#settleIfDone()
  }

  failed(error: unknown): void {
    this.#failure ??= { error }
    this.#topicsLeft -= 1
    this.#settleIfDone()
  }

  settled(report: BatchReport, index: number, recordCount: number): void {
    this.#batchesLeft -= 1
    if (report.error !== 'NONE') this.#failure ??= { error: this.#errors.of(report) }
    else {
      this.#metadata.push({
        topicName: report.topic,
        partition: report.partition,
        errorCode: 0,
        baseOffset: report.baseOffset < 0 ? -1 : report.baseOffset + index,
        recordCount,
        logAppendTime: report.logAppendTimeMs,
      })
    }
    this.#settleIfDone()
  }

  #settleIfDone(): void {
    if (this.#topicsLeft > 0 || this.#batchesLeft > 0) return
    if (this.#failure !== null) this.#done.reject(this.#failure.error)
    else this.#done.resolve(this.#metadata)
  }
}
