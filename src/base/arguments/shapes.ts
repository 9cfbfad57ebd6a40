/** The shapes from which the arguments of public methods are put together. */

import { alternatives } from '../words.js'
import { fieldNames, fieldOf, isFields } from './fields.js'
import { type Place, type Shape, WRONG } from './shape.js'
import { wholeNumberOf } from './whole-number.js'

const listed = (names: readonly string[]) => ({ right: alternatives(names), alternatives: names })

const namesOf = ({ right, alternatives: names = [right] }: Shape<unknown>): readonly string[] => names

/** A shape whose values stand for themselves. */
export function exactly<Value>(right: string, isRight: (given: unknown) => given is Value): Shape<Value> {
  return { right, read: (given) => (isRight(given) ? given : WRONG) }
}

export const text = exactly('a string', (given): given is string => typeof given === 'string')

export const flag: Shape<boolean> = {
  ...listed(['true', 'false']),
  read: (given) => (typeof given === 'boolean' ? given : WRONG),
}

/** A shape of what nobody else is to see, such as a password: an error does not show it. */
export function secret<Value>(shape: Shape<Value>): Shape<Value> {
  return { ...shape, isSecret: true }
}

/** Any value at all; its owner checks it. */
export const anything: Shape<unknown> = { right: 'anything', read: (given) => given }

export function callback<Callback extends (...args: never[]) => unknown>(): Shape<Callback> {
  return exactly('a function', (given): given is Callback => typeof given === 'function')
}

export function oneOf<const Values extends readonly (string | boolean)[]>(...values: Values): Shape<Values[number]> {
  const names = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  const isRight = (given: unknown): given is Values[number] => values.includes(given as Values[number])
  return { ...listed(names), read: (given) => (isRight(given) ? given : WRONG) }
}

/** An integer that a double holds, both limits included: a number, a BigInt or a decimal text. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  const right = `a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? ' to 2^53 - 1' : ` to ${max}`}`
  return {
    right,
    read(given) {
      const number = wholeNumberOf(given)
      return number >= min && number <= max ? number : WRONG
    },
  }
}

/** A number within the limits, both included, and never NaN. */
export function number(min: number, max: number = Number.POSITIVE_INFINITY): Shape<number> {
  const right = `a number from ${min}${max === Number.POSITIVE_INFINITY ? '' : ` to ${max}`}`
  return {
    right,
    read(given) {
      // Exact or not: 2n ** 63n - 1n, Kafka's Long.MAX_VALUE, is as good a time as any.
      const value = numberOf(given)
      return value >= min && value <= max ? value : WRONG
    },
  }
}

function numberOf(given: unknown): number {
  if (typeof given === 'number') return given
  const isInteger = typeof given === 'bigint' || (typeof given === 'string' && /^-?\d{1,400}$/.test(given))
  return isInteger ? Number(given) : Number.NaN
}

/** A duration. Infinity is for ever, and so is anything longer than the process can live. */
export const milliseconds: Shape<number> = { ...number(0), right: 'a number of milliseconds from 0' }

export function nullable<Value>(shape: Shape<Value>): Shape<Value | null> {
  const read: Shape<Value | null>['read'] = (given, place) => (given === null ? null : shape.read(given, place))
  return { ...listed([...namesOf(shape), 'null']), read }
}

export function either<First, Second>(first: Shape<First>, second: Shape<Second>): Shape<First | Second> {
  return {
    ...listed([...namesOf(first), ...namesOf(second)]),
    read(given, place) {
      const value = first.read(given, place)
      return value === WRONG ? second.read(given, place) : value
    },
  }
}

/** Accepts any iterable except a text, and makes a new array. `what` names the items: `topics`. */
export function listOf<Item>(what: string, shape: Shape<Item>, lengthMax: number): Shape<readonly Item[]> {
  return {
    right: `a list of at most ${lengthMax} ${what}`,
    read(given, place) {
      const items = itemsOf(given, place, lengthMax)
      return items === WRONG ? WRONG : items.map((item, index) => place.item(index).read(shape, item))
    },
  }
}

/** The items of any iterable except a text; WRONG if there are too many, or if it is not an iterable. */
export function itemsOf(given: unknown, place: Place, lengthMax: number): readonly unknown[] | typeof WRONG {
  if (typeof given !== 'object' || given === null) return WRONG
  const items: unknown[] = []
  try {
    if (typeof (given as Partial<Iterable<unknown>>)[Symbol.iterator] !== 'function') return WRONG
    for (const item of given as Iterable<unknown>) {
      if (items.length === lengthMax) return WRONG
      items.push(item)
    }
  } catch (thrown) {
    throw place.unreadable(thrown)
  }
  return items
}

export interface OptionalShape<Value> extends Shape<Value | undefined> {
  readonly isOptional: true
}

/** A field or an argument that may be absent, or undefined, which is the same. */
export function optional<Value>(shape: Shape<Value>): OptionalShape<Value> {
  return {
    ...shape,
    isOptional: true,
    read: (given, place) => (given === undefined ? undefined : shape.read(given, place)),
  }
}

/** An object of the caller's with these methods. It is passed on as it is, and may have whatever else it needs. */
export function objectOfMethods<Value extends object>(
  methods: { readonly [Name in keyof Value]?: 'needed' | 'optional' },
): Shape<Value> {
  const names = Object.keys(methods)
  const needed = names.filter((name) => methods[name as keyof Value] === 'needed')
  return {
    right: `an object with ${needed.length === 0 ? `one of the methods ${names.join(', ')}` : `the methods ${needed.join(', ')}`}`,
    read(given, place) {
      if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return WRONG
      let found = 0
      for (const name of names) {
        const method = needed.includes(name) ? callback() : optional(callback())
        if (place.field(name).read(method, fieldOf(given, name, place)) !== undefined) found += 1
      }
      return found === 0 ? WRONG : (given as Value)
    },
  }
}

type FieldShapes = { readonly [name: string]: Shape<unknown> }
type ValueOf<S> = S extends Shape<infer Value> ? Value : never
type OptionalNames<Ss> = { [Name in keyof Ss]: Ss[Name] extends { readonly isOptional: true } ? Name : never }[keyof Ss]
export type ObjectOf<Ss extends FieldShapes> = {
  readonly [Name in Exclude<keyof Ss, OptionalNames<Ss>>]: ValueOf<Ss[Name]>
} & { readonly [Name in OptionalNames<Ss>]?: Exclude<ValueOf<Ss[Name]>, undefined> }

/**
 * Exactly these fields, each read once; an absent or undefined field is absent from the result. `former` says what
 * takes the place of a field that there was.
 */
export function objectWith<const Ss extends FieldShapes>(
  shapes: Ss,
  former: { readonly [name: string]: string } = {},
): Shape<ObjectOf<Ss>> {
  const names = Object.keys(shapes)
  return {
    right: `an object with ${names.join(', ')}`,
    read(given, place) {
      if (!isFields(given)) return WRONG
      for (const name of fieldNames(given, place)) {
        if (!Object.hasOwn(shapes, name)) throw place.unknownField(name, names, former[name])
      }
      const read: Record<string, unknown> = {}
      for (const [name, shape] of Object.entries(shapes)) {
        const value = place.field(name).read(shape, fieldOf(given, name, place))
        if (value !== undefined) read[name] = value
      }
      return read as ObjectOf<Ss>
    },
  }
}

/** An object of which exactly one of these optional fields is given. */
export function withOneOf<Value extends object>(
  shape: Shape<Value>,
  names: readonly (keyof Value & string)[],
): Shape<Value> {
  return {
    right: `${shape.right}, with exactly one of ${alternatives(names)}`,
    read(given, place) {
      const read = shape.read(given, place)
      return read !== WRONG && givenOf(read, names) === 1 ? read : WRONG
    },
  }
}

/** An object of which these fields exclude each other. */
export function atMostOneOf<Value extends object>(
  shape: Shape<Value>,
  names: readonly (keyof Value & string)[],
): Shape<Value> {
  return {
    right: `${shape.right}, with one of ${alternatives(names)} at most`,
    read(given, place) {
      const read = shape.read(given, place)
      return read !== WRONG && givenOf(read, names) <= 1 ? read : WRONG
    },
  }
}

const givenOf = <Value extends object>(read: Value, names: readonly (keyof Value & string)[]): number =>
  names.filter((name) => read[name] !== undefined).length
