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

/** The same of partitions that an answer lists by their topics. */
export function retriableErrorIn(
  topics: readonly { readonly partitions: readonly { readonly errorCode: ErrorCode }[] }[],
): ErrorCode | null {
  return retriableError(topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => ({ error: errorCode }))))
}

/** The coordinator is being loaded, is another broker, or is not there yet. */
const PASSING_OF_COORDINATORS: ReadonlySet<ErrorCode> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

/** The first error for which whoever asked looks for the coordinator again, and asks again. */
export function coordinatorError(errors: readonly ErrorCode[]): ErrorCode | null {
  return errors.find((error) => PASSING_OF_COORDINATORS.has(error)) ?? null
}
