/**
 * What an argument of a public method may be. A `Shape` reads whatever a caller gives, typed or not, and returns its
 * meaning as a new value. For anything without a meaning it throws a ConfigError, which names the argument, what was
 * given and what would be right:
 *
 *     Cannot call createTopics with topics[0].numPartitions 'many': it must be a whole number from 1 to 10000
 *
 * Every field is read once, so that neither a getter nor another thread can change what was checked. If reading it
 * throws (a getter, a revoked proxy, an iterator), it is refused like a wrong value, with what was thrown as the cause.
 */
import { ConfigError, KafkaError } from '../errors.js'
import { messageOf } from '../thrown.js'
import { shown } from './shown.js'

/** A shape's answer for a value that does not match. */
export const WRONG = Symbol('wrong')

export interface Shape<Value> {
  /** The end of the sentence "it must be ...": `a whole number from 0`. */
  readonly right: string
  /** What `right` lists with "or", where it does: a list that goes on takes them one by one. */
  readonly alternatives?: readonly string[]
  /** No error shows what was given. */
  readonly isSecret?: true
  /**
   * The meaning of the given value, or WRONG. Throws a ConfigError if the value is right as a whole and a part is
   * wrong.
   */
  read(given: unknown, place: Place): Value | typeof WRONG
}

/** The place of a value in the arguments of a method: `topics[0].numPartitions` of `createTopics`. */
export class Place {
  readonly #method: string
  /** The path from the arguments; empty for an argument whose fields are named by themselves. */
  readonly #path: string

  constructor(method: string, path = '') {
    this.#method = method
    this.#path = path
  }

  field(name: string): Place {
    const step = /^\w+$/.test(name) ? `.${name}` : `['${name}']`
    return new Place(this.#method, this.#path === '' ? name : `${this.#path}${step}`)
  }

  item(index: number): Place {
    return new Place(this.#method, `${this.#path}[${index}]`)
  }

  /** The meaning of the value at this place. Throws a ConfigError. */
  read<Value>(shape: Shape<Value>, given: unknown): Value {
    const value = this.#looking(() => shape.read(given, this))
    if (value !== WRONG) return value
    if (shape.isSecret !== true || given === undefined) throw this.refusal(given, shape.right)
    throw new ConfigError(this.#name, `Cannot call ${this.#method} with this ${this.#path}: it must be ${shape.right}`)
  }

  /** A proxy may throw even when it is asked what it is. */
  #looking<Value>(look: () => Value): Value {
    try {
      return look()
    } catch (thrown) {
      throw isRefusal(thrown) ? thrown : this.unreadable(thrown)
    }
  }

  refusal(given: unknown, right: string): ConfigError {
    return new ConfigError(this.#name, this.#sentence(given, right))
  }

  #sentence(given: unknown, right: string): string {
    const start = `Cannot call ${this.#method}`
    if (this.#path === '') return `${start} with ${shown(given)}: it must be ${right}`
    if (given === undefined) return `${start} without ${this.#path}: it must be ${right}`
    return `${start} with ${this.#path} ${shown(given)}: it must be ${right}`
  }

  /** The error for a field that the object at this place does not have. `instead`: what takes its place. */
  unknownField(name: string, known: readonly string[], instead?: string): ConfigError {
    const field = this.field(name)
    const says = `Cannot call ${this.#method} with ${field.#path}: there is no such field, only ${known.join(', ')}${instead === undefined ? '' : `; ${instead}`}`
    return new ConfigError(field.#name, says)
  }

  /** The error for a value of the caller's that threw while it was read. */
  unreadable(thrown: unknown): ConfigError {
    const what = this.#path === '' ? 'what was given' : this.#path
    const says = `Cannot call ${this.#method}: ${what} cannot be read: ${messageOf(thrown)}`
    return new ConfigError(this.#name, says, { cause: thrown })
  }

  get #name(): string {
    return this.#path === '' ? this.#method : this.#path
  }
}

const takes = (args: readonly unknown[]): string =>
  args.length === 0
    ? 'it takes no argument'
    : `it takes ${args.length === 1 ? 'one argument' : `${args.length} arguments`}`

function isRefusal(thrown: unknown): boolean {
  try {
    return thrown instanceof KafkaError
  } catch {
    return false
  }
}

type Argument<Value> = readonly [name: string, shape: Shape<Value>]
type Values<As> = { -readonly [Index in keyof As]: As[Index] extends Argument<infer Value> ? Value : never }

/**
 * The arguments of a method in their order, declared beside it; calling the result reads them: `const [id, { loses }] =
 * KILL_BROKER(brokerId, options)`. The fields of an argument without a name are named by themselves.
 */
export function signature<const As extends readonly Argument<unknown>[]>(
  method: string,
  ...args: As
): (...given: readonly [...{ readonly [Index in keyof As]: unknown }, ...unknown[]]) => Values<As> {
  const places = args.map(([name]) => new Place(method, name))
  return (...given) => {
    const surplus = given.slice(args.length).find((one) => one !== undefined)
    if (surplus !== undefined)
      throw new ConfigError(method, `Cannot call ${method} with ${shown(surplus)} as well: ${takes(args)}`)
    return args.map(([, shape], index) => (places[index] as Place).read(shape, given[index])) as Values<As>
  }
}
