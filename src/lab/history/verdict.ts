import { type Anomaly, type AnomalyId, TOLD_MAX } from './anomalies.js'

/** How often each anomaly was found. */
export type Counts = Partial<Record<AnomalyId, number>>

export interface Verdict<Told = Anomaly> {
  /** Anomalies: at most ten of each kind that break a promise, and ten that break none. */
  readonly anomalies: readonly Told[]
  readonly counts: Readonly<Counts>
  /** Counts of the anomalies that break a promise. */
  readonly broken: Readonly<Counts>
  /** Acknowledged records that nobody has read, though their place, or everything, was read. */
  readonly lost: { readonly count: number; readonly broken: number }
}

/** An anomaly and what it was found in: indices of the history. */
export interface Finding extends Anomaly {
  readonly records: readonly number[]
  readonly reads: readonly number[]
}

interface About {
  readonly partition: number
  readonly records: readonly number[]
  readonly reads?: readonly number[]
  /** Whether a promise forbids the anomaly. Default true. */
  readonly isPromised?: boolean
}

/** The verdict of a check that is under way. */
export class VerdictBuilder implements Verdict<Finding> {
  readonly anomalies: Finding[] = []
  readonly counts: Counts = {}
  readonly broken: Counts = {}
  readonly lost = { count: 0, broken: 0 }

  /** Counts an anomaly, and tells of it in full unless enough of its kind are told. */
  found(id: AnomalyId, about: About, says: () => string): void {
    const { partition, records, reads = [], isPromised = true } = about
    this.counts[id] = (this.counts[id] ?? 0) + 1
    if (isPromised) this.broken[id] = (this.broken[id] ?? 0) + 1
    const promised = this.broken[id] ?? 0
    const told = isPromised ? promised : (this.counts[id] ?? 0) - promised
    if (told <= TOLD_MAX) this.anomalies.push({ id, isPromised, partition, says: says(), records, reads })
  }

  /** Counts an acknowledged record that nobody has read. */
  noteLost(isPromised: boolean): void {
    this.lost.count += 1
    if (isPromised) this.lost.broken += 1
  }
}
