/** What the methods of a sink of dead letters are called with, by a producer or by anybody. */
import { isFields } from '../../base/arguments/fields.js'
import { signature } from '../../base/arguments/shape.js'
import { exactly, listOf } from '../../base/arguments/shapes.js'
import { DEAD_LETTERS_PER_CALL_MAX } from '../../base/config/internal-limits.js'
import { KafkaError } from '../../base/errors.js'
import type { DeadLetter } from './dead-letters.js'

/** Letters stay the objects that they are: a sink knows those that it gave. */
const letters = listOf('dead letters', exactly('a dead letter', isDeadLetter), DEAD_LETTERS_PER_CALL_MAX)

export const WRITE = signature('write', ['letters', letters])
export const REMOVE = signature('remove', ['letters', letters])

/** The error for a letter that a sink is to remove and did not give. */
export function notGiven(where: string): KafkaError {
  return new KafkaError('INVALID_REQUEST', `${where} did not give this dead letter`)
}

function isDeadLetter(given: unknown): given is DeadLetter {
  if (!isFields(given)) return false
  try {
    const { topic, partition, key, value, headers, timestamp, error, attempts, createdAt, failedAt, ...rest } =
      given as DeadLetter
    const numbers = [timestamp, createdAt, failedAt, partition ?? 0, attempts ?? 0]
    const bytes = [key, value, ...headers.map((header) => header.value)]
    return (
      typeof topic === 'string' &&
      numbers.every(Number.isSafeInteger) &&
      bytes.every((data) => data === null || Buffer.isBuffer(data)) &&
      headers.every((header) => typeof header.key === 'string') &&
      typeof error.name === 'string' &&
      typeof error.message === 'string' &&
      [error.retriable, rest.isPartitionNamed, rest.isSerialized].every((flag) => typeof flag === 'boolean')
    )
  } catch {
    return false
  }
}
