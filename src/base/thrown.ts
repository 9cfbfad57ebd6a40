import { inspect, types } from 'node:util'

/**
 * User code throws what it likes: null, an object without a prototype, an error whose message is a number or a getter
 * that throws. To say what it was does not throw again, least of all on a thread that serves others.
 */

/** The thrown value in words: the stack of an error, if it has one. */
export function describeThrown(thrown: unknown): string {
  return inWords(thrown, (error) => error.stack ?? error.message)
}

/** The thrown value in a sentence: the message of an error. */
export function messageOf(thrown: unknown): string {
  return inWords(thrown, (error) => error.message)
}

/** The name of an error, and of what the thrown value becomes as an error. */
export function nameOf(thrown: unknown): string {
  return inWords(asError(thrown), (error) => error.name)
}

/** The thrown value itself if it is an error; otherwise an error with the value as its cause. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(messageOf(thrown), { cause: thrown })
}

/**
 * Takes care of a promise whose caller expected none: an unheard rejection would end the process. The promise may be of
 * any realm.
 */
export function hearRejection(returned: unknown, hear: (error: unknown) => void = () => {}): void {
  if (!types.isPromise(returned)) return
  try {
    Promise.prototype.then.call(returned, undefined, hear)
  } catch (thrown) {
    // The promise's constructor is a getter that throws.
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
