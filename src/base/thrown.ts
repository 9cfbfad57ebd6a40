import { inspect, types } from 'node:util'

/**
 * User code throws what it likes: null, an object without a prototype, an error whose message is a number or a getter
 * that throws. To say what it was does not throw again, least of all on a thread that serves others.
 */

/** What was thrown, in words: the stack of an error where there is one. */
export function describeThrown(thrown: unknown): string {
  return inWords(thrown, (error) => error.stack ?? error.message)
}

/** What was thrown, in a sentence: the message of an error. */
export function messageOf(thrown: unknown): string {
  return inWords(thrown, (error) => error.message)
}

/** Itself, if it is an error; otherwise one that has it as its cause. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(messageOf(thrown), { cause: thrown })
}

/**
 * Takes care of a promise that was given where none is waited for: a rejection that nobody hears ends the process. Of
 * any realm.
 */
export function hearRejection(returned: unknown, hear: (error: unknown) => void = () => {}): void {
  if (!types.isPromise(returned)) return
  try {
    Promise.prototype.then.call(returned, undefined, hear)
  } catch (thrown) {
    // Its constructor is a getter that throws.
    hear(thrown)
  }
}

function inWords(thrown: unknown, wordsOf: (error: Error) => string): string {
  try {
    if (isError(thrown)) return String(wordsOf(thrown))
    return typeof thrown === 'string' ? thrown : inspect(thrown)
  } catch {
    return 'something that cannot be described'
  }
}

/** A proxy may throw when it is asked. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error
  } catch {
    return false
  }
}
