import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { isOn } from '../../base/guards.js'
import type { KeptRecord } from '../../record/lent-record.js'
import { type FetchedSlice, goesOn, isCurrent, type SliceSource } from './fetching/fetched-slice.js'
import { type OpenSlice, openSlice } from './fetching/slice-cursor.js'
import { KeptRecords } from './kept-records.js'
import { LentBatch } from './lent-batch.js'

export type HandingOutOptions = Pick<ConsumerOptions, 'max.poll.records' | 'odradek.lend'>

/**
 * Hands records out of the slices of a source, whoever reads them: a handler, `poll` or `for await`. One slice is open
 * at a time, and is gone through before another one is opened:
 *
 *     open ─▶ nextBatch or nextRecord, as long as it is stillOpen ─▶ close: all of it was handed out; it is given back
 *                                                                 ─▶ leave: the rest is put back, and waits
 *
 * A slice that is left is given back when its partition was sought elsewhere or taken away.
 */
export class HandingOut {
  readonly #source: SliceSource
  readonly #options: HandingOutOptions
  #open: OpenSlice | null = null
  /** The open slice's records that may be kept; null: none was asked for yet. */
  #kept: KeptRecords | null = null
  /** The batch whose loan has not ended. */
  #lent: LentBatch | null = null
  /** The offset behind the last record of the open slice that was handed out; -1: none was. */
  #nextOffset = -1

  constructor(source: SliceSource, options: HandingOutOptions) {
    this.#source = source
    this.#options = options
  }

  /** The slice that is open; null: none is. */
  get slice(): FetchedSlice | null {
    return this.#open?.cursor.slice ?? null
  }

  get lent(): LentBatch | null {
    return this.#lent
  }

  open(slice: FetchedSlice): void {
    this.#open = openSlice(slice, this.#options['odradek.lend'])
    this.#nextOffset = -1
  }

  /**
   * Leaves the open slice when its partition was paused, sought elsewhere or taken away. Returns whether one is open
   * now.
   */
  stillOpen(): boolean {
    if (this.#open === null) return false
    if (goesOn(this.#source, this.#open.cursor.slice)) return true
    this.leave()
    return false
  }

  /** The next max.poll.records of the open slice; null: there were none, and the slice is closed. */
  nextBatch(): LentBatch | null {
    const batch = new LentBatch((this.#open as OpenSlice).cursor, this.#options['max.poll.records'])
    if (batch.hasRecords) {
      this.#lent = batch
      if (!isOn('read-with-next-poll')) this.handled(batch.endOffset)
      return batch
    }
    this.#finish((this.#open as OpenSlice).cursor.endOffset)
    return null
  }

  /** Ends the loan of the batch. What nobody has looked at counts as handed out, as in Kafka. */
  endBatch(): void {
    const batch = this.#lent
    if (batch === null) return
    this.#lent = null
    batch.end()
    this.handled(batch.nextOffset)
  }

  /** The offset behind what was handled of the open slice. */
  get handledTo(): number {
    return Math.max(this.#nextOffset, this.slice?.fetchOffset ?? -1)
  }

  /** Records of the open slice from behind what was handled up to this offset, copied. */
  unhandledBefore(endOffset: number): KeptRecord[] {
    const records: KeptRecord[] = []
    const left = new KeptRecords({ ...(this.slice as FetchedSlice), fetchOffset: this.handledTo })
    for (let record = left.next(); record !== null && record.offset < endOffset; record = left.next())
      records.push(record)
    return records
  }

  /** The next record of the open slice; null: there was none, and the slice is closed. */
  nextRecord(): KeptRecord | null {
    const open = this.#open as OpenSlice
    this.#kept ??= new KeptRecords(open.cursor.slice)
    const record = this.#kept.next()
    if (record === null) this.#finish(this.#kept.endOffset)
    return record
  }

  /** Notes that the open slice's records before this offset were handed out. */
  handled(nextOffset: number): void {
    this.#nextOffset = nextOffset
    this.#source.handled((this.#open as OpenSlice).cursor.slice, nextOffset)
  }

  /** All of the open slice was handed out. At its end compaction may have left offsets without records. */
  #finish(endOffset: number): void {
    if (endOffset > this.#nextOffset) this.handled(endOffset)
    this.close()
  }

  leave(): void {
    this.endBatch()
    const open = this.#open
    if (open === null) return
    const { slice } = open.cursor
    if (!isCurrent(this.#source, slice)) return this.close()
    this.#open = null
    this.#kept = null
    open.endLoan()
    this.#source.putBack({ ...slice, fetchOffset: Math.max(slice.fetchOffset, this.#nextOffset) })
  }

  /** Leaves the open slice behind the last record that was handled: the batch that is lent counts as not handed out. */
  giveUp(): void {
    this.#lent?.end()
    this.#lent = null
    this.leave()
  }

  close(): void {
    const open = this.#open
    this.#open = null
    this.#kept = null
    this.#lent = null
    open?.close()
  }
}
