import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { ControlBlock } from '../actor/control-block.js'
import type { Address } from '../actor/types.js'
import { type Mail, Switchboard } from './switchboard.js'
import type { WireRequest } from './thread-wire.js'

/**
 * Process 1 of a cluster: creates threads, ends them and reports their exit; it decides nothing. Every other thread is its
 * child, because a worker takes its own workers with it when it dies, and the application may be busy for seconds.
 */
export type WorkerKind = 'supervisor' | 'broker' | 'sender' | 'consumer'

/** What the application asks of the launcher. */
export type LauncherRequest =
  | WireRequest
  | { readonly type: 'seat'; readonly address: Address; readonly control: SharedArrayBuffer }
  | { readonly type: 'unseat'; readonly address: Address }
  | {
      readonly type: 'spawn'
      readonly kind: WorkerKind
      readonly address: Address
      readonly control: SharedArrayBuffer
      readonly data: unknown
      readonly ports: readonly MessagePort[]
    }
  | { readonly type: 'terminate'; readonly address: Address }

/** What the launcher tells the application. */
export type LauncherReport =
  | { readonly type: 'mail'; readonly to: Address; readonly mail: Mail<MessagePort> }
  | { readonly type: 'exited'; readonly address: Address; readonly code: number; readonly error: string | null }

/** What the launcher itself is started with. */
export interface LauncherStart {
  readonly clockOriginMs: number
  /** URL of the folder of worker files. */
  readonly folder: string
  readonly execArgv: string[]
}

/** What every worker is started with. */
export interface WorkerStart {
  readonly address: Address
  readonly control: SharedArrayBuffer
  readonly clockOriginMs: number
  readonly data: unknown
}

export class Launcher {
  readonly #application: MessagePort
  readonly #start: LauncherStart
  readonly #switchboard = new Switchboard<MessagePort>(() => {
    const { port1, port2 } = new MessageChannel()
    return [port1, port2]
  })
  readonly #workers = new Map<Address, Worker>()

  constructor(application: MessagePort, start: LauncherStart) {
    this.#application = application
    this.#start = start
    application.on('message', (request: LauncherRequest) => this.#serve(request))
  }

  #serve(request: LauncherRequest): void {
    switch (request.type) {
      case 'connect':
        this.#switchboard.connect(request.from, request.to)
        break
      case 'disconnect':
        this.#switchboard.disconnect(request.connection)
        break
      case 'seat':
        this.#switchboard.join({
          address: request.address,
          control: request.control,
          post: (mail) => this.#report({ type: 'mail', to: request.address, mail }, portsOf(mail)),
        })
        break
      case 'unseat':
        this.#switchboard.leave(request.address)
        break
      case 'spawn':
        this.#spawn(request)
        break
      case 'terminate':
        this.#workers.get(request.address)?.terminate()
    }
  }

  #spawn({ kind, address, control, data, ports }: Extract<LauncherRequest, { type: 'spawn' }>): void {
    const start: WorkerStart = { address, control, clockOriginMs: this.#start.clockOriginMs, data }
    const worker = new Worker(new URL(`${kind}.js`, this.#start.folder), {
      workerData: start,
      transferList: [...ports],
      execArgv: this.#start.execArgv,
      name: address,
    })
    let error: string | null = null
    this.#workers.set(address, worker)
    const block = new ControlBlock(control)
    this.#switchboard.join({
      address,
      control,
      post: (mail) => {
        worker.postMessage(mail, portsOf(mail))
        block.announceMail()
      },
    })
    worker.on('message', (asked: WireRequest) => this.#serve(asked))
    worker.on('error', (thrown) => {
      error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    })
    worker.on('exit', (code) => {
      this.#workers.delete(address)
      this.#switchboard.leave(address)
      this.#report({ type: 'exited', address, code, error }, [])
    })
  }

  #report(report: LauncherReport, ports: readonly MessagePort[]): void {
    this.#application.postMessage(report, ports)
  }
}

const portsOf = (mail: Mail<MessagePort>): MessagePort[] => (mail.type === 'connection' ? [mail.line] : [])
