import type { MessagePort } from 'node:worker_threads'
import { THREAD_END_MS_MAX } from '../base/config/internal-limits.js'
import { WorkerDiedError } from '../base/errors.js'
import { closedCluster } from './client-doors.js'
import { AS_A_CRASH } from './incarnations.js'
import { LauncherLine, type LauncherLineParts } from './launcher-line.js'
import type { LauncherReport, LauncherRequest } from './launcher-messages.js'
import { inTime } from './system-timers.js'

export interface GuestLineParts extends LauncherLineParts {
  /** This thread's end of the line; nobody else has it. */
  readonly port: MessagePort
}

/**
 * The line of a thread that has attached to a cluster. The port's end is all that either side needs to know of the
 * other: when this thread ends, however it does, Node closes its ports, and the launcher ends the threads of its
 * clients; when the launcher ends, this thread hears of it, and all other threads of the cluster have ended before.
 */
export class GuestLine extends LauncherLine {
  readonly #port: MessagePort
  #isLeaving = false

  constructor(parts: GuestLineParts) {
    super(parts)
    this.#port = parts.port
    this.#port.on('message', (report: LauncherReport) => this.take(report))
    this.#port.on('close', () => this.#closed())
  }

  /** Resolves when the launcher has answered. Rejects if there is none. */
  async greet(): Promise<void> {
    await this.call((call) => ({ type: 'greet', call }))
  }

  /** Whether the line and what waits in this thread keep it alive, as they do at first. */
  reference(isReferenced: boolean): void {
    if (isReferenced) this.#port.ref()
    else this.#port.unref()
    this.timers.reference(isReferenced)
  }

  /**
   * Ends the threads of this thread's clients; members of groups that were not closed are missed at once. The line
   * stays until nobody reads any more what they have lent, and keeps nothing alive meanwhile.
   */
  async leave(): Promise<void> {
    const ended = Promise.all([...this.controls.keys()].map((address) => this.terminate(address, AS_A_CRASH)))
    await inTime(
      ended.then(() => {}),
      THREAD_END_MS_MAX,
    )
    this.#isLeaving = true
    this.#port.unref()
    this.#closeWhenIdle()
  }

  protected post(request: LauncherRequest, ports: readonly MessagePort[]): void {
    this.#port.postMessage(request, ports)
  }

  protected override take(report: LauncherReport): void {
    super.take(report)
    this.#closeWhenIdle()
  }

  #closeWhenIdle(): void {
    if (this.#isLeaving && !this.hasCalls) this.#port.close()
  }

  #closed(): void {
    if (this.isOver) return
    const isClosed = this.board.isClosed || this.#isLeaving
    this.lost(isClosed ? closedCluster() : new WorkerDiedError('The cluster has ended: its threads are gone'))
  }
}
