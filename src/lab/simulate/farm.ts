import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import type { Guard } from '../../base/guards.js'
import { workerFolder } from '../../cluster/worker-files.js'
import type { SeedResult, SeedTask } from './run-seed.js'

/** Seeds of one task: enough to make the hand-over cheap, few enough to end together. */
const SEEDS_PER_TASK = 10

export interface FarmOptions {
  readonly firstSeed: number
  readonly seeds: number
  readonly without?: readonly Guard[]
  /** In the order of the seeds. False: no more is wanted. */
  readonly onResult: (result: SeedResult) => boolean
}

/** Runs seeds on all cores. Results come in the order of the seeds, however many cores there are. */
export class SeedFarm {
  readonly #pool = new Piscina<SeedTask, SeedResult[]>({
    filename: fileURLToPath(new URL('seeds.js', workerFolder())),
    minThreads: availableParallelism(),
    maxThreads: availableParallelism(),
    execArgv: process.execArgv,
  })

  async run({ firstSeed, seeds, without = [], onResult }: FarmOptions): Promise<void> {
    const end = firstSeed + seeds
    const tasks: Promise<SeedResult[]>[] = []
    const stop = new AbortController()
    let next = firstSeed
    const start = (): void => {
      if (next >= end) return
      const count = Math.min(SEEDS_PER_TASK, end - next)
      const task = this.#pool.run({ firstSeed: next, count, without }, { signal: stop.signal })
      // Whoever waits for a task in its turn hears of it; a task that is called off is waited for by nobody.
      task.catch(() => {})
      tasks.push(task)
      next += count
    }
    for (let ahead = 0; ahead < 2 * availableParallelism(); ahead++) start()
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      for (const result of await task) {
        if (onResult(result)) continue
        stop.abort()
        return
      }
      start()
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
