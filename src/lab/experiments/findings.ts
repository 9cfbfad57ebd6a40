import type { Anomaly } from '../history/anomalies.js'
import { checkHistory } from '../history/check-history.js'
import type { History, Sent } from '../history/history.js'

/** The observations of clients in one run, and what is wrong with them. */
export interface Observations {
  readonly history: History
  readonly acknowledged: number
  /** Records that were acknowledged and never read, in the order of sending. */
  readonly lost: readonly Sent[]
  /** The fate of lost records in words, where they were read, but by none who handled them. Default: `never read`. */
  readonly fate?: string
  /** Records that were read at several offsets. */
  readonly duplicated: number
  /** The number of records in `moved`. */
  readonly outOfOrder: number
  /** Records that were read at several offsets, one by one. */
  readonly copies: readonly Place[]
  /** Acknowledged records whose first reading comes after a later one of the same producer and partition. */
  readonly moved: readonly Place[]
  /** All other anomalies that must not be seen, whatever acks is. */
  readonly anomalies: readonly Anomaly[]
}

/** A record and the places where it was read, in the order of offsets. */
export interface Place {
  readonly producer: number
  readonly number: number
  readonly partition: number
  readonly offsets: readonly number[]
}

/** Returns the findings; it is called when everything that can be read was read. */
export function observe(history: History): Observations {
  const acknowledged = history.sent.filter(({ outcome }) => outcome === 'acknowledged')
  const places = placesOf(history)
  const copies = [...places.values()].filter(({ offsets }) => offsets.length > 1)
  const moved = movedOf(acknowledged.flatMap((sent) => places.get(nameOf(sent)) ?? []))
  const { anomalies } = checkHistory(history)
  return {
    history,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((sent) => !places.has(nameOf(sent))),
    duplicated: copies.length,
    outOfOrder: moved.length,
    copies,
    moved,
    anomalies: anomalies.filter(({ isPromised }) => isPromised),
  }
}

const nameOf = ({ producer, number }: { producer: number; number: number }): string => `${producer}:${number}`

function placesOf({ read }: History): Map<string, Place> {
  const offsets = new Map<string, Place & { readonly offsets: number[] }>()
  for (const one of read) {
    const { producer, number, partition, offset } = one
    const place = offsets.get(nameOf(one))
    if (place === undefined) offsets.set(nameOf(one), { producer, number, partition, offsets: [offset] })
    else if (!place.offsets.includes(offset)) place.offsets.push(offset)
  }
  for (const place of offsets.values()) place.offsets.sort((a, b) => a - b)
  return offsets
}

/** Lists moved records in the order of reading: a partition is read in the order of its offsets. */
function movedOf(places: readonly Place[]): Place[] {
  const highest = new Map<string, number>()
  const first = (place: Place): number => place.offsets[0] as number
  const inOrder = [...places].sort((a, b) => a.partition - b.partition || first(a) - first(b))
  return inOrder.filter(({ producer, partition, number }) => {
    const line = `${producer} ${partition}`
    const before = highest.get(line) ?? -1
    highest.set(line, Math.max(before, number))
    return number < before
  })
}
