import type { KafkaError } from '../base/errors.js'
import type { BatchReport, Delivery } from './delivery.js'
import { type Deferred, deferred } from './pending-calls.js'
import type { RecordMetadata } from './producer-record.js'

/** One `send`: settles when all of its records are appended and every batch that took some of them was reported. */
export class SendCall implements Delivery {
  readonly isAwaited = true
  readonly #done: Deferred<RecordMetadata[]> = deferred()
  readonly #errorOf: (report: BatchReport) => KafkaError
  readonly #metadata: RecordMetadata[] = []
  #batchesLeft = 0
  #isAppended = false
  #error: unknown = null

  constructor(errorOf: (report: BatchReport) => KafkaError) {
    this.#errorOf = errorOf
  }

  get promise(): Promise<RecordMetadata[]> {
    return this.#done.promise
  }

  /** A batch took its first record of this call. */
  noteBatch(): void {
    this.#batchesLeft += 1
  }

  /** All records have found a batch. */
  appended(): void {
    this.#isAppended = true
    this.#settleIfDone()
  }

  /** The rest of the records will not be appended. */
  failed(error: unknown): void {
    this.#error ??= error
    this.#isAppended = true
    this.#settleIfDone()
  }

  settled(report: BatchReport, index: number, recordCount: number): void {
    this.#batchesLeft -= 1
    if (report.error !== 'NONE') this.#error ??= this.#errorOf(report)
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
    if (!this.#isAppended || this.#batchesLeft > 0) return
    if (this.#error !== null) this.#done.reject(this.#error)
    else this.#done.resolve(this.#metadata)
  }
}
