import type { Experiment, LabConfig } from '../../../../src/lab/experiments/experiment.js'
import { type HostName, LAB_HOSTS } from '../../../../src/lab/experiments/lab-host.js'
import { type LabReport, runExperiment } from '../../../../src/lab/experiments/run-experiment.js'
import { DEFAULT_WORKLOAD, type Workload } from '../../../../src/lab/workload.js'

/** Three brokers, three replicas, ten records a step. */
export function cellOf(options: Workload['options'], shape: Partial<Workload> = {}): LabConfig {
  return { workload: { ...DEFAULT_WORKLOAD, brokers: 3, replicationFactor: 3, options, ...shape }, records: 10 }
}

export function runOn(
  host: HostName,
  experiment: Experiment,
  configs: readonly LabConfig[],
  seeds: readonly number[] = [1],
): Promise<LabReport> {
  return runExperiment({ experiment, host: LAB_HOSTS[host], configs, seeds, replay: (_, seed) => `--seed ${seed}` })
}
