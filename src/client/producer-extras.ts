import { nearestName } from '../base/config/nearest-name.js'
import { ConfigError } from '../base/errors.js'
import type { DeadLetterSink } from './dead-letters.js'
import type { Partitioner } from './partitioner.js'
import type { ProducerInterceptor } from './producer-interceptors.js'
import type { Serializers } from './serializers.js'

/** What a producer is given besides its options: functions, which stay on the application's thread. */
export interface ProducerExtras<Key, Value> {
  readonly serializers?: Serializers<Key, Value>
  /** Chooses the partition of records that name none, instead of partitioner.class. */
  readonly partitioner?: Partitioner
  /** See every record before it is serialized, and what became of it. Called in this order. Kafka: interceptor.classes. */
  readonly interceptors?: readonly ProducerInterceptor<Key, Value>[]
  /** Keeps the records that fail, before anybody is told that they have. */
  readonly deadLetters?: DeadLetterSink
}

const NAMES: Readonly<Record<keyof ProducerExtras<unknown, unknown>, true>> = {
  serializers: true,
  partitioner: true,
  interceptors: true,
  deadLetters: true,
}

/** Throws a ConfigError for a name that is none, and for what is no function. */
export function checkExtras<Key, Value>(extras: ProducerExtras<Key, Value>): void {
  for (const name of Object.keys(extras)) {
    if (Object.hasOwn(NAMES, name)) continue
    const nearest = nearestName(name, Object.keys(NAMES))
    throw new ConfigError(name, `A producer is given no ${name}: the nearest one is ${nearest}`)
  }
  const { serializers = {}, partitioner, interceptors = [], deadLetters } = extras
  checkFunction('serializers.key', serializers.key)
  checkFunction('serializers.value', serializers.value)
  checkFunction('partitioner', partitioner)
  if (deadLetters !== undefined) {
    checkThere('deadLetters.write', deadLetters?.write)
    checkThere('deadLetters.close', deadLetters?.close)
  }
  if (!Array.isArray(interceptors)) {
    throw new ConfigError('interceptors', `Cannot set interceptors to ${String(interceptors)}: it must be an array`)
  }
  for (const [index, interceptor] of interceptors.entries()) {
    const option = `interceptors[${index}]`
    if (Object(interceptor) !== interceptor) {
      throw new ConfigError(option, `Cannot set ${option} to ${String(interceptor)}: it must be an object`)
    }
    for (const method of ['onSend', 'onAcknowledgement', 'close'] as const) {
      checkFunction(`${option}.${method}`, interceptor[method])
    }
  }
}

function checkFunction(option: string, given: unknown): void {
  if (given !== undefined) checkThere(option, given)
}

function checkThere(option: string, given: unknown): void {
  if (typeof given === 'function') return
  throw new ConfigError(option, `Cannot set ${option} to ${String(given)}: it must be a function`)
}
