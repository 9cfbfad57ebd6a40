import { workerFile } from '../../cluster/worker-files.js'
import { OrderedPool } from '../simulate/ordered-pool.js'
import type { LabConfig } from './experiment.js'
import type { SeedReport } from './experiment-seed.js'

/** A row of seeds of one cell, for one thread. */
export interface LabTask {
  readonly experiment: string
  readonly config: LabConfig
  readonly seeds: readonly number[]
  /** Whether anomalies that the claim foresees are shrunk, too: see `SeedRun`. */
  readonly shrinksAll: boolean
}

/** Seeds of one task: enough to make the hand-over cheap, few enough to end together. */
const SEEDS_PER_TASK = 10

/** Runs seeds of experiments in the simulation, on all cores. */
export class LabFarm {
  readonly #pool = new OrderedPool<LabTask, SeedReport>(workerFile('lab-seeds'))

  /** Yields reports in the order of the seeds. */
  async *run(cell: Omit<LabTask, 'seeds' | 'shrinksAll'>, seeds: readonly number[]): AsyncGenerator<SeedReport> {
    const tasks: LabTask[] = []
    for (let from = 0; from < seeds.length; from += SEEDS_PER_TASK)
      tasks.push({ ...cell, seeds: seeds.slice(from, from + SEEDS_PER_TASK), shrinksAll: from === 0 })
    yield* this.#pool.run(tasks)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}
