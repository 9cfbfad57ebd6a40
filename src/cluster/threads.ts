import type { MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import { EventLoopHost } from '../actor/event-loop.js'
import { type FaultNews, type FaultOrder, Runner } from '../actor/runner.js'
import type { Actor } from '../actor/types.js'
import type { Clock } from '../base/clock.js'
import { THREAD_END_MS_MAX } from '../base/config/internal-limits.js'
import { type Deferred, deferred } from '../base/deferred.js'
import { WorkerDiedError } from '../base/errors.js'
import { seededRandom } from '../base/random.js'
import type { ClientEnd } from '../client/lifetime.js'
import type { SenderData } from '../client/sender/open-sender.js'
import type { RestartLimits } from '../controller/restart-policy.js'
import { closedCluster, type ThreadExit } from './doors.js'
import { canRunAgain, type Ending, FOR_GOOD } from './incarnations.js'
import type { KeptBytes } from './kept-memory.js'
import type { LauncherReport, LauncherRequest, LauncherStart, WorkerKind } from './launcher-messages.js'
import { StartedThread } from './started-thread.js'
import type { Mail } from './switchboard.js'
import { systemClock } from './system-clock.js'
import { HeldTimers, inTime } from './system-timers.js'
import { threadWire } from './thread-wire.js'
import { workerExecArgv, workerFile, workerFiles } from './worker-files.js'

/** What the owner of the threads hears. */
export interface ThreadsListener {
  exited(exit: ThreadExit): void
  gaveUp(address: Address, says: string): void
  /** All threads have ended because the one that starts them has. */
  lost(error: WorkerDiedError): void
  /** A supervisor was started, and serves at the other end of this port. */
  surface(port: MessagePort): void
  news(from: Address, news: FaultNews): void
  /** The launcher was asked for something. */
  asked(): void
}

export interface ThreadsParts {
  readonly seed: string
  /** See `monotonicOrigin`. */
  readonly clockOriginMs: number
  readonly restartLimits: RestartLimits
  readonly listener: ThreadsListener
}

type CallReply = Extract<LauncherReport, { readonly call: number }>

/** The application's side of the launcher: starts and ends threads, and seats actors on this thread. */
export class Threads {
  readonly clock: Clock
  readonly #launcher: StartedThread<LauncherRequest, LauncherReport>
  readonly #seats = new Map<Address, { readonly mail: Mail<MessagePort>[]; readonly control: ControlBlock }>()
  readonly #controls = new Map<Address, ControlBlock>()
  /** Exits of the actors whose end somebody waits for. */
  readonly #exits = new Map<Address, Deferred<ThreadExit>>()
  readonly #asked = new Set<Address>()
  readonly #calls = new Map<number, Deferred<CallReply>>()
  #lastCall = 0
  /** Calls whose end nobody but us waits for, and which may take as long as somebody reads. */
  #lettingGo = 0
  /** Resolved when no thread of the cluster is left. */
  readonly #allEnded = deferred<void>()
  readonly #timers = new HeldTimers()
  readonly #listener: ThreadsListener
  readonly #seed: string
  /** Why there are no threads any more. */
  #over: ClientEnd | null = null

  constructor({ seed, clockOriginMs, restartLimits, listener }: ThreadsParts) {
    this.clock = systemClock(clockOriginMs)
    this.#listener = listener
    this.#seed = seed
    const files = workerFiles()
    const execArgv = workerExecArgv()
    const start: Omit<LauncherStart, 'line'> = { clockOriginMs, files, execArgv, restartLimits }
    this.#launcher = new StartedThread(
      { file: workerFile('launcher', files), name: 'launcher', execArgv, start },
      {
        told: (report) => this.#take(report),
        exited: (_code, error) => this.#launcherEnded(error),
      },
    )
  }

  /** Whether the threads and what waits for them in this one keep the process alive, as they do at first. */
  reference(isReferenced: boolean): void {
    this.#launcher.reference(isReferenced)
    this.#timers.reference(isReferenced)
  }

  /** Whether somebody waits for a thread's end, or for the launcher. */
  get hasPending(): boolean {
    return this.#exits.size > 0 || this.#calls.size > this.#lettingGo
  }

  /** How many timers of seats there are. */
  get timers(): number {
    return this.#timers.count
  }

  /** Milliseconds for which the actors that are seated in this thread have worked. */
  get seatsBusyMs(): number {
    return [...this.#seats.values()].reduce((sum, { control }) => sum + control.busyMs, 0)
  }

  /** The control blocks of all threads that run, and of those that can be started again. */
  get controls(): ReadonlyMap<Address, ControlBlock> {
    return this.#controls
  }

  /** Starts a worker thread. Its first connection may be asked for at once. */
  spawn(kind: WorkerKind, address: Address, data: unknown, control = new ControlBlock()): ControlBlock {
    this.#controls.set(address, control)
    this.#ask({ type: 'spawn', kind, address, control: control.memory.shared, data, tape: null })
    return control
  }

  /** Starts the thread of a sender; `tape`: see `tapingObserver`. */
  spawnSender(address: Address, data: SenderData, tape: MessagePort | null): ControlBlock {
    const control = new ControlBlock()
    this.#controls.set(address, control)
    const ports = tape === null ? [] : [tape]
    this.#ask({ type: 'spawn', kind: 'sender', address, control: control.memory.shared, data, tape }, ports)
    return control
  }

  /** Ends a thread wherever it is, for good, and resolves when it has ended. */
  terminate(address: Address, ending: Ending = FOR_GOOD): Promise<void> {
    if (this.#controls.get(address)?.hasEnded === false) this.#asked.add(address)
    return this.kill(address, ending)
  }

  /** Like `terminate`, but counts as an end that nobody asked for. */
  async kill(address: Address, ending: Ending): Promise<void> {
    const control = this.#controls.get(address)
    if (control === undefined) return
    const { hasEnded } = control
    // Asked of a thread that has ended as well, if it is to stay down: the supervisor may be about to start it again.
    if (hasEnded && !ending.staysDown) return
    this.#ask({ type: 'terminate', address, ...ending })
    if (hasEnded) return
    const exit = this.#exits.get(address) ?? deferred()
    this.#exits.set(address, exit)
    await exit.promise
  }

  /** Starts a thread that has ended again, with what it has left. */
  respawn(address: Address): void {
    this.#ask({ type: 'respawn', address })
  }

  async cut(from: Address, to: Address): Promise<void> {
    await this.#call((call) => ({ type: 'cut', from, to, call }))
  }

  async heal(from: Address, to: Address): Promise<void> {
    await this.#call((call) => ({ type: 'heal', from, to, call }))
  }

  /** Shared memory that the launcher holds, or has made. */
  async count(): Promise<KeptBytes> {
    const { bytes } = await this.#call<Extract<LauncherReport, { type: 'counted' }>>((call) => ({
      type: 'count',
      call,
    }))
    return bytes
  }

  /**
   * Resolves when a thread that is not started again has ended, and nobody reads any more what it was given, or has
   * lent.
   */
  async letGo(address: Address): Promise<void> {
    this.#lettingGo += 1
    try {
      await this.#call((call) => ({ type: 'whenLetGo', address, call }))
    } catch {
      await this.#allEnded.promise
    } finally {
      this.#lettingGo -= 1
    }
  }

  /** The thread says `faultsTaken` when it obeys; so does the launcher for one that has ended. */
  order(to: Address, order: FaultOrder): void {
    this.#ask({ type: 'order', to, order })
  }

  /** Runs an actor on this thread's event loop. Returns what takes it off again. */
  seat(address: Address, actor: Actor, control: ControlBlock): () => void {
    const mail: Mail<MessagePort>[] = []
    this.#seats.set(address, { mail, control })
    this.#ask({ type: 'seat', address, control: control.memory.shared })
    const wire = threadWire(
      address,
      () => mail.shift(),
      (request) => this.#ask(request),
    )
    const random = seededRandom(this.#seed).fork(address)
    const host = new EventLoopHost(
      new Runner({ self: address, actor, control, wire, random }),
      this.clock,
      this.#timers,
    )
    host.start()
    return () => {
      host.stop()
      this.#seats.delete(address)
      this.#ask({ type: 'unseat', address })
    }
  }

  /** Ends every thread. Afterwards nothing of the cluster is left in this process, except in native code. */
  async close(): Promise<void> {
    this.#end(closedCluster())
    const ended = this.#launcher.terminate().then(this.#allEnded.resolve)
    await inTime(ended, THREAD_END_MS_MAX)
    // Somebody may wait for one of them to stand still.
    for (const control of this.#controls.values()) control.end()
    for (const [address, { resolve }] of this.#exits) resolve({ address, code: 1, error: null, wasAsked: true })
  }

  #end(error: ClientEnd): void {
    this.#over ??= error
    for (const { reject } of this.#calls.values()) reject(error)
    this.#calls.clear()
  }

  /** Resolves when the launcher has done it, with what it says. */
  #call<Reply extends CallReply>(request: (call: number) => LauncherRequest): Promise<Reply> {
    if (this.#over !== null) return Promise.reject(this.#over)
    const call = ++this.#lastCall
    const done = deferred<Reply>()
    this.#calls.set(call, done as Deferred<CallReply>)
    this.#ask(request(call))
    return done.promise
  }

  #ask(request: LauncherRequest, ports: readonly MessagePort[] = []): void {
    if (this.#over !== null) return
    this.#launcher.post(request, ports)
    this.#listener.asked()
  }

  #take(report: LauncherReport): void {
    switch (report.type) {
      case 'mail': {
        const seat = this.#seats.get(report.to)
        seat?.mail.push(report.mail)
        seat?.control.announceMail()
        return
      }
      case 'exited':
        return this.#exited(report.address, report.code, report.error)
      case 'gaveUp':
        return this.#listener.gaveUp(report.address, report.says)
      case 'done':
      case 'counted':
        this.#calls.get(report.call)?.resolve(report)
        this.#calls.delete(report.call)
        return
      case 'surface':
        return this.#listener.surface(report.port)
      case 'news':
        return this.#listener.news(report.from, report.news)
    }
  }

  #exited(address: Address, code: number, error: string | null): void {
    if (!canRunAgain(address)) this.#controls.delete(address)
    const exit = { address, code, error, wasAsked: this.#asked.delete(address) }
    this.#exits.get(address)?.resolve(exit)
    this.#exits.delete(address)
    if (this.#over === null) this.#listener.exited(exit)
  }

  #launcherEnded(error: string | null): void {
    if (this.#over !== null) return
    const says = `The thread that starts all others has ended: ${error ?? 'nobody knows why'}`
    const died = new WorkerDiedError(says)
    // Before the exits: what waits for one thread is not to take its end for an answer.
    this.#listener.lost(died)
    for (const [address, control] of [...this.#controls]) {
      control.end()
      this.#exited(address, 1, error)
    }
    this.#end(died)
    this.#allEnded.resolve()
  }
}
