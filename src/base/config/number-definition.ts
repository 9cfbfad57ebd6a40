/** Options that are numbers. */
import { wholeNumberOf } from '../arguments/whole-number.js'

/** What every definition of an option has. */
export interface Described {
  /** What the option does, and where Kafka's default differs or changed. */
  readonly doc: string
  /** Kafka 4.2's default, where ours is another one. */
  readonly kafkaDefault?: number | boolean | string | null | readonly string[]
}

export interface NumberDefinition extends Described {
  /** `int` is 32 bits wide, `long` every integer that a double holds exactly. */
  readonly type: 'int' | 'long' | 'double'
  readonly default: number
  /** Inclusive. */
  readonly min?: number
  /** Inclusive. */
  readonly max?: number
}

const INT_MIN = -(2 ** 31)
const INT_MAX = 2 ** 31 - 1

function limitsOf(definition: NumberDefinition): { readonly min: number; readonly max: number } {
  const widest = {
    int: { min: INT_MIN, max: INT_MAX },
    long: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
    double: { min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
  }[definition.type]
  return { min: definition.min ?? widest.min, max: definition.max ?? widest.max }
}

/** The number that a value means for the option; null: it is of another type, or beyond the limits. */
export function numberFor(definition: NumberDefinition, value: unknown): number | null {
  if (isForEver(definition, value)) return Number.MAX_SAFE_INTEGER
  const number = typeof value === 'bigint' ? wholeNumberOf(value) : value
  return isNumberFor(definition, number) ? number : null
}

/** What the option's value must be. */
export function rightNumber(definition: NumberDefinition): string {
  const { min, max } = limitsOf(definition)
  return `${definition.type === 'double' ? 'a number' : 'an integer'} from ${min} to ${max}`
}

/**
 * Java's Long.MAX_VALUE, which Kafka's users write for no limit, or Infinity. Both mean the largest integer that there
 * is here.
 */
function isForEver({ type, max }: NumberDefinition, value: unknown): boolean {
  if (type !== 'long' || max !== undefined) return false
  return value === Number.POSITIVE_INFINITY || value === 2 ** 63 || value === 2n ** 63n - 1n
}

function isNumberFor(definition: NumberDefinition, value: unknown): value is number {
  const { min, max } = limitsOf(definition)
  if (typeof value !== 'number' || !(value >= min && value <= max)) return false
  return definition.type === 'double' || Number.isInteger(value)
}
