import { LEAVE_RESERVE_MS } from '../../../base/config/internal-limits.js'

/** What is kept of the time of a close for the commit and the LeaveGroup, though a handler has not ended. */
export const leaveReserveMs = (timeoutMs: number): number => Math.min(LEAVE_RESERVE_MS, timeoutMs / 5)
