import { type Address, CONTROLLER } from '../actor/address.js'
import type { ControlBlock } from '../actor/control-block.js'
import type { FaultNews, FaultOrder } from '../actor/runner.js'
import { assert } from '../base/assert.js'
import type { Clock } from '../base/clock.js'
import { isOn } from '../base/guards.js'
import type { RestartLimits } from '../controller/restart-policy.js'
import { KeptMemory, type Loss, worseOf } from './kept-memory.js'
import { SupervisorRestarts } from './supervisor-restarts.js'
import type { Seat, Switchboard } from './switchboard.js'

/**
 * What becomes of threads when they end, told once: the launcher calls it for worker threads, the simulation for its
 * seats. So what a campaign of seeds has tried is what the launcher does.
 *
 *                     ends by itself                       was ended, to stay down
 *     broker          waits for the supervisor's word      waits for the application's word
 *     supervisor      is started again, unless too often   waits for the application's word
 *     any other       is gone                              is gone
 *
 * An end takes these steps, in this order:
 * 1. The control block says so. Whoever waits for the thread to stand still waits no longer.
 * 2. The memory is lost that the thread was to lose; the next incarnation inherits the rest.
 * 3. The application is told. It must know why before its own actors hear of connections that are over.
 * 4. The switchboard tells the actor's peers, the controller first. If it was a consumer and nobody has asked for its
 *    end, all brokers are told: the members of groups that it has taken with it are given up then.
 * 5. A supervisor is started again.
 *
 * One thread writes and reads all of this: the launcher's, or the only one of a simulation.
 */

/** How a thread is to end. */
export interface Ending {
  /** What its next incarnation does not inherit. */
  readonly loses: Loss
  /** It is started again when the application asks for it, and not before. */
  readonly staysDown: boolean
}

/** The end that a crash makes: what is restarted is restarted, with its memory. */
export const AS_A_CRASH: Ending = { loses: 'nothing', staysDown: false }

/** The end of a thread that nobody needs any more. */
export const FOR_GOOD: Ending = { loses: 'everything', staysDown: true }

/** One incarnation of a thread, as its host has made it. */
export interface Life<Line> {
  readonly seat: Seat<Line>
  /** Ends the thread wherever it is. Its host tells of that end as of any other. */
  terminate(): void
}

/** What a host is given to start an incarnation with. */
export interface Birth {
  /** What the incarnations before have left; this one adds what it keeps. */
  readonly memory: KeptMemory
  /** The host calls this once, when the thread has ended for whatever reason. */
  exited(code: number, error: string | null): void
}

export interface ThreadToRun<Line> {
  readonly address: Address
  /** The control block of all incarnations. */
  readonly control: ControlBlock
  /** Starts the next incarnation. */
  run(birth: Birth): Life<Line>
}

/** What the application is told of threads. */
export type ThreadReport =
  | { readonly type: 'exited'; readonly address: Address; readonly code: number; readonly error: string | null }
  /** A thread has crashed too often and stays down. */
  | { readonly type: 'gaveUp'; readonly address: Address; readonly says: string }
  | { readonly type: 'news'; readonly from: Address; readonly news: FaultNews }

export interface IncarnationsParts<Line> {
  readonly clock: Clock
  readonly switchboard: Pick<Switchboard<Line>, 'join' | 'leave'>
  /** The limits for the supervisor, which restarts the brokers but cannot restart itself. */
  readonly restartLimits: RestartLimits
  tell(report: ThreadReport): void
}

/** A thread, over all its incarnations. */
interface Thread<Line> extends ThreadToRun<Line> {
  readonly memory: KeptMemory
  /** Null: the thread has ended. */
  life: Life<Line> | null
  /** How the application has asked it to end. Null: it has not, since the thread was started last. */
  ending: Ending | null
  /** The last order of faults, which holds for later incarnations as well. */
  faults: FaultOrder | null
}

export class Incarnations<Line> {
  readonly #parts: IncarnationsParts<Line>
  readonly #supervisorRestarts: SupervisorRestarts
  readonly #threads = new Map<Address, Thread<Line>>()

  constructor(parts: IncarnationsParts<Line>) {
    this.#parts = parts
    this.#supervisorRestarts = new SupervisorRestarts(parts.restartLimits)
  }

  /** Starts the first incarnation of a thread. */
  spawn(toRun: ThreadToRun<Line>): void {
    const { address, control } = toRun
    assert(!this.#threads.has(address), 'An address names one thread')
    const run = (birth: Birth): Life<Line> => toRun.run(birth)
    const thread = { address, control, run, memory: new KeptMemory(), life: null, ending: null, faults: null }
    this.#threads.set(address, thread)
    this.#begin(thread)
  }

  /** Ends a thread. For one that has ended meanwhile, what is asked for holds all the same. */
  terminate(address: Address, asked: Ending): void {
    const thread = this.#threads.get(address)
    if (thread === undefined) return
    thread.ending = both(thread.ending, asked)
    if (thread.life === null) loseMemory(thread)
    else thread.life.terminate()
  }

  /** What the application asks for: a thread that has ended is started again, with what it has left. */
  respawn(address: Address): void {
    const thread = this.#threads.get(address)
    if (thread === undefined || thread.life !== null) return
    thread.ending = null
    thread.control.renew()
    this.#begin(thread)
  }

  /** What the supervisor asks for: the same, but a thread that is to stay down does. */
  restart(address: Address): void {
    if (this.#threads.get(address)?.ending?.staysDown !== true) this.respawn(address)
  }

  /** A thread that has ended takes its orders when it is started again: nobody need wait for it. */
  order(to: Address, order: FaultOrder): void {
    const thread = this.#threads.get(to)
    if (thread === undefined) return
    thread.faults = order
    if (thread.life !== null) thread.life.seat.post(order)
    else this.#parts.tell({ type: 'news', from: to, news: { type: 'faultsTaken', version: order.version } })
  }

  /** A supervisor that crashes from now on crashes for the first time. */
  forgetCrashes(): void {
    this.#supervisorRestarts.forget()
  }

  /** The control block of a thread, also of one that has ended and can be started again. */
  controlOf(address: Address): ControlBlock | undefined {
    return this.#threads.get(address)?.control
  }

  /** Bytes of the segments that threads keep, or have left. */
  get segmentBytes(): number {
    return [...this.#threads.values()].reduce((sum, { memory }) => sum + memory.bytes, 0)
  }

  #begin(thread: Thread<Line>): void {
    const exited = (code: number, error: string | null): void => this.#exited(thread, code, error)
    const life = thread.run({ memory: thread.memory, exited })
    thread.life = life
    this.#parts.switchboard.join(life.seat)
    if (thread.faults !== null) life.seat.post(thread.faults)
  }

  #exited(thread: Thread<Line>, code: number, error: string | null): void {
    const { address } = thread
    const { switchboard, tell } = this.#parts
    assert(thread.life !== null, 'An incarnation ends once')
    thread.life = null
    thread.control.end()
    loseMemory(thread)
    tell({ type: 'exited', address, code, error })
    switchboard.leave(address, thread.ending?.staysDown !== true)
    if (!canRunAgain(address)) this.#threads.delete(address)
    else if (address === CONTROLLER && thread.ending?.staysDown !== true && isOn('supervisor-again'))
      this.#restartSupervisor()
  }

  #restartSupervisor(): void {
    const { clock, tell } = this.#parts
    const says = this.#supervisorRestarts.crashed(clock.now())
    if (says === null) this.respawn(CONTROLLER)
    else tell({ type: 'gaveUp', address: CONTROLLER, says })
  }
}

/** Whether there may be a next incarnation. */
export const canRunAgain = (address: Address): boolean => address === CONTROLLER || address.startsWith('broker-')

/** Two who ask for an end both get what they ask for. */
function both(first: Ending | null, second: Ending): Ending {
  if (first === null) return second
  return { loses: worseOf(first.loses, second.loses), staysDown: first.staysDown || second.staysDown }
}

function loseMemory<Line>({ ending, memory }: Thread<Line>): void {
  memory.lose(isOn('memory-outlives-threads') ? (ending?.loses ?? 'nothing') : 'everything')
}
