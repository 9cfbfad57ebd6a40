import type { ConfigValue } from '../measure/bench-result.js'
import type { HostName } from './lab-host.js'
import type { TimelineEntry } from './recording.js'

/**
 * What `odradek lab run --json` prints: the contract with programs that read it. Counts are sums over seeds and runs.
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
  /** Why the combination is impossible; nothing was run then, and nothing fails for it. */
  readonly refused?: string
  /** How many seeds were run. */
  readonly seeds: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  /**
   * Acknowledged ones, in a second of the host's clock, which is simulated there; null where that says nothing about
   * speed.
   */
  readonly recordsPerSecond: number | null
  /** Of the first seed. */
  readonly timeline?: readonly TimelineEntry[]
}

/** Entries of an anomaly's history: what came last matters most. A run that was shrunk has seldom more. */
export const HISTORY_MAX = 60

export interface LabAnomaly {
  readonly seed: number
  /**
   * `lost`, `duplicated`, `outOfOrder`, `stuck`, `failed` (with an error), `claim`, or an anomaly's number and name.
   */
  readonly kind: string
  /** What led to it, oldest first; behind the first thousand of a cell, the last line alone. */
  readonly history: readonly TimelineEntry[]
  /** The command that shows it again. */
  readonly replay: string
}
