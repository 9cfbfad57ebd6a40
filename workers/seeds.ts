/** Runs seeds of the simulation, one after the other; one of a pool. */
import { runSeed, type SeedResult, type SeedTask } from '../src/lab/simulate/run-seed.js'

export default async function runSeeds({ firstSeed, count, without }: SeedTask): Promise<SeedResult[]> {
  const results: SeedResult[] = []
  for (let seed = firstSeed; seed < firstSeed + count; seed++) results.push(await runSeed(seed, { without }))
  return results
}
