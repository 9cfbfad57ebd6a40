import { deferred } from '../../base/deferred.js'
import { TimeoutError } from '../../base/errors.js'
import type { SenderObserver } from '../../client/sender/sender-observer.js'
import { Cluster, type ClusterOptions } from '../../cluster/cluster.js'
import type { ClusterDoors } from '../../cluster/doors.js'
import { SenderTapes } from '../../cluster/sender-tape.js'
import { SimulatedCluster } from '../../cluster/simulated.js'
import { monotonicOrigin, systemClock } from '../../cluster/system-clock.js'
import { systemTimers } from '../../cluster/system-timers.js'

export type HostName = 'simulation' | 'threads'

/** The host of experiments: the simulation, the same again for the same seed; or threads. */
export interface LabHost {
  readonly name: HostName
  /**
   * Starts a cluster. For `observeSender` see `SimulatedClusterOptions`; on threads nobody is told before
   * `tellObservers`.
   */
  start(options: ClusterOptions, observeSender?: () => SenderObserver): Promise<LabCluster>
}

/** A cluster under one set of words for both hosts. */
export interface LabCluster {
  readonly doors: ClusterDoors
  /** Tells the milliseconds, with a fraction. */
  now(): number
  /** Waits for a promise. Throws a TimeoutError when it does not settle. */
  run<Value>(promise: Promise<Value>): Promise<Value>
  /**
   * Tells observers of senders what they were not told yet: all that has led to what clients know by now. Their times
   * are those of `now`.
   */
  tellObservers(): void
  /** Lets a short while pass, in which others get on. `simulatedMs` is how long it is in the simulation. */
  pass(simulatedMs?: number): Promise<void>
  /** Resolves when so many milliseconds have passed: a handler may be as slow as that. */
  sleep(ms: number): Promise<void>
}

/** Milliseconds, simulated ones in the simulation: far more than anything takes that comes at all. */
const PATIENCE_MS = { simulation: 30_000, threads: 30_000 }
/** Milliseconds between two looks at a simulated state. */
const SIMULATED_LOOK_MS = 0.1
const THREADS_LOOK_MS = 1

const simulation: LabHost = {
  name: 'simulation',
  async start(options, observeSender) {
    const cluster = await SimulatedCluster.start({
      ...options,
      keepsTrace: false,
      isSelfContained: true,
      // The timeline tells of it, and each seed would warn again.
      warns: false,
      ...(observeSender && { observeSender }),
    })
    const sleepers = new Sleepers(() => cluster.now)
    const pass = async (ms: number = SIMULATED_LOOK_MS): Promise<void> => {
      for (const end = cluster.now + ms; cluster.now < end; sleepers.wake())
        await cluster.advance(Math.min(end, sleepers.nextAt) - cluster.now)
    }
    return {
      doors: cluster,
      now: () => cluster.now,
      tellObservers() {},
      async run(promise) {
        let isSettled = false
        const over = deferred<void>()
        const settle = (): void => {
          isSettled = true
          over.resolve()
        }
        promise.then(settle, settle)
        const end = cluster.now + PATIENCE_MS.simulation
        sleepers.onComing = over.resolve
        await cluster.run(over.promise, { msMax: PATIENCE_MS.simulation })
        // Nobody but `pass` wakes those who sleep.
        while (!isSettled && cluster.now < end) await pass()
        return isSettled ? promise : cluster.run(promise, { msMax: 0 })
      },
      pass,
      sleep: (ms) => sleepers.sleep(ms),
    }
  },
}

const threads: LabHost = {
  name: 'threads',
  async start(options, observeSender) {
    const clockOriginMs = monotonicOrigin()
    const clock = systemClock(clockOriginMs)
    const began = clock.now()
    const senderTapes = observeSender && new SenderTapes(observeSender, began)
    const cluster = await Cluster.start(options, { clockOriginMs, ...(senderTapes && { senderTapes }) })
    return {
      doors: cluster,
      now: () => clock.now() - began,
      tellObservers: () => senderTapes?.play(),
      run: (promise) => within(promise, PATIENCE_MS.threads),
      pass: () => sleep(THREADS_LOOK_MS),
      sleep,
    }
  },
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void systemTimers.after(ms, resolve))

/** Wakes handlers that wait for a moment of simulated time. */
class Sleepers {
  readonly #now: () => number
  #onComing: () => void = () => {}
  #all: { readonly until: number; readonly wake: () => void }[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** Is called when there is one, and when another one comes. */
  set onComing(called: () => void) {
    this.#onComing = called
    if (this.#all.length > 0) called()
  }

  /** The moment at which the next one wakes. */
  get nextAt(): number {
    return Math.min(...this.#all.map(({ until }) => until))
  }

  sleep(ms: number): Promise<void> {
    const slept = deferred<void>()
    this.#all.push({ until: this.#now() + ms, wake: slept.resolve })
    this.#onComing()
    return slept.promise
  }

  /** Wakes those whose moment has come, the earliest first. */
  wake(): void {
    const now = this.#now()
    const due = this.#all.filter(({ until }) => until <= now).sort((a, b) => a.until - b.until)
    if (due.length === 0) return
    this.#all = this.#all.filter(({ until }) => until > now)
    for (const { wake } of due) wake()
  }
}

export const LAB_HOSTS: Readonly<Record<HostName, LabHost>> = { simulation, threads }

export function patienceMs(host: LabHost): number {
  return PATIENCE_MS[host.name]
}

/** Awaits the promise. Throws a TimeoutError when it does not settle in so many milliseconds. */
export async function within<Value>(promise: Promise<Value>, ms: number, what = 'What was waited for'): Promise<Value> {
  let cancel = (): void => {}
  const late = new Promise<never>((_, reject) => {
    const timer = systemTimers.after(ms, () => reject(new TimeoutError(`${what} did not come within ${ms} ms`)))
    cancel = () => timer.cancel()
  })
  return Promise.race([promise, late]).finally(cancel)
}
