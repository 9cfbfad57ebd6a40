import { ERRORS, type ErrorCode } from '../../base/error-code.js'
import type { Response } from '../../protocol/messages.js'

/** The error for which a question of an admin is asked again; null: the answer stands, whatever it says. */
export function passingErrorOf(response: Response): ErrorCode | null {
  switch (response.api) {
    case 'Metadata':
      // The broker knows no cluster yet.
      return response.brokers.length === 0 ? 'BROKER_NOT_AVAILABLE' : null
    case 'CreateTopics':
    case 'DeleteTopics':
      return response.topics.some(isNotController) ? 'NOT_CONTROLLER' : null
    case 'ElectLeaders':
      return response.partitions.some(isNotController) ? 'NOT_CONTROLLER' : null
    case 'ListOffsets':
      return response.partitions.find(({ error }) => ERRORS[error].retriable)?.error ?? null
    default:
      return null
  }
}

const isNotController = ({ error }: { readonly error: ErrorCode }): boolean => error === 'NOT_CONTROLLER'
