import type { Timestamp } from './ids.js'

/** The source of time. Threads get the system's clock, the simulation one that jumps. */
export interface Clock {
  now(): Timestamp
}
