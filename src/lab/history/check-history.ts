import { ACKNOWLEDGED, type FlatHistory, flatten, PROMISES, REFUSED } from './flat-history.js'
import type { History } from './history.js'
import { NamedOffsets } from './named-offsets.js'
import { type Finding, type Verdict, VerdictBuilder } from './verdict.js'

/**
 * Looks for anomalies in what clients have seen. It also finds some that no promise forbids: A1 and A2 with acks 0 and
 * 1, A4 without idempotence, A13 without it and with more than one request in flight. It looks for A15, A17 and A18
 * with acks=all only, which alone forbids them.
 */
export function checkHistory(history: History): Verdict {
  const flat = flatten(history)
  const { anomalies, ...verdict } = checkFlatHistory(flat)
  return {
    ...verdict,
    anomalies: anomalies.map(({ id, isPromised, partition, says }) => {
      return { id, isPromised, partition: flat.partitionOf(partition), says }
    }),
  }
}

/** Does the same for a million operations. It takes time and memory in proportion to the history. */
export function checkFlatHistory(history: FlatHistory): Verdict<Finding> {
  const check = new Check(history)
  check.readsOfOffsets()
  check.readsOfRecords()
  check.acknowledgements()
  check.realTime()
  check.orderOfReading()
  check.finalReads()
  return check.verdict
}

const NOBODY = -1
/** The most places of one record that are told. */
const PLACES_MAX = 10

/**
 * The state of one check. A *reading* is an index of `history.read`, a *slot* one of `NamedOffsets`, the *log* what the
 * first reader of each slot has read. `checkFlatHistory` calls each method once, in its order.
 */
class Check {
  readonly verdict = new VerdictBuilder()
  readonly #history: FlatHistory
  readonly #records: number
  readonly #readCount: number
  readonly #log: NamedOffsets
  /** The first reading of each slot of the log. */
  readonly #firstRead: Int32Array
  /** The number of slots read before each slot of the log. */
  readonly #rank: Int32Array
  /** The number of offsets at which each record was the first to be read. */
  readonly #places: Int32Array
  /** The first reading, where it lies first, of each acknowledged record that is in its partition. */
  readonly #placed: Int32Array
  /** The highest offset of each partition that was read. */
  readonly #highest: Float64Array

  constructor(history: FlatHistory) {
    this.#history = history
    this.#records = history.sent.outcome.length
    this.#readCount = history.read.offset.length
    this.#log = new NamedOffsets(history)
    const slots = this.#log.offsets.length
    this.#firstRead = new Int32Array(slots).fill(NOBODY)
    this.#rank = new Int32Array(slots)
    this.#places = new Int32Array(this.#records)
    this.#placed = new Int32Array(this.#records).fill(NOBODY)
    this.#highest = new Float64Array(history.partitions)
  }

  /** Finds A3, A16 and A21, and fills the log. */
  readsOfOffsets(): void {
    const { sent, read } = this.#history
    for (let at = 0; at < this.#readCount; at++) {
      const record = read.record[at]!
      const partition = read.partition[at]!
      const isOfSomebody = sent.partition[record] === partition && sent.outcome[record] !== REFUSED
      if (!isOfSomebody || !read.isIntact[at])
        this.verdict.found('A16', { partition, records: [record], reads: [at] }, () => this.#read(at))
      if (read.offset[at]! >= read.highWatermark[at]!) {
        const says = (): string => `${this.#read(at)}, high watermark ${read.highWatermark[at]}`
        this.verdict.found('A21', { partition, records: [record], reads: [at] }, says)
      }
      const slot = this.#log.slotOfRead[at]!
      const first = this.#firstRead[slot]!
      if (first === NOBODY) this.#firstRead[slot] = at
      else if (read.record[first] !== record) {
        const says = (): string => `${this.#name(read.record[first]!)} and ${this.#read(at)}`
        this.verdict.found('A3', { partition, records: [read.record[first]!, record], reads: [first, at] }, says)
      }
    }
  }

  /** Finds A4 and A13. */
  readsOfRecords(): void {
    const { sent, read, partitions } = this.#history
    const placed = this.#placed
    const isRepeated = new Set<number>()
    for (let partition = 0; partition < partitions; partition++) {
      // The last record of each producer so far.
      const latest = new Map<number, number>()
      let rank = 0
      for (let slot = this.#log.starts[partition]!; slot < this.#log.starts[partition + 1]!; slot++) {
        this.#rank[slot] = rank
        const first = this.#firstRead[slot]!
        if (first === NOBODY) continue
        rank += 1
        this.#highest[partition] = this.#log.offsets[slot]!
        const record = read.record[first]!
        this.#places[record]! += 1
        if (this.#places[record]! > 1) isRepeated.add(record)
        const isHere = sent.outcome[record] === ACKNOWLEDGED && sent.partition[record] === partition
        if (!isHere || placed[record] !== NOBODY) continue
        placed[record] = first
        const before = latest.get(sent.producer[record]!)
        if (before === undefined || sent.number[before]! < sent.number[record]!)
          latest.set(sent.producer[record]!, record)
        else this.#foundInversion([record, before], [first, placed[before]!])
      }
    }
    this.#foundRepeated(isRepeated)
  }

  #foundInversion(records: readonly [late: number, early: number], reads: readonly [number, number]): void {
    const { order, once } = PROMISES
    const isPromised = records.every((record) => this.#isPromised(record, order | once))
    const says = (): string => `${this.#read(reads[0])}, ${this.#read(reads[1])}`
    this.verdict.found('A13', { partition: this.#history.read.partition[reads[0]]!, isPromised, records, reads }, says)
  }

  #foundRepeated(isRepeated: ReadonlySet<number>): void {
    if (isRepeated.size === 0) return
    const { read } = this.#history
    const places = new Map<number, number[]>()
    for (const first of this.#firstRead) {
      if (first === NOBODY || !isRepeated.has(read.record[first]!)) continue
      const known = places.get(read.record[first]!)
      if (known === undefined) places.set(read.record[first]!, [first])
      else known.push(first)
    }
    for (const [record, all] of places) {
      const reads = all.slice(0, PLACES_MAX)
      const more = all.length > reads.length ? ', …' : ''
      const isPromised = this.#isPromised(record, PROMISES.once)
      const says = (): string => `${this.#name(record)} at ${reads.map((at) => read.offset[at]).join(', ')}${more}`
      this.verdict.found('A4', { partition: read.partition[reads[0]!]!, isPromised, records: [record], reads }, says)
    }
  }

  /** Finds A1, A17 and A18. */
  acknowledgements(): void {
    const { sent, read } = this.#history
    const named = new Int32Array(this.#firstRead.length).fill(NOBODY)
    for (let record = 0; record < this.#records; record++) {
      if (sent.outcome[record] !== ACKNOWLEDGED) continue
      const partition = sent.partition[record]!
      const offset = sent.offset[record]!
      if (this.#places[record] === 0) {
        const isPromised = this.#isPromised(record, PROMISES.kept)
        const isBehind = offset >= 0 && offset < this.#highest[partition]!
        if (isBehind)
          this.verdict.found('A1', { partition, isPromised, records: [record] }, () => this.#acknowledged(record))
        if (isBehind || this.#history.isOver[partition] === true) this.verdict.noteLost(isPromised)
      }
      const slot = this.#log.slotOfSent[record]!
      if (slot < 0) continue
      this.#readElsewhere(record, slot)
      const other = named[slot]!
      if (other !== NOBODY) {
        const says = (): string => `${this.#name(other)} and ${this.#name(record)} at ${offset}`
        this.verdict.found('A17', { partition, records: [other, record] }, says)
      }
      named[slot] = record
    }
    const told = new Set<string>()
    for (let at = 0; at < this.#readCount; at++) {
      const record = named[this.#log.slotOfRead[at]!]!
      if (record === NOBODY || record === read.record[at]) continue
      const pair = `${record} ${read.record[at]}`
      if (told.has(pair)) continue
      told.add(pair)
      const says = (): string =>
        `${this.#name(record)} was acknowledged, ${this.#name(read.record[at]!)} was read at ${read.offset[at]}`
      this.verdict.found(
        'A18',
        { partition: read.partition[at]!, records: [record, read.record[at]!], reads: [at] },
        says,
      )
    }
  }

  /** Finds A18 of a record that was read, and not at this slot, to which it was acknowledged: nobody has read there. */
  #readElsewhere(record: number, slot: number): void {
    const partition = this.#history.sent.partition[record]!
    const isPassed = this.#log.offsets[slot]! < this.#highest[partition]! || this.#history.isOver[partition] === true
    if (!isPassed || this.#placed[record] === NOBODY || this.#firstRead[slot] !== NOBODY) return
    const says = (): string => `${this.#acknowledged(record)}, where nobody has read it, nor anything else`
    this.verdict.found('A18', { partition, records: [record] }, says)
  }

  /** Finds A15: in each partition, offsets follow the order of sends that did not overlap in time. */
  realTime(): void {
    const { sent, partitions } = this.#history
    const invoked: number[] = []
    const completed: number[] = []
    for (let record = 0; record < this.#records; record++) {
      if (this.#log.slotOfSent[record]! < 0) continue
      if (sent.invokedAt[record]! > Number.NEGATIVE_INFINITY) invoked.push(record)
      if (sent.completedAt[record]! < Number.POSITIVE_INFINITY) completed.push(record)
    }
    invoked.sort((a, b) => sent.invokedAt[a]! - sent.invokedAt[b]!)
    completed.sort((a, b) => sent.completedAt[a]! - sent.completedAt[b]!)
    const highest = new Int32Array(partitions).fill(NOBODY)
    let next = 0
    for (const record of invoked) {
      for (; next < completed.length && sent.completedAt[completed[next]!]! < sent.invokedAt[record]!; next++) {
        const done = completed[next]!
        const before = highest[sent.partition[done]!]!
        if (before === NOBODY || sent.offset[done]! > sent.offset[before]!) highest[sent.partition[done]!] = done
      }
      const partition = sent.partition[record]!
      const before = highest[partition]!
      if (before === NOBODY || sent.offset[record]! > sent.offset[before]!) continue
      const says = (): string =>
        `${this.#name(record)} at ${sent.offset[record]}, after ${this.#name(before)} at ${sent.offset[before]}`
      this.verdict.found('A15', { partition, records: [before, record] }, says)
    }
  }

  /** Finds A10, A11 and A12: a consumer reads one record after the other. */
  orderOfReading(): void {
    const { read, partitions, consumers } = this.#history
    // The last reading of each session and partition.
    const last = new Map<number, number>()
    for (let at = 0; at < this.#readCount; at++) {
      const partition = read.partition[at]!
      const line = read.session[at]! * partitions + partition
      const before = last.get(line)
      last.set(line, at)
      if (before === undefined) continue
      const step = this.#rank[this.#log.slotOfRead[at]!]! - this.#rank[this.#log.slotOfRead[before]!]!
      if (step === 1) continue
      const within = step > 1 ? 'A10' : 'A11'
      const says = (): string => {
        const consumer = this.#history.consumerName(consumers[read.session[at]!]!)
        return `consumer ${consumer} read ${this.#read(before)}, then ${this.#read(at)}`
      }
      const about = { partition, records: [read.record[before]!, read.record[at]!], reads: [before, at] }
      this.verdict.found(read.poll[before] === read.poll[at] ? within : 'A12', about, says)
    }
  }

  /**
   * Finds A2 and A20: whoever has read everything has read all that was acknowledged, and all that anybody has read.
   */
  finalReads(): void {
    const { sent, read, readers, isOver, consumers } = this.#history
    if (!isOver.includes(true)) return
    const isReader = consumers.map((consumer) => readers.has(consumer))
    const finalRecords = new Uint8Array(this.#records)
    const finalSlots = new Uint8Array(this.#firstRead.length)
    for (let at = 0; at < this.#readCount; at++) {
      if (isReader[read.session[at]!] !== true) continue
      finalRecords[read.record[at]!] = 1
      finalSlots[this.#log.slotOfRead[at]!] = 1
    }
    for (let record = 0; record < this.#records; record++) {
      const partition = sent.partition[record]!
      if (sent.outcome[record] !== ACKNOWLEDGED || finalRecords[record] === 1 || isOver[partition] !== true) continue
      const isPromised = this.#isPromised(record, PROMISES.kept)
      this.verdict.found('A2', { partition, isPromised, records: [record] }, () => this.#acknowledged(record))
    }
    for (let slot = 0; slot < finalSlots.length; slot++) {
      const first = this.#firstRead[slot]!
      if (first === NOBODY || finalSlots[slot] === 1 || isOver[read.partition[first]!] !== true) continue
      const about = { partition: read.partition[first]!, records: [read.record[first]!], reads: [first] }
      this.verdict.found('A20', about, () => this.#read(first))
    }
  }

  #isPromised(record: number, bits: number): boolean {
    return (this.#history.sent.promises[record]! & bits) !== 0
  }

  #name(record: number): string {
    return this.#history.recordName(record)
  }

  #read(at: number): string {
    const { read } = this.#history
    return `${this.#name(read.record[at]!)} at ${read.offset[at]}`
  }

  #acknowledged(record: number): string {
    const offset = this.#history.sent.offset[record]!
    return offset < 0 ? `${this.#name(record)}, acknowledged` : `${this.#name(record)}, acknowledged at ${offset}`
  }
}
