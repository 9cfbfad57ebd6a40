/** What a simulated cluster is started with, and the arguments of its methods. */

import type { Address } from '../actor/address.js'
import type { Point } from '../actor/points.js'
import type { Place } from '../actor/simulation.js'
import { signature } from '../base/arguments/shape.js'
import { callback, exactly, flag, number, objectWith, optional } from '../base/arguments/shapes.js'
import type { SenderObserver } from '../client/sender/sender-observer.js'
import { actorAddress, deathPlan, placeInTurns, startOptions } from './argument-shapes.js'
import type { ClusterOptions } from './cluster.js'
import type { ClusterProbe } from './cluster-probe.js'
import type { Ending } from './incarnations.js'
import { driveLimits } from './simulation-driver.js'

export type SimulatedClusterOptions = ClusterOptions & {
  /** Called at each named point between two steps of an actor over shared memory. */
  readonly onPoint?: (address: Address, name: Point) => void
  /** False keeps only the end of the trace and its digest. Default true. */
  readonly keepsTrace?: boolean
  /**
   * Whether the application awaits nothing but the cluster. The event loop need not turn between two steps then, which
   * is faster. Default false.
   */
  readonly isSelfContained?: boolean
  /**
   * Whether the supervisor, consumers and what lives in the application sleep and are woken as on threads, where a ring
   * is heard only by an actor that sleeps. Default false: whatever is sent to them wakes them.
   */
  readonly simulatesSleep?: boolean
  /** Whether consumers warn the process of what they cannot throw. Default: they do, unless there is a probe. */
  readonly warns?: boolean
  /** Looks into the actors. */
  readonly probe?: ClusterProbe
  /** Called while a producer is made; what it returns is told what the producer's sender does. */
  readonly observeSender?: () => SenderObserver
}

/** Where an actor is to die, and how. */
export interface DeathPlan extends Place, Partial<Ending> {}

export const START = signature('SimulatedCluster.start', [
  '',
  startOptions({
    onPoint: optional(callback<NonNullable<SimulatedClusterOptions['onPoint']>>()),
    keepsTrace: optional(flag),
    isSelfContained: optional(flag),
    simulatesSleep: optional(flag),
    warns: optional(flag),
    probe: optional(exactly('a probe', (given): given is ClusterProbe => typeof given === 'object' && given !== null)),
    observeSender: optional(callback<() => SenderObserver>()),
  }),
])
export const RUN = signature('run', ['promise', exactly('a promise', isPromise)], ['', driveLimits])
export const RUN_UNTIL = signature('runUntil', ['predicate', callback<() => boolean>()], ['', driveLimits])
const span = ['ms', number(0, Number.MAX_SAFE_INTEGER)] as const
export const ADVANCE = signature('advance', span)
export const JUMP_CLOCK = signature('jumpClock', span)
const address = ['address', actorAddress] as const
export const KILL_AT = signature('killAt', address, ['', deathPlan])
export const PAUSE_AT = signature('pauseAt', address, [
  '',
  objectWith({ ...placeInTurns, restMs: number(0, Number.MAX_SAFE_INTEGER) }),
])
export const SPARE = signature('spare', address)
export const PAUSE = signature('pause', address)
export const RESUME = signature('resume', address)
export const DELAY = signature('delay', address, ['extraMs', number(0, Number.MAX_SAFE_INTEGER)])

function isPromise(given: unknown): given is PromiseLike<unknown> {
  return typeof given === 'object' && given !== null && typeof (given as PromiseLike<unknown>).then === 'function'
}
