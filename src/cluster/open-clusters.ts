import { performance } from 'node:perf_hooks'
import { isMainThread, type Worker } from 'node:worker_threads'
import { clearInterval, setInterval } from './system-timers.js'

/**
 * The clusters of this process that are not closed, and whether they are all that keeps it alive: then somebody has
 * forgotten a `close`, and the program hangs without a word. It is told once, after 5 s in which nothing has happened.
 *
 * Node does not say what keeps a process alive; `getActiveResourcesInfo` lists sockets, timers, child processes and
 * requests, but no workers. So this is quiet unless all of it holds, look after look, one a second:
 *
 *     nothing is listed beside stdout, stderr and the timers of our clients
 *     no worker lives that was started since the first cluster, beside ours
 *     nobody listens to a signal that ends the process: such a program has an end in mind
 *     nobody waits for an answer of ours that will come, and no handler module runs
 *     (it may have a life in its own thread)
 *     no client's half has worked in this thread, and this thread has slept nearly all of the time
 *
 * Lives on the main thread. A look costs a few microseconds, and keeps nothing alive itself.
 */
export interface OpenCluster {
  /** The place where it was started, as a stack trace has it. */
  readonly startedAt: string
  /** Whether it keeps the process alive: see `Cluster.unref`. */
  readonly isReferenced: boolean
  /** How many timers it has that keep the process alive. */
  readonly timers: number
  /** Whether something was asked of it that will be answered. */
  readonly hasPending: boolean
  /** Milliseconds for which its clients have worked in this thread. */
  readonly busyMs: number
}

/** What it sees of the process. */
export interface Surroundings {
  /** Names of what Node lists as active, without what is always listed and keeps nothing alive. */
  resources(): readonly string[]
  /** Whether this thread was at work for more than a moment since it was asked last. */
  wasBusy(): boolean
  /** Tells of every worker that is started from now on. */
  onWorker(tell: (worker: Worker) => void): void
  /** Whether somebody listens to a signal that ends the process. */
  expectsSignal(): boolean
  warn(says: string): void
}

const LOOK_MS = 1_000
const QUIET_LOOKS = 5

export class OpenClusters {
  readonly #surroundings: Surroundings
  readonly #clusters = new Set<OpenCluster>()
  /** Workers of others that have not ended. */
  readonly #workers = new Set<Worker>()
  readonly #own = new WeakSet<Worker>()
  #timer: NodeJS.Timeout | null = null
  #quietLooks = 0
  #busyMs = 0
  #hasWarned = false
  #isListening = false

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  add(cluster: OpenCluster): void {
    if (!isMainThread || this.#hasWarned) return
    this.#clusters.add(cluster)
    this.#quietLooks = 0
    this.#timer ??= setInterval(() => this.look(), LOOK_MS).unref()
    if (this.#isListening) return
    this.#isListening = true
    this.#surroundings.onWorker((worker) => this.#noteWorker(worker))
  }

  delete(cluster: OpenCluster): void {
    this.#clusters.delete(cluster)
    if (this.#clusters.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** To be called for a thread of a cluster when it is made, which is before Node tells of it. */
  noteOwn(worker: Worker): void {
    this.#own.add(worker)
  }

  #noteWorker(worker: Worker): void {
    if (this.#own.has(worker)) return
    this.#workers.add(worker)
    worker.once('exit', () => this.#workers.delete(worker))
  }

  /** To be called every second. */
  look(): void {
    const holding = [...this.#clusters].filter(({ isReferenced }) => isReferenced)
    // Both are asked in any case: each says what was since the last look.
    const haveRested = this.#haveRested(holding)
    const wasBusy = this.#surroundings.wasBusy()
    const isQuiet = holding.length > 0 && haveRested && !wasBusy && !this.#isHeldOtherwise(holding)
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0
    if (this.#quietLooks < QUIET_LOOKS) return
    this.#hasWarned = true
    for (const cluster of [...this.#clusters]) this.delete(cluster)
    this.#surroundings.warn(warningOf(holding))
  }

  #haveRested(clusters: readonly OpenCluster[]): boolean {
    const before = this.#busyMs
    this.#busyMs = clusters.reduce((sum, { busyMs }) => sum + busyMs, 0)
    return this.#busyMs === before && !clusters.some(({ hasPending }) => hasPending)
  }

  /** Whether something beside these clusters keeps the process alive, or somebody has its end in mind. */
  #isHeldOtherwise(clusters: readonly OpenCluster[]): boolean {
    if (this.#workers.size > 0 || this.#surroundings.expectsSignal()) return true
    const timers = clusters.reduce((sum, cluster) => sum + cluster.timers, 0)
    const listed = this.#surroundings.resources()
    return listed.length > timers || listed.some((resource) => resource !== 'Timeout')
  }
}

function warningOf(clusters: readonly OpenCluster[]): string {
  const places = clusters.map(({ startedAt }) => `\n    started ${startedAt}`).join('')
  const [what, them] = clusters.length === 1 ? ['a cluster has', 'it'] : [`${clusters.length} clusters have`, 'them']
  return `For 5 s nothing but ${what} kept this process alive. Close ${them} (await cluster.close()), or let the process end without (cluster.unref()):${places}`
}

/** Share of the time between two looks: a program that works for longer does not hang. */
const BUSY_MAX = 0.1
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']

let utilization = performance.eventLoopUtilization()

const thisProcess: Surroundings = {
  resources() {
    // They are made when they are first asked for, and from then on listed where they are sockets, though they keep
    // nothing alive.
    const streams = [process.stdout, process.stderr].filter((stream) => 'setKeepAlive' in stream)
    const resources = process.getActiveResourcesInfo()
    for (const { isTTY } of streams) {
      const listed = resources.indexOf(isTTY === true ? 'TTYWrap' : 'PipeWrap')
      if (listed >= 0) resources.splice(listed, 1)
    }
    return resources
  },
  wasBusy() {
    const before = utilization
    utilization = performance.eventLoopUtilization()
    return performance.eventLoopUtilization(utilization, before).utilization > BUSY_MAX
  },
  onWorker: (tell) => void process.on('worker', tell),
  expectsSignal: () => ENDING_SIGNALS.some((signal) => process.listenerCount(signal) > 0),
  warn(says) {
    process.emitWarning(says, { type: 'OdradekWarning', code: 'ODRADEK_CLUSTER_LEFT_OPEN' })
  },
}

/** The open clusters of this process. */
export const openClusters = new OpenClusters(thisProcess)

/** The line that has called the function, to be asked for later: only then the stack becomes a text. */
export function callerOf(called: (...given: never[]) => unknown): () => string {
  const trace: { stack?: string } = {}
  Error.captureStackTrace(trace, called)
  return () => /^ +at .+$/m.exec(String(trace.stack))?.[0].trim() ?? 'at a place that is not known'
}
