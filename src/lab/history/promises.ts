import { type GivenProducerOptions, parseProducerOptions } from '../../base/config/producer-options.js'
import { ConfigError } from '../../base/errors.js'
import { PROMISES } from './flat-history.js'
import { BrokenOperation, isGiven, type Operation } from './operation-fields.js'

const OPTIONS = ['acks', 'enable.idempotence', 'max.in.flight.requests.per.connection', 'retries'] as const

/** The options of a producer that decide what is promised, as far as they were given. */
export type PromisingOptions = Readonly<Partial<Record<(typeof OPTIONS)[number], unknown>>>

/** Returns the options of an operation; null when it says nothing of them. */
export function promisingOptions(operation: Operation): PromisingOptions | null {
  const given = OPTIONS.filter((option) => isGiven(operation, option))
  return given.length === 0 ? null : Object.fromEntries(given.map((option) => [option, operation[option]]))
}

/** Tells what options promise, by Kafka's defaults and rules. It looks at each set of options once. */
export class Promises {
  readonly #known = new Map<string, number>()

  /** Returns the bits of PROMISES. Throws a BrokenOperation for what Kafka refuses. */
  of(options: PromisingOptions): number {
    const name = JSON.stringify(options)
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const promises = promisesOf(options)
    this.#known.set(name, promises)
    return promises
  }
}

function promisesOf(options: PromisingOptions): number {
  try {
    const parsed = parseProducerOptions(options as GivenProducerOptions)
    return (
      (parsed.acks === -1 ? PROMISES.kept : 0) |
      // With acks=0, a request may lie unread at a broker until that broker leads again.
      (parsed['max.in.flight.requests.per.connection'] === 1 && parsed.acks !== 0 ? PROMISES.order : 0) |
      (parsed['enable.idempotence'] ? PROMISES.once : 0)
    )
  } catch (error) {
    throw error instanceof ConfigError ? new BrokenOperation(error.message) : error
  }
}
