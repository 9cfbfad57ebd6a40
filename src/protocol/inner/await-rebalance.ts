import type { ErrorCode } from '../../base/error-code.js'
import { word } from '../definition.js'
import { number, orNull, text } from '../request-shape.js'

/**
 * A member of a group to its coordinator: tell me when the group rebalances. It is answered then, and not before. A
 * Heartbeat is told so as well, up to heartbeat.interval.ms later, and it alone says that the member lives.
 */
export interface AwaitRebalanceRequest {
  readonly api: 'AwaitRebalance'
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}
/** Says what a Heartbeat would be told by then. NONE: the member has asked again. */
export interface AwaitRebalanceResponse {
  readonly api: 'AwaitRebalance'
  readonly error: ErrorCode
}

export const awaitRebalance = word<AwaitRebalanceRequest, AwaitRebalanceResponse>({
  name: 'AwaitRebalance',
  shape: { groupId: text, memberId: text, groupInstanceId: orNull(text), generationId: number },
})
