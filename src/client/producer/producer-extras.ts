import { signature } from '../../base/arguments/shape.js'
import { callback, listOf, objectOfMethods, objectWith, optional } from '../../base/arguments/shapes.js'
import type { DeadLetterSink } from '../dead-letters/dead-letters.js'
import type { Partitioner } from './partitioner.js'
import type { ProducerInterceptor } from './producer-interceptors.js'
import type { Serializer, Serializers } from './serializers.js'

/** What a producer is given besides its options: functions, which stay on the application's thread. */
export interface ProducerExtras<Key, Value> {
  readonly serializers?: Serializers<Key, Value>
  /** Chooses the partition of records that name none, instead of partitioner.class. */
  readonly partitioner?: Partitioner
  /**
   * Interceptors see every record before it is serialized, and what became of it. Called in this order. Kafka:
   * interceptor.classes.
   */
  readonly interceptors?: readonly ProducerInterceptor<Key, Value>[]
  /** Keeps the records that fail, before anybody is told that they have. */
  readonly deadLetters?: DeadLetterSink
}

const interceptor = objectOfMethods<ProducerInterceptor<never, never>>({
  onSend: 'optional',
  onAcknowledgement: 'optional',
  close: 'optional',
})
const sink = objectOfMethods<DeadLetterSink>({
  write: 'needed',
  read: 'needed',
  remove: 'optional',
  close: 'needed',
  attach: 'optional',
})
const serializer = optional(callback<Serializer<never>>())
const INTERCEPTORS_MAX = 1_000
const EXTRAS = signature('producer', [
  '',
  objectWith({
    serializers: optional(objectWith({ key: serializer, value: serializer })),
    partitioner: optional(callback<Partitioner>()),
    interceptors: optional(listOf('interceptors', interceptor, INTERCEPTORS_MAX)),
    deadLetters: optional(sink),
  }),
])

/** Throws a ConfigError for a name that is not one of these, and for what is not a function. */
export function readExtras<Key, Value>(given: ProducerExtras<Key, Value>): ProducerExtras<Key, Value> {
  return EXTRAS(given)[0] as unknown as ProducerExtras<Key, Value>
}
