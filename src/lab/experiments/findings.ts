import type { Anomaly } from '../history/anomalies.js'
import { checkHistory } from '../history/check-history.js'
import type { History, Sent } from '../history/history.js'

/** What clients have seen in one run, and what is wrong with it. */
export interface Observations {
  readonly history: History
  readonly acknowledged: number
  /** Acknowledged and never read, in the order of sending. */
  readonly lost: readonly Sent[]
  /** Records that were read at several offsets. */
  readonly duplicated: number
  /** Acknowledged records whose first reading comes after a later one of the same producer. */
  readonly outOfOrder: number
  /** Everything else that must not be seen, whatever acks is. */
  readonly anomalies: readonly Anomaly[]
}

/** To be called when everything that can be read was read. */
export function observe(history: History): Observations {
  const read = new Set(history.read.map(({ producer, number }) => `${producer}:${number}`))
  const acknowledged = history.sent.filter(({ outcome }) => outcome === 'acknowledged')
  const { counts, anomalies } = checkHistory(history)
  return {
    history,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter(({ producer, number }) => !read.has(`${producer}:${number}`)),
    duplicated: counts.A4 ?? 0,
    outOfOrder: counts.A13 ?? 0,
    anomalies: anomalies.filter(({ isPromised }) => isPromised),
  }
}
