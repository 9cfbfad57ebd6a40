import { type MessagePort, Worker } from 'node:worker_threads'
import { ControlBlock } from '../actor/control-block.js'
import { EventLoopHost } from '../actor/event-loop.js'
import { Runner } from '../actor/runner.js'
import type { Actor, Address } from '../actor/types.js'
import type { Clock } from '../base/clock.js'
import { seededRandom } from '../base/random.js'
import type { LauncherReport, LauncherRequest, LauncherStart, WorkerKind } from './launcher.js'
import type { Mail } from './switchboard.js'
import { monotonicOrigin, systemClock } from './system-clock.js'
import { systemTimers } from './system-timers.js'
import { threadWire } from './thread-wire.js'
import { workerExecArgv, workerFolder } from './worker-files.js'

/** How a thread ended. Code 0 included: nobody asked for it unless `wasAsked`. */
export interface ThreadExit {
  readonly address: Address
  readonly code: number
  readonly error: string | null
  readonly wasAsked: boolean
}

/** The application's side of the launcher: starts and ends threads, and seats actors on this thread. */
export class Threads {
  readonly clock: Clock
  readonly #launcher: Worker
  readonly #seats = new Map<Address, { readonly mail: Mail<MessagePort>[]; readonly control: ControlBlock }>()
  readonly #controls = new Map<Address, ControlBlock>()
  readonly #exits = new Map<
    Address,
    { readonly resolve: (exit: ThreadExit) => void; readonly promise: Promise<ThreadExit> }
  >()
  readonly #asked = new Set<Address>()
  readonly #onUnexpectedExit: (exit: ThreadExit) => void
  readonly #seed: string
  #isClosed = false

  constructor(parts: { readonly onUnexpectedExit: (exit: ThreadExit) => void; readonly seed: string }) {
    const clockOriginMs = monotonicOrigin()
    this.clock = systemClock(clockOriginMs)
    this.#onUnexpectedExit = parts.onUnexpectedExit
    this.#seed = parts.seed
    const folder = workerFolder()
    const start: LauncherStart = { clockOriginMs, folder: folder.href, execArgv: workerExecArgv() }
    this.#launcher = new Worker(new URL('launcher.js', folder), {
      workerData: start,
      execArgv: start.execArgv,
      name: 'launcher',
    })
    this.#launcher.on('message', (report: LauncherReport) => this.#take(report))
    this.#launcher.on('error', (error) => this.#launcherEnded(error.stack ?? error.message))
    this.#launcher.on('exit', () => this.#launcherEnded(null))
  }

  /** Every thread's control block, for whoever measures. */
  get controls(): ReadonlyMap<Address, ControlBlock> {
    return this.#controls
  }

  /** Starts a worker thread. Its first connection may be asked for at once. */
  spawn(kind: WorkerKind, address: Address, data: unknown, ports: readonly MessagePort[] = []): ControlBlock {
    const control = new ControlBlock()
    this.#controls.set(address, control)
    let resolve: (exit: ThreadExit) => void = () => {}
    const promise = new Promise<ThreadExit>((onExit) => {
      resolve = onExit
    })
    this.#exits.set(address, { resolve, promise })
    this.#ask({ type: 'spawn', kind, address, control: control.memory.shared, data, ports }, ports)
    return control
  }

  /** Ends a thread wherever it is, and resolves when it has ended. */
  async terminate(address: Address): Promise<void> {
    this.#asked.add(address)
    await this.kill(address)
  }

  /** Like `terminate`, but counts as an end that nobody asked for. */
  async kill(address: Address): Promise<void> {
    const exit = this.#exits.get(address)
    this.#ask({ type: 'terminate', address }, [])
    await exit?.promise
  }

  /** Runs an actor on this thread's event loop. Returns what takes it off again. */
  seat(address: Address, actor: Actor, control: ControlBlock): () => void {
    const mail: Mail<MessagePort>[] = []
    this.#seats.set(address, { mail, control })
    this.#ask({ type: 'seat', address, control: control.memory.shared }, [])
    const wire = threadWire(
      address,
      () => mail.shift(),
      (request) => this.#ask(request, []),
    )
    const random = seededRandom(this.#seed).fork(address)
    const host = new EventLoopHost(
      new Runner({ self: address, actor, control, wire, random }),
      this.clock,
      systemTimers,
    )
    host.start()
    return () => {
      host.stop()
      this.#seats.delete(address)
      this.#ask({ type: 'unseat', address }, [])
    }
  }

  /** Ends every thread. Afterwards nothing of the cluster is left in this process. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#launcher.terminate()
  }

  #ask(request: LauncherRequest, ports: readonly MessagePort[]): void {
    if (!this.#isClosed) this.#launcher.postMessage(request, ports)
  }

  #take(report: LauncherReport): void {
    if (report.type === 'mail') {
      const seat = this.#seats.get(report.to)
      seat?.mail.push(report.mail)
      seat?.control.announceMail()
      return
    }
    const { address, code, error } = report
    this.#controls.delete(address)
    const exit = { address, code, error, wasAsked: this.#asked.delete(address) }
    this.#exits.get(address)?.resolve(exit)
    this.#exits.delete(address)
    if (!exit.wasAsked && !this.#isClosed) this.#onUnexpectedExit(exit)
  }

  #launcherEnded(error: string | null): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const lost = [...this.#exits]
    this.#exits.clear()
    for (const [address, { resolve }] of lost) {
      const exit = { address, code: 1, error, wasAsked: false }
      resolve(exit)
      this.#onUnexpectedExit(exit)
    }
  }
}
