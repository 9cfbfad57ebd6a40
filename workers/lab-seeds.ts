/** Runs seeds of an experiment in the simulation, one after the other; one of a pool. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { runExperimentSeed, type SeedReport } from '../src/lab/experiments/experiment-seed.js'
import type { LabTask } from '../src/lab/experiments/lab-farm.js'
import { LAB_HOSTS } from '../src/lab/experiments/lab-host.js'
import { experimentNamed } from '../src/lab/experiments/registry.js'
import { serveTasks } from '../src/lab/simulate/pool-thread.js'

// The collector does not count shared memory, so that short runs would pile it up: megabytes each, for thousands of
// them.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

serveTasks(async ({ experiment: name, config, seeds, shrinksAll }: LabTask): Promise<SeedReport[]> => {
  const experiment = experimentNamed(name)
  const reports: SeedReport[] = []
  for (const seed of seeds) {
    const { report } = await runExperimentSeed({ experiment, host: LAB_HOSTS.simulation, config, seed, shrinksAll })
    reports.push(report)
  }
  collect()
  return reports
})
