import { asError, hearRejection, messageOf } from '../../base/thrown.js'
import type { RecordData } from '../../record/record.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { Delivery, RecordDelivery } from '../batches/delivery.js'
import { checkRecord } from './given-records.js'
import type { ProducerErrors } from './producer-errors.js'
import type { DeliveredRecord, ProducerMessage, ProducerRecord } from './producer-record.js'
import type { RecordsCall } from './send-call.js'

/**
 * Sees every record of a producer twice: before it is serialized and its partition is chosen, and when it is known what
 * became of it (KIP-42, `ProducerInterceptor`). What its methods throw is told as a warning of the process, the first
 * time for each of them; the record goes on as the interceptor before left it.
 */
export interface ProducerInterceptor<Key = RecordData, Value = RecordData> {
  /**
   * Returns the record to be sent: the same, or another one, even of another topic. The next interceptor gets what this
   * one returns.
   */
  onSend?(record: ProducerRecord<Key, Value>): ProducerRecord<Key, Value>
  /**
   * Called once for each record that `onSend` has seen, before its promise or its callback: it was acknowledged
   * (`error` is null), or it failed, be it before it was sent. A record that `produce` throws for has failed, and is
   * another one when it is given again. After an error the offset is -1, and so is a partition that nobody had chosen
   * yet.
   */
  onAcknowledgement?(metadata: DeliveredRecord, error: Error | null): void
  /**
   * Called when the producer is closed and everything is acknowledged or given up. A promise is waited for; whatever
   * else it returns is passed over.
   */
  close?(): unknown
}

type Method = keyof ProducerInterceptor

export interface ProducerInterceptorsParts<Key, Value> {
  /** Interceptors, at least one: a producer without them has none of this. */
  readonly interceptors: readonly ProducerInterceptor<Key, Value>[]
  readonly errors: Pick<ProducerErrors, 'of'>
  /** Where a thread says what its program should know and cannot catch. */
  readonly warn: (says: string) => void
}

/** A producer's interceptors, in their order (`ProducerInterceptors` in Kafka). Lives on the application's thread. */
export class ProducerInterceptors<Key, Value> {
  readonly #interceptors: readonly ProducerInterceptor<Key, Value>[]
  readonly #hasListener: boolean
  readonly #errors: Pick<ProducerErrors, 'of'>
  readonly #warn: (says: string) => void
  /** The delivery of records of which nobody else wants to be told. */
  readonly #delivery = new InterceptedRecord<Key, Value>(null, this)
  readonly #warned = new Set<string>()

  constructor({ interceptors, errors, warn }: ProducerInterceptorsParts<Key, Value>) {
    this.#interceptors = interceptors
    this.#hasListener = interceptors.some(({ onAcknowledgement }) => onAcknowledgement !== undefined)
    this.#errors = errors
    this.#warn = warn
  }

  /** The records of a call as they are to be sent, by topic. There is one topic at least. */
  onSendAll(
    topic: string,
    messages: readonly ProducerMessage<Key, Value>[],
  ): ReadonlyMap<string, readonly ProducerRecord<Key, Value>[]> {
    const byTopic = new Map<string, ProducerRecord<Key, Value>[]>()
    for (const message of messages) {
      const record = this.onSend({ ...message, topic })
      const others = byTopic.get(record.topic)
      if (others === undefined) byTopic.set(record.topic, [record])
      else others.push(record)
    }
    return byTopic.size === 0 ? byTopic.set(topic, []) : byTopic
  }

  /** The call of these records, told to the interceptors as well. */
  around(call: RecordsCall, records: readonly ProducerRecord<Key, Value>[]): RecordsCall {
    return this.#hasListener ? new InterceptedCall(call, records, this) : call
  }

  /** Tells what became of a batch's records from `index` on. */
  settled(report: BatchReport, index: number, recordCount: number): void {
    const { topic, partition, baseOffset } = report
    const error = report.error === 'NONE' ? null : this.#errors.of(report)
    for (let at = index; at < index + recordCount; at++) {
      this.#onAcknowledgement({ topic, partition, offset: baseOffset < 0 ? -1 : baseOffset + at }, error)
    }
  }

  /** Tells of records that failed before they were sent (`ProducerInterceptors.onSendError`). */
  unsent(records: readonly Parameters<RecordDelivery['failed']>[1][], thrown: unknown): void {
    const error = asError(thrown)
    for (const { topic, partition } of records) {
      this.#onAcknowledgement({ topic, partition: partition ?? -1, offset: -1 }, error)
    }
  }

  async close(): Promise<void> {
    for (const [number, interceptor] of this.#interceptors.entries()) {
      try {
        await interceptor.close?.()
      } catch (error) {
        this.#failed(number, 'close', error)
      }
    }
  }

  /** The delivery of one record of `produce`, told to the interceptors as well. */
  aroundRecord(delivery: RecordDelivery | null): RecordDelivery | null {
    if (!this.#hasListener) return delivery
    return delivery === null ? this.#delivery : new InterceptedRecord(delivery, this)
  }

  /** The record as it is to be sent. */
  onSend(record: ProducerRecord<Key, Value>): ProducerRecord<Key, Value> {
    let last = record
    for (const [number, interceptor] of this.#interceptors.entries()) {
      if (interceptor.onSend === undefined) continue
      try {
        const next = interceptor.onSend(last)
        if (typeof next?.topic === 'string') {
          if (next !== last) checkRecord(next)
          last = next
        } else {
          this.#failed(number, 'onSend', new TypeError('It must return a record with a topic'))
          this.#ifRejected(next, number, 'onSend')
        }
      } catch (error) {
        this.#failed(number, 'onSend', error)
      }
    }
    return last
  }

  #onAcknowledgement(metadata: DeliveredRecord, error: Error | null): void {
    for (const [number, interceptor] of this.#interceptors.entries()) {
      try {
        this.#ifRejected(interceptor.onAcknowledgement?.(metadata, error), number, 'onAcknowledgement')
      } catch (thrown) {
        this.#failed(number, 'onAcknowledgement', thrown)
      }
    }
  }

  /** Hears a rejection: nobody waits for the promise of an async method, but one that nobody hears ends the process. */
  #ifRejected(returned: unknown, number: number, method: Method): void {
    hearRejection(returned, (error) => this.#failed(number, method, error))
  }

  #failed(number: number, method: Method, error: unknown): void {
    const where = `${method} of interceptor ${number + 1}`
    if (this.#warned.has(where)) return
    this.#warned.add(where)
    this.#warn(`${where} failed, and is passed over whenever it does: ${messageOf(error)}`)
  }
}

interface Told {
  settled(report: BatchReport, index: number, recordCount: number): void
}

class InterceptedDelivery implements Delivery {
  readonly isAwaited: boolean
  readonly isReplay: boolean
  readonly #inner: Delivery | null
  readonly #interceptors: Told

  constructor(inner: Delivery | null, interceptors: Told) {
    this.isAwaited = inner?.isAwaited ?? false
    this.isReplay = inner?.isReplay ?? false
    this.#inner = inner
    this.#interceptors = interceptors
  }

  noteBatch(): void {
    this.#inner?.noteBatch()
  }

  settled(report: BatchReport, index: number, recordCount: number): void {
    this.#interceptors.settled(report, index, recordCount)
    this.#inner?.settled(report, index, recordCount)
  }
}

class InterceptedRecord<Key, Value> extends InterceptedDelivery implements RecordDelivery {
  readonly #record: RecordDelivery | null
  readonly #interceptors: ProducerInterceptors<Key, Value>

  constructor(record: RecordDelivery | null, interceptors: ProducerInterceptors<Key, Value>) {
    super(record, interceptors)
    this.#record = record
    this.#interceptors = interceptors
  }

  failed(...[error, record]: Parameters<RecordDelivery['failed']>): void {
    this.#interceptors.unsent([record], error)
    this.#record?.failed(error, record)
  }
}

class InterceptedCall<Key, Value> extends InterceptedDelivery implements RecordsCall {
  readonly #call: RecordsCall
  readonly #records: readonly ProducerRecord<Key, Value>[]
  readonly #interceptors: ProducerInterceptors<Key, Value>

  constructor(
    call: RecordsCall,
    records: readonly ProducerRecord<Key, Value>[],
    interceptors: ProducerInterceptors<Key, Value>,
  ) {
    super(call, interceptors)
    this.#call = call
    this.#records = records
    this.#interceptors = interceptors
  }

  appended(): void {
    this.#call.appended()
  }

  failed(error: unknown, appendedCount: number): void {
    this.#interceptors.unsent(this.#records.slice(appendedCount), error)
    this.#call.failed(error, appendedCount)
  }
}
