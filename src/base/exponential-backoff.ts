import type { Random } from './random.js'

/** The wait between two attempts, in milliseconds. */
export interface BackoffLimits {
  /** The wait after the first failed attempt. */
  readonly initialMs: number
  /** The longest wait, whatever chance adds. */
  readonly maxMs: number
}

/**
 * The share that chance adds or takes, so that clients which failed together do not come back together (KIP-580,
 * KIP-144).
 */
const JITTER = 0.2
/** After so many doublings the wait is longer than any limit. */
const DOUBLINGS_MAX = 40

/** Doubles with each failed attempt that came before the last one, give or take 20 %. Kafka: `ExponentialBackoff`. */
export function backoffMs(limits: BackoffLimits, failuresBefore: number, random: Random): number {
  const grown = Math.min(limits.initialMs * 2 ** Math.min(failuresBefore, DOUBLINGS_MAX), limits.maxMs)
  return Math.min(grown * (1 - JITTER + 2 * JITTER * random.next()), limits.maxMs)
}
