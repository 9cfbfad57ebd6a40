import { PARKED_RECORD_BYTES } from '../../base/config/internal-limits.js'
import type { KafkaError } from '../../base/errors.js'
import { type Timestamp, timestamp } from '../../base/ids.js'
import type { RecordData, RecordHeader } from '../../record/record.js'
import type { BatchReport } from '../batches/batch-report.js'
import type { RecordDelivery } from '../batches/delivery.js'
import { NO_OFFICE } from '../dead-letters/dead-letter-office.js'
import { asRefusal } from './given-records.js'
import type { ProducerMessage } from './producer-record.js'
import { lacks, type TopicState } from './producer-topics.js'
import { lettersOfRefused } from './refused-records.js'
import type { WaitedFor, WaitingRecords } from './waiting-room.js'
import type { WaitingSendParts } from './waiting-send.js'

/** A record as `produce` was given it; it is copied when it is parked. */
export interface RecordToPark {
  readonly key: RecordData
  readonly value: RecordData
  readonly headers: readonly RecordHeader[] | null
  /** The partition that it names; undefined: the partitioner is asked once the topic is known. */
  readonly partition: number | undefined
  readonly timestamp: number
  readonly delivery: RecordDelivery | null
}

/**
 * A record that `produce` keeps until it has a batch, because its topic or its partition is not known yet or others
 * wait for memory before it. It is taken: it counts in buffer.memory, it goes before whatever comes later for its
 * topic, unless its own partition alone is missing, and its callback tells what becomes of it. Its time began with
 * `produce`: delivery.timeout.ms, and max.block.ms for the topic's metadata. (librdkafka keeps such messages in the
 * queue of the unassigned partition.)
 */
export class ParkedRecord<Key, Value> implements WaitingRecords {
  readonly topic: TopicState
  readonly isAwaited = false
  readonly createdAt: Timestamp
  chosen = -1
  recordsLeft = 1
  readonly #parts: WaitingSendParts<Key, Value>
  readonly #record: RecordToPark
  readonly #bytes: number

  /** `bytes` of buffer.memory are the record's until it has a batch or has failed. */
  private constructor(parts: WaitingSendParts<Key, Value>, topic: TopicState, record: RecordToPark, bytes: number) {
    const { key, value, headers } = record
    this.#parts = parts
    this.topic = topic
    this.createdAt = parts.front.now()
    this.#bytes = bytes
    this.#record = {
      ...record,
      key: own(key),
      value: own(value),
      headers: headers?.map((header) => ({ key: header.key, value: own(header.value) })) ?? null,
    }
  }

  /** Keeps a copy of the record. Throws for what can never be sent; false: there is no room. */
  static park<Key, Value>(parts: WaitingSendParts<Key, Value>, topic: TopicState, record: RecordToPark): boolean {
    const { front } = parts
    const { key, value, headers } = record
    const bytes = PARKED_RECORD_BYTES + front.check(topic, key, value, headers)
    if (!front.accumulator.buffer.park(bytes)) return false
    front.wait(new ParkedRecord(parts, topic, record, bytes))
    return true
  }

  get lacksPartition(): boolean {
    return lacks(this.topic, this.#record.partition)
  }

  get metadataDeadline(): Timestamp {
    const { 'max.block.ms': blockMs, 'delivery.timeout.ms': deliveryMs } = this.#parts.options
    return timestamp(this.createdAt + Math.min(blockMs, deliveryMs))
  }

  get memoryDeadline(): Timestamp {
    return timestamp(this.createdAt + this.#parts.options['delivery.timeout.ms'])
  }

  attempt(): 'appended' | 'full' | 'unknown' {
    const { front } = this.#parts
    const { key, value, headers, partition, timestamp, delivery } = this.#record
    try {
      const outcome = front.append(this.topic, key, value, headers, partition, timestamp, delivery, this)
      if (outcome === 'appended') this.#leave()
      return outcome
    } catch (error) {
      this.fail(error)
      return 'appended'
    }
  }

  isRefused(): boolean {
    const { key, value, headers } = this.#record
    try {
      this.#parts.front.check(this.topic, key, value, headers)
      return false
    } catch (error) {
      this.fail(error)
      return true
    }
  }

  fail(thrown: unknown): void {
    const { events, office, serializer } = this.#parts
    const { key, value, headers, partition, timestamp, delivery } = this.#record
    const error = asRefusal(thrown)
    const topic = this.topic.name
    // The key and the value are what was serialized, which `data` says.
    const given = { timestamp, ...(headers && { headers }), ...(partition !== undefined && { partition }) }
    const message = { key, value, ...given } as ProducerMessage<Key, Value>
    const refused = { topic, messages: [message], data: [key, value], from: 0, createdAt: this.createdAt }
    office.keep(error, lettersOfRefused([refused], serializer), () => {
      this.#leave()
      events.undelivered(undelivered(topic, partition, error), delivery !== null || office !== NO_OFFICE)
      delivery?.failed(error, { topic, partition })
    })
  }

  lateError(waitedFor: WaitedFor): KafkaError {
    const { options, errors } = this.#parts
    if (waitedFor === 'partition') return errors.noPartition(this.topic, this.#record.partition)
    const isExpired = waitedFor === 'memory' || options['delivery.timeout.ms'] < options['max.block.ms']
    return isExpired ? errors.recordExpired(this.topic) : errors.noMetadata(this.topic)
  }

  /** Frees its memory; called once. */
  #leave(): void {
    this.recordsLeft = 0
    this.#parts.front.accumulator.buffer.unpark(this.#bytes)
  }
}

/** Copies the data: the caller may use its buffers again when `produce` returns. */
const own = (data: RecordData): RecordData => (data === null || typeof data === 'string' ? data : Buffer.from(data))

function undelivered(topic: string, partition = -1, { code }: KafkaError): BatchReport {
  const error = code === 'BUFFER_EXHAUSTED' ? 'UNKNOWN_SERVER_ERROR' : code
  return { topic, partition, error, baseOffset: -1, logAppendTimeMs: -1, recordCount: 1, attempts: 0 }
}
