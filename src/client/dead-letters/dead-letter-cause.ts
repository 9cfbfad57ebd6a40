import { KafkaError } from '../../base/errors.js'
import { messageOf, nameOf } from '../../base/thrown.js'
import type { DeadLetterCause } from './dead-letters.js'

/** What a dead letter says of what was thrown, whatever that was. */
export function causeOf(thrown: unknown): DeadLetterCause {
  const { code, retriable } = thrown instanceof KafkaError ? thrown : { code: null, retriable: false }
  return { name: nameOf(thrown), message: messageOf(thrown), code, retriable }
}

/**
 * Puts beside the error why its record is not kept either; the error stays what it is. Returns false where it cannot:
 * not every thrown thing can carry that.
 */
export function attachTo(error: unknown, deadLetterError: Error): boolean {
  if (!(error instanceof Error)) return false
  return Reflect.defineProperty(error, 'deadLetterError', { value: deadLetterError, enumerable: true })
}
