import type { Timestamp } from './ids.js'

/** Where time comes from. Threads get the system's, the simulation one that jumps. */
export interface Clock {
  now(): Timestamp
}
