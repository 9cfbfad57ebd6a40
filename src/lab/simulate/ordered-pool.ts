import { availableParallelism } from 'node:os'
import { type Deferred, deferred } from '../../base/deferred.js'
import { PoolThread } from './pool-thread.js'

/** Far more than any task takes, on whatever machine. */
const TASK_MS_MAX = 900_000

interface Started<Task, Result> {
  readonly task: Task
  readonly results: Deferred<readonly Result[]>
}

/**
 * Runs tasks with several results each on all cores. Results come in the order of the tasks, however many cores there
 * are. A pool belongs to the thread that made it.
 */
export class OrderedPool<Task, Result> {
  readonly #file: URL
  readonly #taskMsMax: number
  readonly #idle: PoolThread<Task, Result>[] = []
  readonly #busy = new Set<PoolThread<Task, Result>>()

  /** Takes a file of a worker that serves tasks (see `serveTasks`), and the milliseconds within which each must end. */
  constructor(file: URL, taskMsMax = TASK_MS_MAX) {
    this.#file = file
    this.#taskMsMax = taskMsMax
  }

  /**
   * Runs a few tasks ahead of what is taken. When the caller stops taking, threads that are at a task are ended. One
   * run at a time.
   */
  async *run(tasks: Iterable<Task>): AsyncGenerator<Result> {
    const coming = tasks[Symbol.iterator]()
    const untaken: Started<Task, Result>[] = []
    const unserved: Started<Task, Result>[] = []
    const start = (): void => {
      const { done, value: task } = coming.next()
      if (done) return
      const started = { task, results: deferred<readonly Result[]>() }
      // The promise is awaited in its turn. Nobody awaits that of a task that is called off.
      started.results.promise.catch(() => {})
      untaken.push(started)
      unserved.push(started)
      this.#serve(unserved)
    }
    for (let ahead = 0; ahead < 2 * availableParallelism(); ahead++) start()
    try {
      for (let next = untaken.shift(); next !== undefined; next = untaken.shift()) {
        yield* await next.results.promise
        start()
      }
    } finally {
      unserved.length = 0
      await Promise.all([...this.#busy].map((thread) => thread.end()))
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#busy, ...this.#idle.splice(0)].map((thread) => thread.end()))
  }

  #serve(unserved: Started<Task, Result>[]): void {
    while (unserved.length > 0 && this.#busy.size < availableParallelism()) {
      const { task, results } = unserved.shift()!
      const thread = this.#idle.pop() ?? new PoolThread<Task, Result>(this.#file, this.#taskMsMax)
      this.#busy.add(thread)
      thread
        .run(task)
        .then(results.resolve, results.reject)
        .finally(() => {
          this.#busy.delete(thread)
          if (!thread.hasEnded) this.#idle.push(thread)
          this.#serve(unserved)
        })
    }
  }
}
