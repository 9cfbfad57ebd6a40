import { parentPort, Worker } from 'node:worker_threads'
import { assert } from '../../base/assert.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { counted } from '../../base/words.js'
import { systemTimers } from '../../cluster/system-timers.js'
import { workerExecArgv } from '../../cluster/worker-files.js'

/** The outcome of a task. */
type Answer<Result> = { readonly results: readonly Result[] } | { readonly error: unknown }

/** A simulated cluster is young garbage as a whole: with four times V8's room, most of it is never copied. */
const YOUNG_GENERATION_MB = 192

/** A thread that does one task after the other, as the giver of the tasks sees it. */
export class PoolThread<Task, Result> {
  readonly #worker: Worker
  readonly #taskMsMax: number
  #asked: Deferred<readonly Result[]> | null = null
  #watch: { cancel(): void } | null = null
  #hasEnded = false

  /** Starts the thread on a file that serves tasks: see `serveTasks`. A task has so many milliseconds. */
  constructor(file: URL, taskMsMax: number) {
    this.#taskMsMax = taskMsMax
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
    this.#worker = new Worker(file, { execArgv: workerExecArgv(), resourceLimits })
    this.#worker.on('message', (answer: Answer<Result>) => {
      if ('results' in answer) this.#take()?.resolve(answer.results)
      else this.#take()?.reject(answer.error)
    })
    this.#worker.on('error', (error) => this.#fail(error))
    this.#worker.on('exit', (code) => this.#fail(new Error(`A thread of the pool has ended with code ${code}`)))
  }

  /** Whether the thread can run no task any more. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Rejects with what the task throws, and when the thread, or the task's time, ends before the task does. */
  run(task: Task): Promise<readonly Result[]> {
    assert(this.#asked === null && !this.#hasEnded, 'A thread of a pool does one task at a time')
    this.#asked = deferred()
    this.#watch = systemTimers.after(this.#taskMsMax, () => this.#giveUp(task))
    this.#worker.postMessage(task)
    return this.#asked.promise
  }

  /** Ends the thread, wherever it is. */
  async end(): Promise<void> {
    // The thread's last answers are still taken; it is given nothing more.
    this.#hasEnded = true
    await this.#worker.terminate()
  }

  /** What turns for ever would hold up all that comes behind it, and nobody would know why. */
  #giveUp(task: Task): void {
    const limit = counted(this.#taskMsMax / 1_000, 'second')
    this.#fail(new Error(`A task has not come to its end within ${limit}: ${JSON.stringify(task)}`))
    this.end().catch(() => {})
  }

  #fail(error: Error): void {
    this.#hasEnded = true
    this.#take()?.reject(error)
  }

  #take(): Deferred<readonly Result[]> | null {
    const asked = this.#asked
    this.#asked = null
    this.#watch?.cancel()
    return asked
  }
}

/** Makes this thread one of a pool; `run` does its tasks. */
export function serveTasks<Task, Result>(run: (task: Task) => Promise<readonly Result[]>): void {
  parentPort?.on('message', async (task: Task) => {
    parentPort?.postMessage(
      await run(task).then(
        (results): Answer<Result> => ({ results }),
        (error: unknown): Answer<Result> => ({ error }),
      ),
    )
  })
}
