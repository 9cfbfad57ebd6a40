import { inspect } from 'node:util'

/** What was thrown, in words: the stack of an error where there is one. Whatever it is, to describe it does not throw. */
export function describeThrown(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.stack ?? thrown.message)
    return typeof thrown === 'string' ? thrown : inspect(thrown)
  } catch {
    return 'something that cannot be described'
  }
}
