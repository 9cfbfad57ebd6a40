import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Address } from '../actor/address.js'
import { ControlBlock } from '../actor/control-block.js'
import { type Birth, Incarnations, type Life } from './incarnations.js'
import type { KeptBytes } from './kept-memory.js'
import type {
  LauncherReport,
  LauncherRequest,
  LauncherStart,
  SpawnRequest,
  WorkerRequest,
  WorkerStart,
} from './launcher-messages.js'
import { StartedThread } from './started-thread.js'
import { type Mail, Switchboard } from './switchboard.js'
import { systemClock } from './system-clock.js'
import { workerFile } from './worker-files.js'

/**
 * Process 1 of a cluster: creates threads, ends them, reports their exit, and holds what outlives them. It decides
 * nothing but that a supervisor which has crashed is started again (see `Incarnations`), because nobody else is left to
 * decide it. Every other thread is its child, because a worker takes its own workers with it when it dies, and the
 * application may be busy for seconds.
 */
export class Launcher {
  readonly #application: MessagePort
  readonly #start: LauncherStart
  readonly #switchboard = new Switchboard<MessagePort>(() => {
    const { port1, port2 } = new MessageChannel()
    return [port1, port2]
  })
  readonly #incarnations: Incarnations<MessagePort>

  constructor(start: LauncherStart) {
    this.#application = start.line
    this.#start = start
    this.#incarnations = new Incarnations({
      clock: systemClock(start.clockOriginMs),
      switchboard: this.#switchboard,
      restartLimits: start.restartLimits,
      tell: (report) => this.#report(report),
    })
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
        return this.#incarnations.terminate(request.address, request)
      case 'respawn':
      case 'restart':
        return this.#incarnations[request.type](request.address)
      case 'cut':
      case 'heal':
        this.#switchboard[request.type](request.from, request.to)
        return this.#report({ type: 'done', call: request.call })
      case 'whenLetGo':
        return this.#switchboard.whenLetGo(request.address, () => this.#report({ type: 'done', call: request.call }))
      case 'count':
        return this.#report({ type: 'counted', call: request.call, bytes: this.#keptBytes() })
      case 'order':
        return this.#incarnations.order(request.to, request.order)
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
    const run = (birth: Birth): Life<MessagePort> => this.#run(spawned, control, birth)
    this.#incarnations.spawn({ address: spawned.address, control, run })
  }

  #run({ kind, address, control, data, tape }: SpawnRequest, bell: ControlBlock, birth: Birth): Life<MessagePort> {
    const { clockOriginMs, execArgv, files } = this.#start
    const { memory, exited } = birth
    const surface = kind === 'supervisor' ? new MessageChannel() : null
    const { inheritance } = memory
    const own = { surface: surface?.port2 ?? null, tape }
    const start: Omit<WorkerStart, 'line'> = { address, control, clockOriginMs, data, inheritance, ...own }
    const ports = Object.values(own).filter((port) => port !== null)
    const file = workerFile(kind, files)
    const running = new StartedThread<Mail<MessagePort>, WorkerRequest>(
      { file, name: address, execArgv, start, ports },
      {
        told: (asked) => {
          if (asked.type === 'keep') memory.keep(asked.id, asked.memory)
          else if (asked.type === 'forget') memory.forget(asked.id)
          else this.#serve(asked)
        },
        exited,
      },
    )
    if (surface !== null) this.#report({ type: 'surface', port: surface.port1 }, [surface.port1])
    const post = (mail: Mail<MessagePort>): void => {
      running.post(mail, portsOf(mail))
      bell.announceMail()
    }
    return { seat: { address, control, bell, post }, terminate: () => void running.terminate() }
  }

  #keptBytes(): KeptBytes {
    return { ...this.#switchboard.memoryBytes, segments: this.#incarnations.segmentBytes }
  }

  #report(report: LauncherReport, ports: readonly MessagePort[] = []): void {
    this.#application.postMessage(report, ports)
  }
}

const portsOf = (mail: Mail<MessagePort>): MessagePort[] => (mail.type === 'connection' ? [mail.line] : [])
