/**
 * Options as tables: a definition for each of Kafka's dotted names gives its type, default, limits and meaning;
 * the TypeScript types are derived from the table, and `parseOptions` is the one place that checks a value.
 *
 * A value may also be a text, as in a properties file or an environment variable. It then means what it means there,
 * by the rules of `ConfigDef.parseType` in Kafka. The types leave this out: a program that knows its options writes
 * numbers and booleans.
 */
import { fieldNames, fieldOf, isFields } from '../arguments/fields.js'
import { Place, WRONG } from '../arguments/shape.js'
import { itemsOf } from '../arguments/shapes.js'
import { shown } from '../arguments/shown.js'
import { durationMs } from '../duration.js'
import { ConfigError } from '../errors.js'
import { alternatives, grouped } from '../words.js'
import { WIRE_TEXT_BYTES_MAX } from './internal-limits.js'
import { meantName } from './meant-name.js'
import { type Described, type NumberDefinition, numberFor, rightNumber } from './number-definition.js'

interface BooleanDefinition extends Described {
  readonly type: 'boolean'
  readonly default: boolean
}
interface StringDefinition extends Described {
  readonly type: 'string'
  /** `null` means that the option may stay unset. */
  readonly default: string | null
}
interface EnumDefinition extends Described {
  readonly type: 'enum'
  readonly values: readonly string[]
  /** `null` means that the option may stay unset. */
  readonly default: string | null
  /** Where a caller's function goes instead: options are plain values, which threads pass to one another. */
  readonly functionsBelong?: string
  /** What a value begins with that names a duration behind it, such as `by_duration:`; absent: none does. */
  readonly durationPrefix?: string
}
interface ListDefinition extends Described {
  readonly type: 'list'
  /** The values that the list may contain; without it, any value. */
  readonly values?: readonly string[]
  readonly default: readonly string[]
}
interface AcksDefinition extends Described {
  readonly type: 'acks'
  readonly default: Acks
}

export type OptionDefinition =
  | NumberDefinition
  | BooleanDefinition
  | StringDefinition
  | EnumDefinition
  | ListDefinition
  | AcksDefinition
export type OptionDefinitions = { readonly [name: string]: OptionDefinition }
export type OptionValue = number | boolean | string | null | readonly string[]

/**
 * What a broker must do before it answers a Produce: 0: nothing, and it sends no answer; 1: the leader has appended;
 * -1: the whole isr has.
 */
export type Acks = 0 | 1 | -1

type ValueOf<D extends OptionDefinition> = D extends NumberDefinition
  ? number
  : D extends BooleanDefinition
    ? boolean
    : D extends EnumDefinition
      ? D['values'][number] | (null extends D['default'] ? null : never) | DurationOf<D>
      : D extends ListDefinition
        ? readonly string[]
        : D extends AcksDefinition
          ? Acks
          : D extends StringDefinition
            ? null extends D['default']
              ? string | null
              : string
            : never
type DurationOf<D> = D extends { readonly durationPrefix: infer Prefix extends string } ? `${Prefix}${string}` : never
/** A list of known values may be written as Kafka writes it: `delete,compact`. */
type GivenValueOf<D extends OptionDefinition> = D extends AcksDefinition
  ? Acks | '0' | '1' | '-1' | 'all'
  : D extends { readonly type: 'list'; readonly values: readonly (infer Value extends string)[] }
    ? ValueOf<D> | Value | `${Value},${string}`
    : ValueOf<D>

/** Every option of the table with its value. */
export type Options<Ds extends OptionDefinitions> = { readonly [Name in keyof Ds]: ValueOf<Ds[Name]> }
/** Some options of the table; a missing or undefined one takes its default. */
export type GivenOptions<Ds extends OptionDefinitions> = {
  readonly [Name in keyof Ds]?: GivenValueOf<Ds[Name]> | undefined
}

interface OptionsOf {
  /** The owner of the options, for messages: `producer`. */
  readonly what: string
  /** Names of arguments beside the options, which a misspelt name may have meant. */
  readonly beside?: readonly string[]
  /** What users of other clients look for here, by their names for it: where it is. */
  readonly elsewhere?: { readonly [name: string]: string }
  /** Options whose values are read by somebody else, who says what stands for them here. */
  readonly readers?: { readonly [name: string]: (given: unknown) => OptionValue }
}

/**
 * Completes the given options with the defaults, and freezes the result. Throws a `ConfigError` for a name that is not
 * in the table and for a value of the wrong type or out of range. `what` stands in its message: "producer".
 */
export function parseOptions<Ds extends OptionDefinitions>(
  definitions: Ds,
  given: GivenOptions<Ds>,
  of: OptionsOf,
): Options<Ds> {
  const defaults = Object.entries(definitions).map(([name, definition]) => [name, definition.default])
  return Object.freeze({ ...Object.fromEntries(defaults), ...readOptions(definitions, given, of) }) as Options<Ds>
}

/** Like `parseOptions`, without the defaults: the given options, checked, each read once. */
export function readOptions<Ds extends OptionDefinitions>(
  definitions: Ds,
  given: GivenOptions<Ds>,
  { what, beside = [], elsewhere = {}, readers = {} }: OptionsOf,
): Partial<Options<Ds>> {
  if (!isFields(given)) {
    throw new ConfigError(
      'options',
      `Cannot take ${shown(given)} for ${what} options: they are an object of names and values`,
    )
  }
  const place = new Place(what)
  const read: Record<string, OptionValue> = {}
  for (const name of fieldNames(given, place)) {
    const definition = definitionOf(definitions, name, { what, beside, elsewhere })
    const value = fieldOf(given, name, place)
    if (value === undefined) continue
    read[name] = Object.hasOwn(readers, name) ? readers[name]!(value) : checked(definition, name, value)
  }
  return read as Partial<Options<Ds>>
}

/**
 * Reads one option from the text of a command line, where `null` leaves an option unset. Throws a `ConfigError` if the
 * text is not a value of the option.
 */
export function parseText<D extends OptionDefinition>(definition: D, name: string, text: string): ValueOf<D> {
  const isUnset = text === 'null' && definition.default === null
  return checked(definition, name, isUnset ? null : text) as ValueOf<D>
}

function definitionOf(
  definitions: OptionDefinitions,
  name: string,
  { what, beside, elsewhere }: Required<Pick<OptionsOf, 'what' | 'beside' | 'elsewhere'>>,
): OptionDefinition {
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (definition !== undefined) return definition
  if (Object.hasOwn(elsewhere, name))
    throw new ConfigError(name, `There is no ${what} option ${name}: ${elsewhere[name]}`)
  const meant = meantName(name, [...Object.keys(definitions), ...beside])
  throw new ConfigError(name, `There is no ${what} option ${name}${meant}`)
}

const INTEGER = /^[+-]?\d{1,30}$/
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** The value that a text means; the text itself, if it means none. (`ConfigDef.parseType`) */
function meantBy(text: string, type: OptionDefinition['type']): unknown {
  const trimmed = text.trim()
  switch (type) {
    case 'int':
    case 'long':
      return INTEGER.test(trimmed) ? integerIn(trimmed) : text
    case 'double':
      return DECIMAL.test(trimmed) ? Number(trimmed) : text
    case 'boolean':
      return BOOLEANS.get(trimmed.toLowerCase()) ?? text
    case 'list':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
    default:
      return trimmed
  }
}

/** Java's Long.MAX_VALUE, which has a meaning of its own. */
const LONG_MAX = 2n ** 63n - 1n

/** The integer of a text; the text itself if a double would round it. */
function integerIn(text: string): number | bigint | string {
  const number = Number(text)
  if (Number.isSafeInteger(number)) return number
  return BigInt(text) === LONG_MAX ? LONG_MAX : text
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** Kafka's protocol writes the length of a text as an int16. */
function shortEnough(name: string, text: string): string {
  const bytes = Buffer.byteLength(text)
  if (bytes <= WIRE_TEXT_BYTES_MAX) return text
  const says = `Cannot set ${name} to a text of ${grouped(bytes)} bytes: the protocol has room for`
  throw new ConfigError(name, `${says} ${grouped(WIRE_TEXT_BYTES_MAX)}`)
}

function checked(definition: OptionDefinition, name: string, given: unknown): OptionValue {
  const value = typeof given === 'string' ? meantBy(given, definition.type) : given
  switch (definition.type) {
    case 'int':
    case 'long':
    case 'double': {
      const number = numberFor(definition, value)
      if (number !== null) return number
      break
    }
    case 'boolean':
      if (typeof value === 'boolean') return value
      break
    case 'string':
      if (value === null && definition.default === null) return value
      if (typeof value === 'string') return shortEnough(name, value)
      break
    case 'enum':
      if (typeof value === 'string' && definition.values.includes(value)) return value
      if (value === null && definition.default === null) return value
      if (isDurationFor(definition, value)) return value
      if (typeof value === 'function' && definition.functionsBelong !== undefined)
        throw new ConfigError(name, `Cannot set ${name} to a function: ${definition.functionsBelong}`)
      break
    case 'list': {
      const items = itemsOf(value, new Place('list', name), LIST_ITEMS_MAX)
      if (items !== WRONG && isListFor(definition, items))
        // What is named twice counts once. (KIP-1161)
        return Object.freeze(definition.values === undefined ? items : [...new Set(items)])
      break
    }
    case 'acks': {
      const acks = ACKS.get(value)
      if (acks !== undefined) return acks
      break
    }
  }
  throw new ConfigError(name, `Cannot set ${name} to ${shown(value)}: it must be ${rightFor(definition)}`)
}

const ACKS: ReadonlyMap<unknown, Acks> = new Map<unknown, Acks>([
  [0, 0],
  ['0', 0],
  [1, 1],
  ['1', 1],
  [-1, -1],
  ['-1', -1],
  ['all', -1],
])

/** The given value of acks, in any of its forms; undefined if it is none of them. */
export const acksOf = (given: unknown): Acks | undefined => ACKS.get(given)

function isDurationFor({ durationPrefix }: EnumDefinition, value: unknown): value is string {
  if (durationPrefix === undefined || typeof value !== 'string' || !value.startsWith(durationPrefix)) return false
  return durationMs(value.slice(durationPrefix.length)) >= 0
}

const LIST_ITEMS_MAX = 1_000

function isListFor(definition: ListDefinition, items: readonly unknown[]): items is readonly string[] {
  return items.every((item) => typeof item === 'string' && (definition.values?.includes(item) ?? true))
}

function alternativesOf({ values, default: unset, durationPrefix }: EnumDefinition): string[] {
  const durations = durationPrefix === undefined ? [] : [`${durationPrefix} and a duration, such as P3D or PT1H30M`]
  return [...values, ...(unset === null ? ['null'] : []), ...durations]
}

function rightFor(definition: OptionDefinition): string {
  switch (definition.type) {
    case 'int':
    case 'long':
    case 'double':
      return rightNumber(definition)
    case 'boolean':
      return 'true or false'
    case 'string':
      return definition.default === null ? 'a string or null' : 'a string'
    case 'enum':
      return alternatives(alternativesOf(definition))
    case 'list':
      return definition.values === undefined ? 'a list of strings' : `a list of ${definition.values.join(', ')}`
    case 'acks':
      return '0, 1 or all'
  }
}
