import { LOG_POINTS } from '../log/types.js'
import type { Role } from './address.js'

/**
 * The named points that the actors of a role pass: places between two steps over shared memory, where a simulation or
 * a trap can stop an actor. Whoever passes another one does not compile.
 */
export const POINTS = {
  controller: LOG_POINTS,
  broker: [...LOG_POINTS, 'follower-answered', 'committed'],
  sender: [],
  consumer: [],
  gateway: [],
  client: [],
} as const satisfies Readonly<Record<Role, readonly string[]>>

/** The points between the steps of going to sleep, in their order, which actors that sleep on their event loop pass. */
export const SLEEP_POINTS = ['looked-for-work', 'said-to-sleep', 'about-to-sleep'] as const

export type BrokerPoint = (typeof POINTS)['broker'][number]
export type SleepPoint = (typeof SLEEP_POINTS)[number]
export type Point = (typeof POINTS)[Role][number] | SleepPoint
