import { PRODUCER_OPTIONS } from '../../base/config/producer-options.js'
import type { Workload } from '../measure/workload.js'
import type { Observations } from './findings.js'
import type { LabHost } from './lab-host.js'
import type { Recording, TimelineEntry } from './recording.js'

/** One cell of an experiment. */
export interface LabConfig {
  readonly workload: Workload
  /** Records of each of its steps. */
  readonly records: number
  /** How many requests go wrong; `errorAt` is the first of them, from 1. The seed decides what is absent. */
  readonly errors?: number
  readonly errorAt?: number
}

/** The fields that make a history smaller, the most telling first. */
export const SHRINKABLE = ['partitions', 'errors', 'errorAt', 'records'] as const
export type Shrinkable = (typeof SHRINKABLE)[number]

/** The options of a cell are impossible together. Its message says why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** A run that an error has ended, with what was told until then: the rest of the run dies with its cluster. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError'
  readonly timeline: readonly TimelineEntry[]
  /** The moment of the end, on the timeline's clock. */
  readonly atMs: number

  constructor(cause: unknown, recording: Recording) {
    super(String(cause), { cause })
    this.timeline = recording.timeline
    this.atMs = recording.nowMs
  }
}

/** The findings of one run of one cell under one seed. */
export interface RunOutcome {
  readonly observations: Observations
  /** Milliseconds of the host's clock that the run took. */
  readonly tookMs: number
  /**
   * Milliseconds in which records were sent, up to the last answer; absent when the run says nothing about speed.
   */
  readonly sendingMs?: number
  /** The reason why the claim does not hold here; null when it holds. */
  readonly broken: string | null
  /** The run in words: what happened and why. */
  readonly says: string
  /** The facts that set this run apart from the others, by the heads of the table's columns. */
  readonly facts: Readonly<Record<string, string | number>>
  readonly recording: Recording
}

/** A sentence that Kafka's users are told, to be seen happening. */
export interface Experiment {
  readonly name: string
  /** The claim: what has to be seen for it to hold. */
  readonly claim: string
  /** The explanation: what is done, step by step, and why it ends as it does. */
  readonly explanation: string
  /** Records of each step when nobody says so. */
  readonly records: number
  /** The options of each cell as they would be typed; what is typed replaces them. */
  readonly cells: readonly Readonly<Record<string, string>>[]
  /** Fields that may be made smaller to find the smallest history that shows an anomaly. Default: none. */
  readonly shrinks?: readonly Shrinkable[]
  /**
   * Runs a cell under a seed. Throws a RefusedError for options that are impossible together, before anything is done,
   * and an UnfinishedError for what goes wrong.
   */
  run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome>
  /**
   * Returns why the claim does not hold between cells, by what the first seed of each has shown; null when it does.
   * Default: it does.
   */
  compare?(cells: readonly CellOutcome[]): string | null
}

export interface CellOutcome {
  readonly config: LabConfig
  readonly outcome: RunOutcome
}

/** Returns how many requests a producer may have on their way to one broker. */
export function inFlightMax({ options }: Workload): number {
  const name = 'max.in.flight.requests.per.connection'
  return Number(options[name] ?? PRODUCER_OPTIONS[name].default)
}

/** Whether the producer is idempotent, as Kafka has it: asked for, or neither acks nor retries say otherwise. */
export function isIdempotent({ options }: Workload): boolean {
  const { 'enable.idempotence': given, acks = -1, retries = 1 } = options
  return given === undefined ? acks === -1 && retries !== 0 : given === true
}
