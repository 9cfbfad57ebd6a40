import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import type { FaultNews, FaultOrder } from '../actor/runner.js'
import { THREAD_END_MS_MAX } from '../base/config/internal-limits.js'
import { WorkerDiedError } from '../base/errors.js'
import type { RestartLimits } from '../controller/restart-policy.js'
import { closedCluster } from './client-doors.js'
import type { ThreadDescription } from './doors.js'
import type { KeptBytes } from './kept-memory.js'
import { LauncherLine, type LauncherLineParts, type LineListener } from './launcher-line.js'
import type { GatewayReport, LauncherReport, LauncherRequest, LauncherStart } from './launcher-messages.js'
import { StartedThread } from './started-thread.js'
import { inTime } from './system-timers.js'
import { workerExecArgv, workerFile, workerFiles } from './worker-files.js'

/** What the owner of the threads hears. */
export interface ThreadsListener extends LineListener {
  gaveUp(address: Address, says: string): void
  /** A supervisor was started, and serves at the other end of this port. */
  surface(port: MessagePort): void
  news(from: Address, news: FaultNews): void
  /** What a gateway tells. */
  gateway(report: GatewayReport): void
}

export interface ThreadsParts extends LauncherLineParts<ThreadsListener> {
  readonly restartLimits: RestartLimits
}

/** The line of the cluster's owner: it has started the launcher, ends it, and hears of everything. */
export class Threads extends LauncherLine {
  readonly #launcher: StartedThread<LauncherRequest, LauncherReport>
  readonly #listener: ThreadsListener

  constructor(parts: ThreadsParts) {
    super(parts)
    const { clockOriginMs, restartLimits, listener, board } = parts
    this.#listener = listener
    const files = workerFiles()
    const execArgv = workerExecArgv()
    const start: Omit<LauncherStart, 'line'> = { clockOriginMs, files, execArgv, restartLimits, board: board.shared }
    this.#launcher = new StartedThread(
      { file: workerFile('launcher', files), name: 'launcher', execArgv, start },
      {
        told: (report) => this.take(report),
        exited: (_code, error) => this.#launcherEnded(error),
      },
    )
  }

  /** Whether the threads and what waits for them in this one keep the process alive, as they do at first. */
  reference(isReferenced: boolean): void {
    this.#launcher.reference(isReferenced)
    this.timers.reference(isReferenced)
  }

  /** Starts a thread that has ended again, with what it has left. */
  respawn(address: Address): void {
    this.ask({ type: 'respawn', address })
  }

  async cut(from: Address, to: Address): Promise<void> {
    await this.call((call) => ({ type: 'cut', from, to, call }))
  }

  async heal(from: Address, to: Address): Promise<void> {
    await this.call((call) => ({ type: 'heal', from, to, call }))
  }

  /**
   * Heals all links, and forgets crashes. Resolves when the peers of all threads whose ends were told before are told,
   * too.
   */
  async renew(): Promise<void> {
    await this.call((call) => ({ type: 'renew', call }))
  }

  /** The threads that run. */
  get running(): ThreadDescription[] {
    return [...this.controls]
      .filter(([, control]) => !control.hasEnded)
      .map(([address, control]) => ({ address, busyMs: control.busyMs }))
  }

  /** Shared memory that the launcher holds, or has made. */
  async count(): Promise<KeptBytes> {
    const { bytes } = await this.call<Extract<LauncherReport, { type: 'counted' }>>((call) => ({
      type: 'count',
      call,
    }))
    return bytes
  }

  /** The thread says `faultsTaken` when it obeys; so does the launcher for one that has ended. */
  order(to: Address, order: FaultOrder): void {
    this.ask({ type: 'order', to, order })
  }

  /** Ends every thread. Afterwards nothing of the cluster is left in this process, except in native code. */
  async close(): Promise<void> {
    this.board.close()
    this.over(closedCluster())
    const ended = this.#launcher.terminate().then(this.allEnded.resolve)
    await inTime(ended, THREAD_END_MS_MAX)
    this.forgetThreads()
  }

  protected post(request: LauncherRequest, ports: readonly MessagePort[]): void {
    this.#launcher.post(request, ports)
  }

  protected override take(report: LauncherReport): void {
    switch (report.type) {
      case 'gaveUp':
        return this.#listener.gaveUp(report.address, report.says)
      case 'surface':
        return this.#listener.surface(report.port)
      case 'news':
        return this.#listener.news(report.from, report.news)
      case 'doorsOpened':
      case 'warning':
        return this.#listener.gateway(report)
      default:
        return super.take(report)
    }
  }

  #launcherEnded(error: string | null): void {
    if (this.isOver) return
    this.lost(new WorkerDiedError(`The thread that starts all others has ended: ${error ?? 'nobody knows why'}`), error)
  }
}
