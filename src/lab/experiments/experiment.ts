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
  /** How many requests go wrong, and which one is the first, from 1; absent: the seed decides. */
  readonly errors?: number
  readonly errorAt?: number
}

/** What a history is made smaller by, the most telling first. */
export const SHRINKABLE = ['partitions', 'errors', 'errorAt', 'records'] as const
export type Shrinkable = (typeof SHRINKABLE)[number]

/** The options of a cell are impossible together. Its message says why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

/** A run that an error has ended, with what was told until then: the rest of it dies with its cluster. */
export class UnfinishedError extends Error {
  override readonly name = 'UnfinishedError'
  readonly timeline: readonly TimelineEntry[]
  /** On the timeline's clock. */
  readonly atMs: number

  constructor(cause: unknown, recording: Recording) {
    super(String(cause), { cause })
    this.timeline = recording.timeline
    this.atMs = recording.nowMs
  }
}

/** What one run of one cell under one seed has shown. */
export interface RunOutcome {
  readonly observations: Observations
  /** Milliseconds of the host's clock that it took. */
  readonly tookMs: number
  /**
   * Of these, those in which records were sent, from the first to the last answer; absent: it says nothing about speed.
   */
  readonly sendingMs?: number
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
  /** What may be made smaller to find the smallest history that shows an anomaly. Default: nothing. */
  readonly shrinks?: readonly Shrinkable[]
  /**
   * Throws a RefusedError for options that are impossible together, before anything is done, and an UnfinishedError for
   * what goes wrong.
   */
  run(host: LabHost, config: LabConfig, seed: number): Promise<RunOutcome>
  /**
   * Why the claim does not hold between cells, by what the first seed of each has shown; null: it does. Default: it
   * does.
   */
  compare?(cells: readonly CellOutcome[]): string | null
}

export interface CellOutcome {
  readonly config: LabConfig
  readonly outcome: RunOutcome
}

/** Requests that a producer may have on their way to one broker. */
export function inFlightMax({ options }: Workload): number {
  const name = 'max.in.flight.requests.per.connection'
  return Number(options[name] ?? PRODUCER_OPTIONS[name].default)
}

/** As Kafka has it: asked for, or neither acks nor retries say otherwise. */
export function isIdempotent({ options }: Workload): boolean {
  const { 'enable.idempotence': given, acks = -1, retries = 1 } = options
  return given === undefined ? acks === -1 && retries !== 0 : given === true
}
