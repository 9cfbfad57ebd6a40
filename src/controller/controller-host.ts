import type { LogPoint, SegmentKeeper } from '../log/types.js'

/** The controller's host gives it what it can see, what it can ask for, and what outlives its thread. */
export interface ControllerHost {
  /** See `Context.point`. */
  readonly point: LogPoint
  readonly segments: SegmentKeeper
  /** A number that grows with every turn of the broker's thread; null if it is not known to run. */
  heartbeatOf(brokerId: number): number | null
  /** Asks for a new incarnation of a broker whose thread has ended. */
  restart(brokerId: number): void
  /** Told once when a broker has crashed too often and stays down. */
  gaveUp(brokerId: number, says: string): void
}
