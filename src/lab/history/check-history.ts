import type { Anomaly, AnomalyId } from './anomalies.js'
import type { History, Read, Sent } from './history.js'

/** How many anomalies of one kind, promised or not, are told in full; all are counted. */
const TOLD_MAX = 10

export interface Verdict {
  /** At most ten of each kind that were promised not to be, and ten that were not. */
  readonly anomalies: readonly Anomaly[]
  readonly counts: Readonly<Partial<Record<AnomalyId, number>>>
}

/**
 * Looks for anomalies in what clients have seen. What is promised to acks=all only is checked for those records only: A1, A2, A15,
 * A17 and A18. A4 and A13 are found as well, though nothing promises the absence of A4 without idempotence, and that of A13 with
 * more than one request in flight.
 */
export function checkHistory(history: History): Verdict {
  const check = new Check(history)
  check.readsOfOffsets()
  check.readsOfRecords()
  check.acknowledgements()
  check.realTime()
  check.orderOfReading()
  check.finalReads()
  return { anomalies: check.anomalies, counts: check.counts }
}

/** `1:17` */
type RecordName = string
const nameOf = ({ producer, number }: { producer: number; number: number }): RecordName => `${producer}:${number}`

class Check {
  readonly anomalies: Anomaly[] = []
  readonly counts: Partial<Record<AnomalyId, number>> = {}
  readonly #history: History
  readonly #sent = new Map<RecordName, Sent>()
  /** What was read at each offset of each partition, by whoever came first. */
  readonly #log = new Map<number, Map<number, Read>>()
  /** Offsets at which each record was read. */
  readonly #places = new Map<RecordName, number[]>()
  /** The highest offset of each partition that was read. */
  readonly #highest = new Map<number, number>()
  /** Where each read offset of a partition stands among those that were read. */
  readonly #ranks = new Map<number, Map<number, number>>()

  constructor(history: History) {
    this.#history = history
    for (const sent of history.sent) this.#sent.set(nameOf(sent), sent)
  }

  /** A3, A16, A21; fills the log. */
  readsOfOffsets(): void {
    for (const read of this.#history.read) {
      const { partition, offset } = read
      const sent = this.#sent.get(nameOf(read))
      if (sent === undefined || sent.partition !== partition || sent.outcome === 'refused' || !read.isIntact)
        this.#found('A16', partition, `${nameOf(read)} at ${offset}`)
      if (offset >= read.highWatermark)
        this.#found('A21', partition, `${nameOf(read)} at ${offset}, high watermark ${read.highWatermark}`)
      const log = entry(this.#log, partition, () => new Map<number, Read>())
      const before = log.get(offset)
      if (before === undefined) {
        log.set(offset, read)
        entry(this.#places, nameOf(read), () => [] as number[]).push(offset)
      } else if (nameOf(before) !== nameOf(read))
        this.#found('A3', partition, `${nameOf(before)} and ${nameOf(read)} at ${offset}`)
    }
    for (const [partition, log] of this.#log) {
      const offsets = [...log.keys()].sort((a, b) => a - b)
      this.#highest.set(partition, offsets.at(-1) as number)
      this.#ranks.set(partition, new Map(offsets.map((offset, rank) => [offset, rank])))
    }
  }

  /** A4, A13. */
  readsOfRecords(): void {
    for (const [name, offsets] of this.#places) {
      if (offsets.length < 2) continue
      const sent = this.#sent.get(name)
      this.#found('A4', sent?.partition ?? -1, `${name} at ${offsets.join(', ')}`, sent?.isOnce === true)
    }
    const firstPlace = (sent: Sent): number | undefined => {
      const places = this.#places.get(nameOf(sent))
      return places === undefined ? undefined : Math.min(...places)
    }
    const last = new Map<string, { readonly sent: Sent; readonly offset: number }>()
    const acknowledged = this.#history.sent.filter(({ outcome }) => outcome === 'acknowledged')
    for (const sent of acknowledged.sort((a, b) => a.producer - b.producer || a.number - b.number)) {
      const offset = firstPlace(sent)
      if (offset === undefined) continue
      const line = `${sent.producer} ${sent.partition}`
      const before = last.get(line)
      if (before !== undefined && before.offset > offset) {
        const says = `${nameOf(sent)} at ${offset}, ${nameOf(before.sent)} at ${before.offset}`
        this.#found('A13', sent.partition, says, sent.keepsOrder === true)
      } else last.set(line, { sent, offset })
    }
  }

  /** A1, A17, A18. */
  acknowledgements(): void {
    const named = new Map<string, Sent>()
    for (const sent of this.#promised()) {
      const { partition, offset } = sent
      const isRead = this.#places.has(nameOf(sent))
      if (!isRead && offset >= 0 && offset < (this.#highest.get(partition) ?? 0))
        this.#found('A1', partition, `${nameOf(sent)}, acknowledged at ${offset}`)
      if (offset < 0) continue
      const place = `${partition} ${offset}`
      const other = named.get(place)
      if (other !== undefined) this.#found('A17', partition, `${nameOf(other)} and ${nameOf(sent)} at ${offset}`)
      named.set(place, sent)
    }
    const told = new Set<string>()
    for (const read of this.#history.read) {
      const { partition, offset } = read
      const sent = named.get(`${partition} ${offset}`)
      if (sent === undefined || nameOf(sent) === nameOf(read)) continue
      const says = `${nameOf(sent)} was acknowledged, ${nameOf(read)} was read at ${offset}`
      if (!told.has(says)) this.#found('A18', partition, says)
      told.add(says)
    }
  }

  /** A15: per partition, offsets follow the order of what did not overlap in time. */
  realTime(): void {
    const byPartition = new Map<number, Sent[]>()
    for (const sent of this.#promised())
      if (sent.offset >= 0) entry(byPartition, sent.partition, () => [] as Sent[]).push(sent)
    for (const [partition, all] of byPartition) {
      const invoked = [...all].sort((a, b) => a.invokedAt - b.invokedAt)
      const completed = [...all].sort((a, b) => a.completedAt - b.completedAt)
      let highest: Sent | null = null
      let next = 0
      for (const sent of invoked) {
        for (; next < completed.length && (completed[next] as Sent).completedAt < sent.invokedAt; next++) {
          const done = completed[next] as Sent
          if (highest === null || done.offset > highest.offset) highest = done
        }
        if (highest !== null && sent.offset <= highest.offset)
          this.#found(
            'A15',
            partition,
            `${nameOf(sent)} at ${sent.offset}, after ${nameOf(highest)} at ${highest.offset}`,
          )
      }
    }
  }

  /** A10, A11, A12: a consumer reads one record after the other. */
  orderOfReading(): void {
    const last = new Map<string, Read>()
    for (const read of this.#history.read) {
      const line = `${read.consumer} ${read.partition}`
      const before = last.get(line)
      last.set(line, read)
      if (before === undefined) continue
      const ranks = this.#ranks.get(read.partition)
      const step = (ranks?.get(read.offset) ?? 0) - (ranks?.get(before.offset) ?? 0)
      if (step === 1) continue
      const says = `consumer ${read.consumer} read ${nameOf(before)} at ${before.offset}, then ${nameOf(read)} at ${read.offset}`
      const within = step > 1 ? 'A10' : 'A11'
      this.#found(before.poll === read.poll ? within : 'A12', read.partition, says)
    }
  }

  /** A2, A20: whoever has read everything has read all that was acknowledged, and all that anybody has read. */
  finalReads(): void {
    const { readers, read } = this.#history
    if (readers.length === 0) return
    const final = new Set<RecordName>()
    const offsets = new Set<string>()
    for (const one of read) {
      if (!readers.includes(one.consumer)) continue
      final.add(nameOf(one))
      offsets.add(`${one.partition} ${one.offset}`)
    }
    for (const sent of this.#promised()) {
      if (!final.has(nameOf(sent))) this.#found('A2', sent.partition, `${nameOf(sent)}, acknowledged at ${sent.offset}`)
    }
    for (const [partition, log] of this.#log) {
      for (const [offset, one] of log) {
        if (!offsets.has(`${partition} ${offset}`)) this.#found('A20', partition, `${nameOf(one)} at ${offset}`)
      }
    }
  }

  *#promised(): Iterable<Sent> {
    for (const sent of this.#history.sent) if (sent.acks === -1 && sent.outcome === 'acknowledged') yield sent
  }

  #found(id: AnomalyId, partition: number, says: string, isPromised = true): void {
    this.counts[id] = (this.counts[id] ?? 0) + 1
    const told = this.anomalies.filter((other) => other.id === id && other.isPromised === isPromised).length
    if (told < TOLD_MAX) this.anomalies.push({ id, isPromised, partition, says })
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
