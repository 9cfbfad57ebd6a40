import type { ErrorCode } from '../base/error-code.js'

/** Why something is not done; NONE: it is. */
export interface Refusal {
  readonly error: ErrorCode
  /** What is wrong and what would be right; empty when nothing is. */
  readonly says: string
}

export const refuse = (error: ErrorCode, says: string): Refusal => ({ error, says })
