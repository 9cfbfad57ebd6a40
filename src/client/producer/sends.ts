import { signature } from '../../base/arguments/shape.js'
import { anything } from '../../base/arguments/shapes.js'
import { shown } from '../../base/arguments/shown.js'
import { acksOf } from '../../base/config/definition.js'
import { deferred } from '../../base/deferred.js'
import { ConfigError } from '../../base/errors.js'
import type { RecordData } from '../../record/record.js'
import type { DeadLetter } from '../dead-letters/dead-letters.js'
import { asRefusal, checkSend, type GivenSend, readSend } from './given-records.js'
import type { ProducerInterceptors } from './producer-interceptors.js'
import { checkTopicName, type ProducerMessage, type RecordMetadata, type SendRequest } from './producer-record.js'
import { lettersOfRefused } from './refused-records.js'
import { type RecordsCall, SendCall } from './send-call.js'
import { RecordSerializer } from './serializers.js'
import { WaitingSend, type WaitingSendParts } from './waiting-send.js'

type RecordsByTopic<Key, Value> = readonly (readonly [string, readonly ProducerMessage<Key, Value>[]])[]

/**
 * The calls that wait for their records: `send`, and each record of a replay. What a call gives is checked, shown to
 * the interceptors, serialized and appended, all or nothing up to that point. Lives on the application's thread.
 */
export class Sends<Key, Value> {
  readonly #sending: WaitingSendParts<Key, Value>
  readonly #interceptors: ProducerInterceptors<Key, Value> | null

  constructor(sending: WaitingSendParts<Key, Value>, interceptors: ProducerInterceptors<Key, Value> | null) {
    this.#sending = sending
    this.#interceptors = interceptors
  }

  /** See `Producer.send`. */
  send(request: SendRequest<Key, Value>, surplus: readonly undefined[]): Promise<RecordMetadata[]> {
    let given: GivenSend<Key, Value> | null = null
    try {
      if (surplus.length > 0) SEND_TAKES_ONE(request, ...surplus)
      given = readSend<Key, Value>(request)
      const { topic, messages, acks } = given
      checkSend(request, messages)
      this.#checkAcks(acks)
      checkTopicName(topic)
      if (this.#interceptors !== null) return this.#sendIntercepted(given, this.#interceptors)
      const { errors, serializer } = this.#sending
      const call = new SendCall(errors)
      const values = serializer.valuesAlone(messages)
      this.#append(topic, messages, values === null ? serializer.all(topic, messages) : null, call, values)
      return call.promise
    } catch (error) {
      return this.#unsent(given === null ? [] : [[given.topic, given.messages]], asRefusal(error))
    }
  }

  /** Sends the record of a dead letter, without serializers: these are the bytes that they made. */
  async again({ partition, isPartitionNamed, topic, ...letter }: DeadLetter): Promise<unknown> {
    const { key, value, headers, timestamp } = letter
    const named = isPartitionNamed && partition !== null ? { partition } : {}
    const message = { key, value, headers, timestamp, ...named } as ProducerMessage<Key, Value>
    const interceptors = this.#interceptors
    if (interceptors !== null) return this.#sendIntercepted({ topic, messages: [message] }, interceptors, true)
    const call = new SendCall(this.#sending.errors, { isReplay: true })
    // Whoever wrote the sink may give back something else than bytes.
    this.#append(topic, [message], AS_THEY_ARE.all(topic, [message]), call)
    return call.promise
  }

  #sendIntercepted(
    { topic, messages }: Pick<GivenSend<Key, Value>, 'topic' | 'messages'>,
    interceptors: ProducerInterceptors<Key, Value>,
    isReplay = false,
  ): Promise<RecordMetadata[]> {
    const byTopic = [...interceptors.onSendAll(topic, messages)]
    const { errors } = this.#sending
    const serializer = isReplay ? AS_THEY_ARE : this.#sending.serializer
    let data: (readonly RecordData[] | null)[]
    try {
      data = byTopic.map(([topic, records]) => serializer.all(topic, records))
    } catch (thrown) {
      const error = asRefusal(thrown)
      const tell = (): void => {
        for (const [, records] of byTopic) interceptors.unsent(records, error)
      }
      return this.#unsent(isReplay ? [] : byTopic, error, tell)
    }
    const call = new SendCall(errors, { topics: byTopic.length, isReplay })
    for (const [index, [topic, records]] of byTopic.entries()) {
      this.#append(topic, records, data[index] ?? null, interceptors.around(call, records))
    }
    return call.promise
  }

  /** Rejects when all records of a call of which none is sent are kept. */
  #unsent(byTopic: RecordsByTopic<Key, Value>, error: unknown, tell: () => void = () => {}): Promise<never> {
    const { office, serializer } = this.#sending
    const refused = byTopic.map(([topic, messages]) => ({ topic, messages, data: null, from: 0, createdAt: null }))
    const { promise, reject } = deferred<never>()
    office.keep(error, lettersOfRefused(refused, serializer), () => {
      tell()
      reject(error)
    })
    return promise
  }

  /**
   * Appends the messages. `data`: the keys and values, in turns, where they are not what the messages say; `values`:
   * all that the messages have.
   */
  #append(
    topic: string,
    messages: readonly ProducerMessage<Key, Value>[],
    data: readonly RecordData[] | null,
    call: RecordsCall,
    values: readonly RecordData[] | null = null,
  ): void {
    new WaitingSend(this.#sending, this.#sending.front.topic(topic), messages, data, call, values).begin()
  }

  #checkAcks(given: unknown): void {
    const { acks } = this.#sending.options
    if (given === undefined || acksOf(given) === acks) return
    throw new ConfigError(
      'acks',
      `Cannot send with acks ${shown(given)}: this producer was made with acks ${acks}; make another one`,
    )
  }
}

const AS_THEY_ARE = new RecordSerializer<unknown, unknown>({})
const SEND_TAKES_ONE = signature('send', ['request', anything])
