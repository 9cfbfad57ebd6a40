import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { CONTROLLER } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import type { FaultOrder } from '../actor/runner.js'
import type { Clock } from '../base/clock.js'
import { type KeptBytes, KeptMemory } from './kept-memory.js'
import type {
  Ending,
  LauncherReport,
  LauncherRequest,
  LauncherStart,
  SpawnRequest,
  WorkerRequest,
  WorkerStart,
} from './launcher-messages.js'
import { StartedThread } from './started-thread.js'
import { SupervisorRestarts } from './supervisor-restarts.js'
import { type Mail, type Seat, Switchboard } from './switchboard.js'
import { systemClock } from './system-clock.js'

/**
 * Process 1 of a cluster: creates threads, ends them, reports their exit, and holds what outlives them. It decides nothing but
 * that a supervisor which has crashed is started again, because nobody else is left to decide it. Every other thread is its
 * child, because a worker takes its own workers with it when it dies, and the application may be busy for seconds.
 */

/** A thread, over all its incarnations. */
interface Thread {
  readonly spawned: SpawnRequest
  readonly control: ControlBlock
  readonly memory: KeptMemory
  /** Null: the thread has ended. */
  running: StartedThread<Mail<MessagePort>, WorkerRequest> | null
  /** How the application has asked it to end. */
  ending: Ending | null
  faults: FaultOrder | null
}

export class Launcher {
  readonly #application: MessagePort
  readonly #start: LauncherStart
  readonly #clock: Clock
  readonly #supervisorRestarts: SupervisorRestarts
  readonly #switchboard = new Switchboard<MessagePort>(() => {
    const { port1, port2 } = new MessageChannel()
    return [port1, port2]
  })
  readonly #threads = new Map<Address, Thread>()

  constructor(start: LauncherStart) {
    this.#application = start.line
    this.#start = start
    this.#clock = systemClock(start.clockOriginMs)
    this.#supervisorRestarts = new SupervisorRestarts(start.restartLimits)
    start.line.on('message', (request: LauncherRequest) => this.#serve(request))
  }

  #serve(request: LauncherRequest | WorkerRequest): void {
    switch (request.type) {
      case 'connect':
        return this.#switchboard.connect(request.from, request.to)
      case 'disconnect':
        return this.#switchboard.disconnect(request.connection)
      case 'letGo':
        return this.#switchboard.letGo(request.from, request.connection)
      case 'release':
        return this.#switchboard.release(request.ended)
      case 'seat':
        return this.#seat(request.address, request.control)
      case 'unseat':
        return this.#switchboard.leave(request.address)
      case 'spawn':
        return this.#spawn(request)
      case 'terminate':
        return this.#terminate(request.address, request)
      case 'respawn':
        return this.#respawn(request.address)
      case 'restart':
        if (this.#threads.get(request.address)?.ending?.staysDown !== true) this.#respawn(request.address)
        return
      case 'cut':
      case 'heal':
        this.#switchboard[request.type](request.from, request.to)
        return this.#report({ type: 'done', call: request.call })
      case 'whenLetGo':
        return this.#switchboard.whenLetGo(request.address, () => this.#report({ type: 'done', call: request.call }))
      case 'count':
        return this.#report({ type: 'counted', call: request.call, bytes: this.#keptBytes() })
      case 'order':
        return this.#order(request.to, request.order)
      case 'gaveUp':
      case 'news':
        return this.#report(request)
    }
  }

  #seat(address: Address, control: SharedArrayBuffer): void {
    const post = (mail: Mail<MessagePort>): void => this.#report({ type: 'mail', to: address, mail }, portsOf(mail))
    this.#switchboard.join({ address, control, bell: new ControlBlock(control), post })
  }

  #spawn(spawned: SpawnRequest): void {
    const control = new ControlBlock(spawned.control)
    const thread = { spawned, control, memory: new KeptMemory(), running: null, ending: null, faults: null }
    this.#threads.set(spawned.address, thread)
    this.#run(thread)
  }

  #terminate(address: Address, ending: Ending): void {
    const thread = this.#threads.get(address)
    if (thread === undefined || thread.running === null) return
    thread.ending = ending
    thread.running.terminate()
  }

  #respawn(address: Address): void {
    const thread = this.#threads.get(address)
    if (thread === undefined || thread.running !== null) return
    thread.ending = null
    thread.control.renew()
    this.#run(thread)
  }

  #run(thread: Thread): void {
    const { kind, address, control, data, tape } = thread.spawned
    const { clockOriginMs, execArgv, folder } = this.#start
    const surface = kind === 'supervisor' ? new MessageChannel() : null
    const { inheritance } = thread.memory
    const own = { surface: surface?.port2 ?? null, tape }
    const start: Omit<WorkerStart, 'line'> = { address, control, clockOriginMs, data, inheritance, ...own }
    const ports = Object.values(own).filter((port) => port !== null)
    const file = new URL(`${kind}.js`, folder)
    const running = new StartedThread<Mail<MessagePort>, WorkerRequest>(
      { file, name: address, execArgv, start, ports },
      {
        told: (asked) => {
          if (asked.type === 'keep') thread.memory.keep(asked.id, asked.memory)
          else if (asked.type === 'forget') thread.memory.forget(asked.id)
          else this.#serve(asked)
        },
        exited: (code, error) => this.#exited(thread, code, error),
      },
    )
    thread.running = running
    const seat = seatOf(thread, running)
    this.#switchboard.join(seat)
    if (thread.faults !== null) seat.post(thread.faults)
    if (surface !== null) this.#report({ type: 'surface', port: surface.port1 }, [surface.port1])
  }

  #exited(thread: Thread, code: number, error: string | null): void {
    const { kind, address } = thread.spawned
    thread.running = null
    thread.control.end()
    if (thread.ending?.losesMemory === true) thread.memory.lose()
    this.#report({ type: 'exited', address, code, error })
    this.#switchboard.leave(address)
    if (kind === 'supervisor') this.#restartSupervisor(thread)
    else if (kind !== 'broker') this.#threads.delete(address)
  }

  #restartSupervisor({ ending }: Thread): void {
    if (ending?.staysDown === true) return
    const says = this.#supervisorRestarts.crashed(this.#clock.now())
    if (says === null) this.#respawn(CONTROLLER)
    else this.#report({ type: 'gaveUp', address: CONTROLLER, says })
  }

  #keptBytes(): KeptBytes {
    const segments = [...this.#threads.values()].reduce((sum, { memory }) => sum + memory.bytes, 0)
    return { ...this.#switchboard.memoryBytes, segments }
  }

  #order(to: Address, order: FaultOrder): void {
    const thread = this.#threads.get(to)
    if (thread === undefined) return
    thread.faults = order
    if (thread.running !== null) seatOf(thread, thread.running).post(order)
    else this.#report({ type: 'news', from: to, news: { type: 'faultsTaken', version: order.version } })
  }

  #report(report: LauncherReport, ports: readonly MessagePort[] = []): void {
    this.#application.postMessage(report, ports)
  }
}

function seatOf({ spawned: { address }, control }: Thread, running: NonNullable<Thread['running']>): Seat<MessagePort> {
  const post = (mail: Mail<MessagePort>): void => {
    running.post(mail, portsOf(mail))
    control.announceMail()
  }
  return { address, control: control.memory.shared, bell: control, post }
}

const portsOf = (mail: Mail<MessagePort>): MessagePort[] => (mail.type === 'connection' ? [mail.line] : [])
