import { ERRORS, type ErrorCode } from '../base/error-code.js'

interface Result {
  readonly error: ErrorCode
}

/** The controller could not be reached, or was another one: it is asked again. What it has decided stands. */
export function notController(results: readonly Result[]): ErrorCode | null {
  return results.some(({ error }) => error === 'NOT_CONTROLLER') ? 'NOT_CONTROLLER' : null
}

/** The first error that may be gone by the next time. */
export function retriableError(results: readonly Result[]): ErrorCode | null {
  return results.find(({ error }) => ERRORS[error].retriable)?.error ?? null
}
