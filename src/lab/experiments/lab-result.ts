import type { ConfigValue } from '../measure/bench-result.js'
import type { HostName } from './lab-host.js'
import type { TimelineEntry } from './recording.js'

/**
 * The JSON that `odradek lab run --json` prints: a contract with programs that read it. Counts are sums over seeds and
 * runs.
 */
export interface LabResult {
  readonly experiment: string
  readonly host: HostName
  readonly claim: string
  readonly verdict: 'holds' | 'broken'
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  readonly runs: readonly LabRun[]
  readonly anomalies: readonly LabAnomaly[]
}

export interface LabRun {
  readonly config: Readonly<Record<string, ConfigValue>>
  /** The reason why the combination is impossible; nothing was run then, and nothing fails for it. */
  readonly refused?: string
  /** How many seeds were run. */
  readonly seeds: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  /**
   * Acknowledged records in a second of the host's clock, simulated in the simulation; null where that says nothing
   * about speed.
   */
  readonly recordsPerSecond: number | null
  /** The timeline of the first seed. */
  readonly timeline?: readonly TimelineEntry[]
}

/** The most entries of an anomaly's history: the last ones matter most. A shrunk run seldom has more. */
export const HISTORY_MAX = 60

export interface LabAnomaly {
  readonly seed: number
  /**
   * The kind: `lost`, `duplicated`, `outOfOrder`, `stuck`, `failed` (with an error), `claim`, or an anomaly's number
   * and name.
   */
  readonly kind: string
  /** The history that led to it, oldest first; behind the first thousand of a cell, its last line alone. */
  readonly history: readonly TimelineEntry[]
  /** The command that shows it again. */
  readonly replay: string
}
