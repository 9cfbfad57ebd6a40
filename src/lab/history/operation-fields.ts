import { listed } from '../input/json-record.js'

/** A line of a history: a JSON object with `op`. */
export type Operation = Readonly<Record<string, unknown>>

/** The error that says what is wrong with an operation, without the line's number. */
export class BrokenOperation extends Error {
  override readonly name = 'BrokenOperation'
}

/** The error of a field that is missing, or is not what it must be. */
export class BrokenField extends BrokenOperation {}

const INT_MAX = 2 ** 31 - 1

export function isGiven(operation: Operation, field: string): boolean {
  return operation[field] !== undefined && operation[field] !== null
}

/**
 * Reads a name: a string or a number; `17` and `"17"` are one name. A number that JSON.parse may confuse with another
 * is not a name.
 */
export function nameOf(operation: Operation, field: string): string {
  const value = operation[field]
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number') {
    if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return String(value)
    throw broken(operation, field, 'a string where a number has more than 53 bits, or it becomes another one')
  }
  throw broken(operation, field, 'a string that is not empty, or a number')
}

/** Reads a partition; `usual` where it is not given. */
export function partitionOr(operation: Operation, usual: number): number {
  const value = operation.partition
  if (isInteger(value, 0, INT_MAX)) return value
  if (value === undefined || value === null) return usual
  throw broken(operation, 'partition', 'a whole number from 0')
}

export function offsetOf(operation: Operation): number {
  const value = operation.offset
  if (isInteger(value, 0, Number.MAX_SAFE_INTEGER)) return value
  throw broken(operation, 'offset', 'a whole number from 0')
}

/** Reads an offset; -1 where it is not given, as Kafka's clients say with acks=0, too. */
export function offsetOrNone(operation: Operation): number {
  return isGiven(operation, 'offset') && operation.offset !== -1 ? offsetOf(operation) : -1
}

/** Reads a number; `usual` where it is not given. */
export function numberOr(operation: Operation, field: string, usual: number): number {
  const value = operation[field]
  if (typeof value === 'number') return value
  if (value === undefined || value === null) return usual
  throw broken(operation, field, 'a number')
}

/** Reads true or false; `usual` where it is not given. */
export function truthOr<Usual>(operation: Operation, field: string, usual: Usual): boolean | Usual {
  const value = operation[field]
  if (typeof value === 'boolean') return value
  if (value === undefined || value === null) return usual
  throw broken(operation, field, 'true or false')
}

export function broken(operation: Operation, field: string, wanted: string): BrokenField {
  const name = JSON.stringify(field)
  const given = operation[field]
  if (given !== undefined) return new BrokenField(`${name} is ${shown(given)}; it must be ${wanted}`)
  return new BrokenField(`there is no ${name}, only ${listed(Object.keys(operation))}; it must be ${wanted}`)
}

const SHOWN_MAX = 40

export function shown(value: unknown): string {
  const text = jsonOf(value)
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // A value that can be read may be nested too deeply to be written.
    return Array.isArray(value) ? '[…]' : '{…}'
  }
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}
