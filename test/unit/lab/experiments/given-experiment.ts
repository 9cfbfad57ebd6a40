import type { Experiment, LabConfig } from '../../../../src/lab/experiments/experiment.js'
import { type HostName, LAB_HOSTS } from '../../../../src/lab/experiments/lab-host.js'
import { type LabReport, runExperiment } from '../../../../src/lab/experiments/run-experiment.js'
import { DEFAULT_WORKLOAD, type Workload } from '../../../../src/lab/measure/workload.js'

/** Three brokers, three replicas, ten records a step. */
export function cellOf(options: Workload['options'], shape: Partial<Workload> = {}): LabConfig {
  return { workload: { ...DEFAULT_WORKLOAD, brokers: 3, replicationFactor: 3, options, ...shape }, records: 10 }
}

/** As the experiments on order have it: one broker, one record for each batch. Twelve records. */
export function orderCellOf(options: Workload['options'], rest: Partial<LabConfig> = {}): LabConfig {
  const patience = { 'request.timeout.ms': 200, 'delivery.timeout.ms': 20_000 }
  const all = { acks: -1, 'batch.size': 0, ...patience, ...options }
  return { workload: { ...DEFAULT_WORKLOAD, partitions: 3, options: all }, records: 12, ...rest }
}

/** Two brokers that do not replicate. */
export function keyCellOf(options: Workload['options'], shape: Partial<Workload> = {}): LabConfig {
  const workload = { ...DEFAULT_WORKLOAD, brokers: 2, partitions: 4, options: { acks: -1, ...options }, ...shape }
  return { workload, records: 12 }
}

/** Two brokers, both of which are needed. */
export function replicasCellOf(isIdempotent: boolean, shape: Partial<Workload> = {}): LabConfig {
  const patience = { 'request.timeout.ms': 300, 'delivery.timeout.ms': 25_000 }
  const options = { acks: -1, 'min.insync.replicas': 2, ...patience, 'enable.idempotence': isIdempotent }
  return { workload: { ...DEFAULT_WORKLOAD, brokers: 2, replicationFactor: 2, options, ...shape }, records: 3 }
}

/** Two partitions, four records a call of the handler, twenty records. */
export function groupCellOf(options: Workload['options'], shape: Partial<Workload> = {}): LabConfig {
  const all = { 'max.poll.records': 4, ...options }
  return { workload: { ...DEFAULT_WORKLOAD, partitions: 2, options: all, ...shape }, records: 20 }
}

export function runOn(
  host: HostName,
  experiment: Experiment,
  configs: readonly LabConfig[],
  seeds: readonly number[] = [1],
  replay: (config: LabConfig, seed: number) => string = (_, seed) => `--seed ${seed}`,
): Promise<LabReport> {
  return runExperiment({ experiment, host: LAB_HOSTS[host], configs, seeds, replay })
}
