import type { Place } from './shape.js'

/**
 * Whether a value is an object with fields, of any class and realm: not a list, a Map, a Date, a promise or another
 * thing whose content lies elsewhere.
 */
export function isFields(given: unknown): given is object {
  if (typeof given !== 'object' || given === null) return false
  try {
    return Object.prototype.toString.call(given) === '[object Object]'
  } catch {
    // Its Symbol.toStringTag threw, or it is a proxy that was revoked.
    return false
  }
}

/** The names of an object's enumerable fields, inherited ones included. Symbols name no options. */
export function fieldNames(given: object, place: Place): readonly string[] {
  const names: string[] = []
  try {
    for (const name in given) if (Object.hasOwn(given, name) || !(name in Object.prototype)) names.push(name)
  } catch (thrown) {
    throw place.unreadable(thrown)
  }
  return names
}

export function fieldOf(given: object, name: string, place: Place): unknown {
  try {
    return (given as Readonly<Record<string, unknown>>)[name]
  } catch (thrown) {
    throw place.field(name).unreadable(thrown)
  }
}
