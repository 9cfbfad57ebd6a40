import type { ErrorCode } from '../../base/error-code.js'

/**
 * The answer to a request that its actor does not look at: it is malformed, or not for this actor, or not from this
 * peer.
 */
export interface RefusedResponse {
  readonly api: 'Refused'
  readonly error: ErrorCode
  readonly says: string
}
