import type { ErrorCode } from '../../base/error-code.js'

/** What became of one batch. */
export interface BatchReport {
  readonly topic: string
  readonly partition: number
  readonly error: ErrorCode
  /** The offset of the batch's first record; -1 when that is not known (acks=0, or an error). */
  readonly baseOffset: number
  /** Milliseconds since 1970 if the topic stamps the time of the append, else -1. */
  readonly logAppendTimeMs: number
  readonly recordCount: number
  /** How often it was sent; null: not known. */
  readonly attempts: number | null
}

/** How often a batch was sent, and how large it was then. */
export interface BatchSends {
  readonly sends: number
  /** The size of the batch as it was sent, once. */
  readonly bytes: number
  readonly uncompressedBytes: number
}
