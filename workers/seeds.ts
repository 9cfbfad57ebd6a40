/** Runs seeds of the simulation, one after the other; one of a pool. */
import { serveTasks } from '../src/lab/simulate/pool-thread.js'
import { runSeed, type SeedResult, type SeedTask } from '../src/lab/simulate/run-seed.js'

serveTasks(async ({ firstSeed, count, without }: SeedTask): Promise<SeedResult[]> => {
  const results: SeedResult[] = []
  for (let seed = firstSeed; seed < firstSeed + count; seed++) results.push(await runSeed(seed, { without }))
  return results
})
