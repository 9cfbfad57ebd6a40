import type { Guard } from '../../base/guards.js'
import { workerFile } from '../../cluster/worker-files.js'
import { OrderedPool } from './ordered-pool.js'
import type { SeedResult, SeedTask } from './run-seed.js'

/** Seeds of one task: enough to make the hand-over cheap, few enough to end together. */
const SEEDS_PER_TASK = 10

export interface FarmOptions {
  readonly firstSeed: number
  readonly seeds: number
  readonly without?: readonly Guard[]
  /** Called in the order of the seeds. It returns false when it wants no more. */
  readonly onResult: (result: SeedResult) => boolean
}

/** Runs seeds on all cores. Results come in the order of the seeds, however many cores there are. */
export class SeedFarm {
  readonly #pool = new OrderedPool<SeedTask, SeedResult>(workerFile('seeds'))

  async run({ firstSeed, seeds, without = [], onResult }: FarmOptions): Promise<void> {
    const end = firstSeed + seeds
    const tasks = function* (): Iterable<SeedTask> {
      for (let next = firstSeed; next < end; next += SEEDS_PER_TASK)
        yield { firstSeed: next, count: Math.min(SEEDS_PER_TASK, end - next), without }
    }
    for await (const result of this.#pool.run(tasks())) if (!onResult(result)) return
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}
