import type { Listed } from './differences.js'

/**
 * Where Odradek answers otherwise than Kafka, and why. No error code may stand here, nor a field that a client acts on.
 * What no longer differs must be taken out.
 */
export const LISTED: readonly Listed[] = []
