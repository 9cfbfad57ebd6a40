import type { Workload } from '../workload.js'
import type { Observations } from './findings.js'
import type { LabHost } from './lab-host.js'
import type { Recording } from './recording.js'

/** One cell of an experiment. */
export interface LabConfig {
  readonly workload: Workload
  /** Records of each of its steps. */
  readonly records: number
}

/** The options of a cell are impossible together. Its message says why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** What one run of one cell under one seed has shown. */
export interface RunOutcome {
  readonly observations: Observations
  /** Milliseconds of the host's clock that it took. */
  readonly tookMs: number
  /** Why the claim does not hold here; null: it holds. */
  readonly broken: string | null
  /** What happened and why, in words. */
  readonly says: string
  /** What sets this run apart from the others, by the heads of the table's columns. */
  readonly facts: Readonly<Record<string, string | number>>
  readonly recording: Recording
}

/** Something that Kafka's users are told, to be seen happening. */
export interface Experiment {
  readonly name: string
  /** What has to be seen for the claim to hold. */
  readonly claim: string
  /** What is done, step by step, and why it ends as it does. */
  readonly explanation: string
  /** Records of each step when nobody says so. */
  readonly records: number
  /** The options of each cell as they would be typed; what is typed replaces them. */
  readonly cells: readonly Readonly<Record<string, string>>[]
  /** Throws a RefusedError for options that are impossible together, before anything is done, and a KafkaError for what goes wrong. */
  run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome>
}
