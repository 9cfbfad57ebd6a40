import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import { type ClientThread, ClientThreads } from './client-threads.js'
import { AS_A_CRASH, type Birth, Incarnations, type Life } from './incarnations.js'
import type { KeptBytes, KeptMemory } from './kept-memory.js'
import type {
  Invitation,
  LauncherRequest,
  LauncherStart,
  SpawnRequest,
  WorkerRequest,
  WorkerStart,
} from './launcher-messages.js'
import { StartedThread } from './started-thread.js'
import { type Mail, Switchboard } from './switchboard.js'
import { systemClock } from './system-clock.js'
import type { WireRequest } from './thread-wire.js'
import { workerFile } from './worker-files.js'

/**
 * Process 1 of a cluster: creates threads, ends them, reports their exit, and holds what outlives them. It decides
 * nothing but that a supervisor which has crashed is started again (see `Incarnations`), because nobody else is left to
 * decide it. Every other thread is its child, because a worker takes its own workers with it when it dies, and the
 * application may be busy for seconds.
 */
export class Launcher {
  readonly #start: LauncherStart
  readonly #switchboard = new Switchboard<MessagePort>(() => {
    const { port1, port2 } = new MessageChannel()
    return [port1, port2]
  })
  readonly #incarnations: Incarnations<MessagePort>
  readonly #clients: ClientThreads

  constructor(start: LauncherStart) {
    this.#start = start
    this.#clients = new ClientThreads(start.line, (guest) => this.#endGuest(guest))
    this.#incarnations = new Incarnations({
      clock: systemClock(start.clockOriginMs),
      switchboard: this.#switchboard,
      restartLimits: start.restartLimits,
      tell: (report) => this.#clients.tell(report),
    })
    start.line.on('message', (request: LauncherRequest) => this.#serve(request, this.#clients.owner))
  }

  #serve(request: LauncherRequest, asking: ClientThread): void {
    switch (request.type) {
      case 'greet':
        return asking.report({ type: 'done', call: request.call })
      case 'seat':
        return this.#seat(request.address, request.control, asking)
      case 'unseat':
        asking.seats.delete(request.address)
        return this.#switchboard.leave(request.address)
      case 'spawn':
        this.#clients.spawned(asking, request)
        return this.#spawn(request)
      case 'terminate':
        return this.#incarnations.terminate(request.address, request)
      case 'respawn':
        return this.#incarnations.respawn(request.address)
      case 'cut':
      case 'heal':
        this.#switchboard[request.type](request.from, request.to)
        return asking.report({ type: 'done', call: request.call })
      case 'whenLetGo':
        return this.#switchboard.whenLetGo(request.address, () => asking.report({ type: 'done', call: request.call }))
      case 'count':
        return asking.report({ type: 'counted', call: request.call, bytes: this.#keptBytes() })
      case 'order':
        return this.#incarnations.order(request.to, request.order)
      case 'renew':
        this.#switchboard.healAll()
        this.#incarnations.forgetCrashes()
        return asking.report({ type: 'done', call: request.call })
      default:
        return this.#serveAny(request)
    }
  }

  /** Serves what any thread may ask. */
  #serveAny(request: WireRequest | Invitation): void {
    switch (request.type) {
      case 'connect':
        return this.#switchboard.connect(request.from, request.to)
      case 'disconnect':
        return this.#switchboard.disconnect(request.connection)
      case 'letGo':
        return this.#switchboard.letGo(request.from, request.connection)
      case 'release':
        return this.#switchboard.release(request.ended)
      case 'news':
        return this.#clients.owner.report(request)
      case 'invite':
        return this.#clients.invite<LauncherRequest>(request.line, (asked, guest) => this.#serve(asked, guest))
    }
  }

  #serveThread(request: WorkerRequest, memory: KeptMemory): void {
    switch (request.type) {
      case 'keep':
        return memory.keep(request.id, request.memory)
      case 'forget':
        return memory.forget(request.id)
      case 'restart':
        return this.#incarnations.restart(request.address)
      case 'gaveUp':
      case 'doorsOpened':
      case 'warning':
        return this.#clients.owner.report(request)
      default:
        return this.#serveAny(request)
    }
  }

  #seat(address: Address, control: SharedArrayBuffer, asking: ClientThread): void {
    asking.seats.add(address)
    const post = (mail: Mail<MessagePort>): void => asking.report({ type: 'mail', to: address, mail }, portsOf(mail))
    this.#switchboard.join({ address, control, bell: new ControlBlock(control), post })
  }

  /** Nothing of its thread runs any more, so nobody touches what its actors had. */
  #endGuest({ threads, seats }: ClientThread): void {
    for (const address of threads) this.#incarnations.terminate(address, AS_A_CRASH)
    for (const address of seats) this.#switchboard.leave(address)
  }

  #spawn(spawned: SpawnRequest): void {
    const control = new ControlBlock(spawned.control)
    const run = (birth: Birth): Life<MessagePort> => this.#run(spawned, control, birth)
    this.#incarnations.spawn({ address: spawned.address, control, run })
  }

  #run({ kind, address, control, data, tape }: SpawnRequest, bell: ControlBlock, birth: Birth): Life<MessagePort> {
    const { clockOriginMs, execArgv, files, board } = this.#start
    const { memory, exited } = birth
    const surface = kind === 'supervisor' ? new MessageChannel() : null
    const { inheritance } = memory
    const own = { surface: surface?.port2 ?? null, tape }
    const start: Omit<WorkerStart, 'line'> = { address, control, clockOriginMs, board, data, inheritance, ...own }
    const ports = Object.values(own).filter((port) => port !== null)
    const file = workerFile(kind, files)
    const running = new StartedThread<Mail<MessagePort>, WorkerRequest>(
      { file, name: address, execArgv, start, ports },
      { told: (asked) => this.#serveThread(asked, memory), exited },
    )
    if (surface !== null) this.#clients.owner.report({ type: 'surface', port: surface.port1 }, [surface.port1])
    const post = (mail: Mail<MessagePort>): void => {
      running.post(mail, portsOf(mail))
      bell.announceMail()
    }
    return { seat: { address, control, bell, post }, terminate: () => void running.terminate() }
  }

  #keptBytes(): KeptBytes {
    return { ...this.#switchboard.memoryBytes, segments: this.#incarnations.segmentBytes }
  }
}

const portsOf = (mail: Mail<MessagePort>): MessagePort[] => (mail.type === 'connection' ? [mail.line] : [])
