import type { ProducerOptions } from '../../base/config/producer-options.js'
import { KafkaError } from '../../base/errors.js'
import { type Timestamp, timestamp } from '../../base/ids.js'
import { isRecordData, kindOf, type RecordData } from '../../record/record.js'
import type { KeepsFailures } from '../dead-letters/dead-letter-office.js'
import { asRefusal } from './given-records.js'
import type { ProducerErrors } from './producer-errors.js'
import type { ProducerEvents } from './producer-events.js'
import type { ProducerFront } from './producer-front.js'
import { headersIn, type ProducerMessage, partitionOf, stampIn } from './producer-record.js'
import { isKnown, lacks, type TopicState } from './producer-topics.js'
import { lettersOfRefused } from './refused-records.js'
import type { RecordsCall } from './send-call.js'
import type { RecordSerializer } from './serializers.js'
import type { WaitedFor, WaitingRecords } from './waiting-room.js'

/** What records need until they have a batch. */
export interface WaitingSendParts<Key, Value> {
  readonly front: ProducerFront
  readonly options: ProducerOptions
  readonly errors: ProducerErrors
  readonly events: ProducerEvents
  readonly serializer: RecordSerializer<Key, Value>
  /** Keeps the records that find none. */
  readonly office: KeepsFailures
}

/**
 * The records of a `send`, all of one topic, from the call on until each has a batch. Their buffers are the caller's
 * until then.
 */
export class WaitingSend<Key, Value> implements WaitingRecords {
  readonly topic: TopicState
  readonly isAwaited = true
  readonly createdAt = null
  /** The partition that the partitioner has given for the record whose turn it is; -1: it was not asked yet. */
  chosen = -1
  readonly #parts: WaitingSendParts<Key, Value>
  #messages: readonly ProducerMessage<Key, Value>[]
  /** The keys and values, in turns; null: they are what the messages say. */
  readonly #data: readonly RecordData[] | null
  readonly #call: RecordsCall
  /** All that the messages have; null: they have more. */
  readonly #values: readonly RecordData[] | null
  #next = 0
  /** When the call began to wait; null: it has not. */
  #waitsSince: number | null = null
  #deadline = timestamp(0)

  constructor(
    parts: WaitingSendParts<Key, Value>,
    topic: TopicState,
    messages: readonly ProducerMessage<Key, Value>[],
    data: readonly RecordData[] | null,
    call: RecordsCall,
    values: readonly RecordData[] | null,
  ) {
    this.#parts = parts
    this.topic = topic
    this.#messages = messages
    this.#data = data
    this.#call = call
    this.#values = values
  }

  /** Appends the records, or waits until that is done. */
  begin(): void {
    const { front, office, options } = this.#parts
    if (!front.hasToWait(this.topic) && this.attempt() === 'appended') return
    this.#waitsSince = office.now()
    if (this.isRefused()) return
    this.#keep()
    this.#deadline = timestamp(front.now() + options['max.block.ms'])
    front.wait(this)
  }

  /**
   * Copies the caller's list and its records, which may be used for the next call. Only the buffers stay the caller's.
   */
  #keep(): void {
    const fields = ({ key, value, headers, partition, timestamp }: ProducerMessage<Key, Value>) =>
      ({ key, value, headers, partition, timestamp }) as ProducerMessage<Key, Value>
    try {
      this.#messages = this.#messages.map((message, index) => (index < this.#next ? message : fields(message)))
    } catch (error) {
      this.fail(error)
    }
  }

  get recordsLeft(): number {
    return this.#messages.length - this.#next
  }

  get lacksPartition(): boolean {
    return lacks(this.topic, this.#partition)
  }

  get metadataDeadline(): Timestamp {
    return this.#deadline
  }

  get memoryDeadline(): Timestamp {
    return this.#deadline
  }

  attempt(): 'appended' | 'full' | 'unknown' {
    const { front } = this.#parts
    const { topic } = this
    const messages = this.#messages
    // A send of nothing waits for its topic as well.
    if (!isKnown(topic)) return 'unknown'
    try {
      for (; this.#next < messages.length; this.#next++) {
        if (this.#values !== null) this.#next += front.appendValues(topic, this.#values, this.#next, this.#call)
        if (this.#next === messages.length) break
        const message = messages[this.#next] as ProducerMessage<Key, Value>
        const outcome = front.append(
          topic,
          this.#key(message),
          this.#value(message),
          headersIn(message.headers),
          partitionOf(message.partition),
          stampIn(message.timestamp),
          this.#call,
          this,
        )
        if (outcome !== 'appended') return outcome
        this.chosen = -1
      }
      this.#call.appended()
    } catch (error) {
      this.fail(error)
    }
    return 'appended'
  }

  isRefused(): boolean {
    const message = this.#messages[this.#next]
    try {
      if (message === undefined) return false
      const { headers, partition, timestamp } = message
      stampIn(timestamp)
      const [key, value] = [this.#key(message), this.#value(message)]
      partitionOf(partition)
      this.#parts.front.check(this.topic, key, value, headersIn(headers))
      return false
    } catch (error) {
      this.fail(error)
      return true
    }
  }

  /** Has the records that found no batch kept, if somebody does that, and then tells the call. */
  fail(thrown: unknown): void {
    const error = asRefusal(thrown)
    const from = this.#next
    const call = this.#call
    const tell = (): void => call.failed(error, from)
    if (call.isReplay === true) return tell()
    const { office, serializer } = this.#parts
    const refused = { topic: this.topic.name, messages: this.#messages, data: this.#data, from }
    office.keep(error, lettersOfRefused([{ ...refused, createdAt: this.#waitsSince }], serializer), tell)
  }

  lateError(waitedFor: WaitedFor): KafkaError {
    const { errors } = this.#parts
    if (waitedFor === 'partition') return errors.noPartition(this.topic, this.#partition)
    return waitedFor === 'memory' ? errors.noMemory() : errors.noMetadata(this.topic)
  }

  /** What the record whose turn it is names. */
  get #partition(): number | undefined {
    return partitionOf(this.#messages[this.#next]?.partition)
  }

  #key(message: ProducerMessage<Key, Value>): RecordData {
    return this.#data === null ? stillData(message.key ?? null) : (this.#data[2 * this.#next] ?? null)
  }

  #value(message: ProducerMessage<Key, Value>): RecordData {
    if (this.#values !== null) return stillData(this.#values[this.#next])
    return this.#data === null ? stillData(message.value) : (this.#data[2 * this.#next + 1] ?? null)
  }
}

/** Checks the data again: it was data when the call was made, but the caller may have changed its record. */
function stillData(given: unknown): RecordData {
  if (isRecordData(given)) return given
  throw new KafkaError('INVALID_RECORD', `A record was changed before it was sent: it holds ${kindOf(given)} now`)
}
