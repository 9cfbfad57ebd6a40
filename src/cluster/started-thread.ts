import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads'
import { describeThrown } from '../base/thrown.js'
import { openClusters } from './open-clusters.js'

/**
 * A thread that this one has started, and the line to it.
 *
 * The line is a pair of ports of its own and not `parentPort`: where a handler module runs, or what `--import` has
 * brought in, anybody may post there, listen there (and take what was meant for us) or close it. It travels in
 * `workerData`, and the thread takes it out of there before other code can look.
 */
export interface StartedThreadParts {
  readonly file: URL
  readonly name: string
  readonly execArgv: string[]
  /** What the thread is to know, beside its line. */
  readonly start: object
  /** Ports in there. */
  readonly ports?: readonly MessagePort[]
}

export interface ThreadListener<Told> {
  told(message: Told): void
  /** Called after everything that it has told. `error`: what it threw, if that was its end. */
  exited(code: number, error: string | null): void
}

/** What `workerData` holds, in the thread, until it was taken. */
interface Given {
  readonly line: MessagePort
}

export class StartedThread<Asked, Told> {
  readonly #worker: Worker
  readonly #line: MessagePort

  constructor({ file, name, execArgv, start, ports = [] }: StartedThreadParts, listener: ThreadListener<Told>) {
    const { port1, port2 } = new MessageChannel()
    const workerData = { ...start, line: port2 } satisfies Given
    this.#worker = new Worker(file, { workerData, transferList: [port2, ...ports], execArgv, name })
    openClusters.noteOwn(this.#worker)
    this.#line = port1
    let error: string | null = null
    port1.on('message', (message: Told) => listener.told(message))
    // The thread itself keeps the process alive, or does not: its line need not.
    port1.unref()
    this.#worker.on('error', (thrown) => {
      error = describeThrown(thrown)
    })
    this.#worker.on('exit', (code) => {
      // What it kept last is kept, however it ended.
      for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1))
        listener.told(last.message as Told)
      port1.close()
      listener.exited(code, error)
    })
  }

  /** Nothing comes of it once the thread has ended. */
  post(message: Asked, ports: readonly MessagePort[] = []): void {
    this.#line.postMessage(message, ports)
  }

  /** Whether it keeps the process alive, as it does at first. */
  reference(isReferenced: boolean): void {
    if (isReferenced) this.#worker.ref()
    else this.#worker.unref()
  }

  /** Resolves when it has ended, whatever it was at. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** In the thread: what it was started with. The second caller finds nothing. */
export function takeStart<Start extends object>(): Start & Given {
  const start = { ...(workerData as Start & Given) }
  for (const key of Object.keys(start)) delete (workerData as Record<string, unknown>)[key]
  return start
}
