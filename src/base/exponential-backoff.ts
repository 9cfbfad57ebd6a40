import type { Random } from './random.js'

/** How long to wait between two attempts. Milliseconds. */
export interface BackoffLimits {
  /** After the first attempt that failed. */
  readonly initialMs: number
  /** Chance does not go beyond it either. */
  readonly maxMs: number
}

/** So that those who failed together do not come again together (KIP-580, KIP-144). */
const JITTER = 0.2
/** Twice as long so many times is longer than any limit. */
const DOUBLINGS_MAX = 40

/** Doubles with each failed attempt that came before the last one, give or take 20 %. Kafka: `ExponentialBackoff`. */
export function backoffMs(limits: BackoffLimits, failuresBefore: number, random: Random): number {
  const grown = Math.min(limits.initialMs * 2 ** Math.min(failuresBefore, DOUBLINGS_MAX), limits.maxMs)
  return Math.min(grown * (1 - JITTER + 2 * JITTER * random.next()), limits.maxMs)
}
