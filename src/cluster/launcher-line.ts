import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import { EventLoopHost } from '../actor/event-loop.js'
import { Runner } from '../actor/runner.js'
import type { Actor } from '../actor/types.js'
import type { Clock } from '../base/clock.js'
import { type Deferred, deferred } from '../base/deferred.js'
import { seededRandom } from '../base/random.js'
import type { ClientEnd } from '../client/lifetime.js'
import type { SenderData } from '../client/sender/open-sender.js'
import type { ThreadExit } from './client-doors.js'
import type { ClusterBoard } from './cluster-board.js'
import { canRunAgain, type Ending, FOR_GOOD } from './incarnations.js'
import type { LauncherReport, LauncherRequest, WorkerKind } from './launcher-messages.js'
import type { Mail } from './switchboard.js'
import { systemClock } from './system-clock.js'
import { HeldTimers } from './system-timers.js'
import { threadWire } from './thread-wire.js'

/** What a thread with clients hears of the launcher. */
export interface LineListener {
  exited(exit: ThreadExit): void
  /** All threads have ended, and with them the cluster. */
  lost(error: ClientEnd): void
  /** The launcher was asked for something. */
  asked(): void
}

export interface LauncherLineParts<Listener extends LineListener = LineListener> {
  readonly seed: string
  /** See `monotonicOrigin`. */
  readonly clockOriginMs: number
  readonly board: ClusterBoard
  readonly listener: Listener
}

/** An actor on the thread's event loop. */
export interface SeatedActor {
  /** Brings it its turn: the thread itself has something for it. */
  wake(): void
  /** Takes it off again. */
  leave(): void
}

type CallReply = Extract<LauncherReport, { readonly call: number }>

/**
 * A thread with clients, and its line to the launcher: starts and ends the threads of its clients, and seats actors on
 * this thread. The owner of the cluster has one that is more (`Threads`), and so has whoever has attached
 * (`GuestLine`).
 */
export abstract class LauncherLine {
  readonly clock: Clock
  readonly seed: string
  readonly clockOriginMs: number
  readonly board: ClusterBoard
  /** Resolved when no thread of the cluster is left. */
  protected readonly allEnded = deferred<void>()
  protected readonly timers = new HeldTimers()
  readonly #listener: LineListener
  readonly #seats = new Map<Address, { readonly mail: Mail<MessagePort>[]; readonly control: ControlBlock }>()
  readonly #controls = new Map<Address, ControlBlock>()
  /** Threads that others have started, and tell of. */
  readonly #foreign = new Set<Address>()
  /** Exits of the actors whose end somebody waits for. */
  readonly #exits = new Map<Address, Deferred<ThreadExit>>()
  readonly #asked = new Set<Address>()
  readonly #calls = new Map<number, Deferred<CallReply>>()
  #lastCall = 0
  /** Calls whose end nobody but us waits for, and which may take as long as somebody reads. */
  #lettingGo = 0
  /** Why there are no threads any more. */
  #over: ClientEnd | null = null

  constructor({ seed, clockOriginMs, board, listener }: LauncherLineParts) {
    this.clock = systemClock(clockOriginMs)
    this.seed = seed
    this.clockOriginMs = clockOriginMs
    this.board = board
    this.#listener = listener
  }

  protected abstract post(request: LauncherRequest, ports: readonly MessagePort[]): void

  /** Whether somebody waits for a thread's end, or for the launcher. */
  get hasPending(): boolean {
    return this.#exits.size > 0 || this.#calls.size > this.#lettingGo
  }

  /** How many timers of seats there are. */
  get timerCount(): number {
    return this.timers.count
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
    this.ask({ type: 'spawn', kind, address, control: control.memory.shared, data, tape: null })
    return control
  }

  /** Starts the thread of a sender; `tape`: see `tapingObserver`. */
  spawnSender(address: Address, data: SenderData, tape: MessagePort | null): ControlBlock {
    const control = new ControlBlock()
    this.#controls.set(address, control)
    const ports = tape === null ? [] : [tape]
    this.ask({ type: 'spawn', kind: 'sender', address, control: control.memory.shared, data, tape }, ports)
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
    this.ask({ type: 'terminate', address, ...ending })
    if (hasEnded) return
    const exit = this.#exits.get(address) ?? deferred()
    this.#exits.set(address, exit)
    await exit.promise
  }

  /**
   * Resolves when a thread that is not started again has ended, and nobody reads any more what it was given, or has
   * lent.
   */
  async letGo(address: Address): Promise<void> {
    this.#lettingGo += 1
    try {
      await this.call((call) => ({ type: 'whenLetGo', address, call }))
    } catch {
      await this.allEnded.promise
    } finally {
      this.#lettingGo -= 1
    }
  }

  /** A line of its own for a thread that is to attach, whose other end this is. */
  invite(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    this.ask({ type: 'invite', line: port1 }, [port1])
    return port2
  }

  /** Runs an actor on this thread's event loop. */
  seat(address: Address, actor: Actor, control: ControlBlock): SeatedActor {
    const mail: Mail<MessagePort>[] = []
    this.#seats.set(address, { mail, control })
    this.ask({ type: 'seat', address, control: control.memory.shared })
    const wire = threadWire(
      address,
      () => mail.shift(),
      (request) => this.ask(request),
    )
    const random = seededRandom(this.seed).fork(address)
    const host = new EventLoopHost(new Runner({ self: address, actor, control, wire, random }), this.clock, this.timers)
    host.start()
    const leave = (): void => {
      host.stop()
      this.#seats.delete(address)
      this.ask({ type: 'unseat', address })
    }
    return { wake: () => host.wake(), leave }
  }

  protected get isOver(): boolean {
    return this.#over !== null
  }

  /** Whether an answer of the launcher is waited for. */
  protected get hasCalls(): boolean {
    return this.#calls.size > 0
  }

  /** Only the first reason counts. */
  protected over(error: ClientEnd): void {
    this.#over ??= error
    for (const { reject } of this.#calls.values()) reject(error)
    this.#calls.clear()
  }

  /** Resolves when the launcher has done it, with what it says. */
  protected call<Reply extends CallReply>(request: (call: number) => LauncherRequest): Promise<Reply> {
    if (this.#over !== null) return Promise.reject(this.#over)
    const call = ++this.#lastCall
    const done = deferred<Reply>()
    this.#calls.set(call, done as Deferred<CallReply>)
    this.ask(request(call))
    return done.promise
  }

  protected ask(request: LauncherRequest, ports: readonly MessagePort[] = []): void {
    if (this.#over !== null) return
    this.post(request, ports)
    this.#listener.asked()
  }

  protected take(report: LauncherReport): void {
    switch (report.type) {
      case 'mail': {
        const seat = this.#seats.get(report.to)
        seat?.mail.push(report.mail)
        seat?.control.announceMail()
        return
      }
      case 'spawned':
        this.#foreign.add(report.address)
        this.#controls.set(report.address, new ControlBlock(report.control))
        return
      case 'exited':
        return this.#exited(report.address, report.code, report.error)
      case 'done':
      case 'counted':
        this.#calls.get(report.call)?.resolve(report)
        this.#calls.delete(report.call)
    }
  }

  /** The launcher has ended, and every thread with it. */
  protected lost(error: ClientEnd, says: string | null = null): void {
    // Before the exits: what waits for one thread is not to take its end for an answer.
    this.#listener.lost(error)
    for (const [address, control] of [...this.#controls]) {
      control.end()
      this.#exited(address, 1, says)
    }
    this.over(error)
    this.allEnded.resolve()
  }

  /** Nobody hears of exits any more: whoever waits for one waits no longer. */
  protected forgetThreads(): void {
    // Somebody may wait for one of them to stand still.
    for (const control of this.#controls.values()) control.end()
    for (const [address, { resolve }] of this.#exits) resolve({ address, code: 1, error: null, wasAsked: true })
  }

  #exited(address: Address, code: number, error: string | null): void {
    if (!canRunAgain(address)) this.#controls.delete(address)
    const exit = { address, code, error, wasAsked: this.#asked.delete(address) }
    this.#exits.get(address)?.resolve(exit)
    this.#exits.delete(address)
    const isOurs = !this.#foreign.delete(address)
    if (this.#over === null && isOurs) this.#listener.exited(exit)
  }
}
