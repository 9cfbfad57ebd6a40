import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { workerFolder } from '../../cluster/worker-files.js'

/** Runs tasks on all cores, each of which has several results. They come in the order of the tasks, however many cores there are. */
export class OrderedPool<Task, Result> {
  readonly #pool: Piscina<Task, Result[]>

  /** `worker` is one of the built workers, which exports what does a task. */
  constructor(worker: string) {
    this.#pool = new Piscina<Task, Result[]>({
      filename: fileURLToPath(new URL(worker, workerFolder())),
      minThreads: availableParallelism(),
      maxThreads: availableParallelism(),
    })
  }

  /** A few tasks are ahead of what is taken; who stops taking calls them off. */
  async *run(tasks: Iterable<Task>): AsyncGenerator<Result> {
    const waiting = tasks[Symbol.iterator]()
    const running: Promise<Result[]>[] = []
    const stop = new AbortController()
    const start = (): void => {
      const { done, value } = waiting.next()
      if (done) return
      const task = this.#pool.run(value, { signal: stop.signal })
      // Whoever waits for a task in its turn hears of it; a task that is called off is waited for by nobody.
      task.catch(() => {})
      running.push(task)
    }
    for (let ahead = 0; ahead < 2 * availableParallelism(); ahead++) start()
    try {
      for (let task = running.shift(); task !== undefined; task = running.shift()) {
        yield* await task
        start()
      }
    } finally {
      stop.abort()
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
