import type { Doorbell } from '../../actor/control-block.js'
import type { Clock } from '../../base/clock.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { BATCH_OVERHEAD } from '../../record/layout.js'
import { isRecordData, type RecordData, type RecordHeader } from '../../record/record.js'
import { encodeRecord, recordBytes } from '../../record/record-encoder.js'
import { AccumulatorMemory } from './accumulator-memory.js'
import type { BatchReport } from './batch-report.js'
import { BufferMemory, type BufferMemoryParts } from './buffer-memory.js'
import type { Delivery } from './delivery.js'
import type { KeepFailed } from './failed-batch.js'
import { type OnReport, OutstandingBatches, type OutstandingBatchesParts } from './outstanding-batches.js'
import { OpenBatch, type PartitionAccumulator } from './partition-accumulator.js'

/**
 * The application's side of a producer's memory: encodes each record straight into the open batch of its partition.
 * The other side is the sender; how the two share a batch is told in AccumulatorMemory.
 *
 * Runs on the application's thread. Where batches lie is BufferMemory's to say, and how they end OutstandingBatches'.
 */

/** The open batch has just become full, or there was none: the sender had closed it, or nothing was appended yet. */
type NoOpenBatch = 'open-batch-full' | 'no-open-batch'
/** What became of a record. `full`: there is no memory now; `too-large`: there never will be. */
export type AppendOutcome = 'appended' | 'full' | 'too-large' | NoOpenBatch

/** A record that may wait for a batch, and does not have to be refused. */
export interface WaitedRecord {
  /** The time when it was given, if it was kept since: its batch is as old. Null: its caller waits with it. */
  readonly createdAt: number | null
}

export interface AccumulatorParts
  extends BufferMemoryParts,
    Partial<Pick<OutstandingBatchesParts, 'isPoisoning' | 'keepFailed'>> {
  readonly options: Pick<ProducerOptions, 'batch.size' | 'buffer.memory' | 'max.request.size'>
  readonly shared: AccumulatorMemory
  readonly clock: Clock
  /** Wakes the sender. */
  readonly senderBell: Doorbell
}

export class RecordAccumulator {
  readonly buffer: BufferMemory
  readonly #parts: AccumulatorParts
  #shared: AccumulatorMemory
  readonly #keepFailed: KeepFailed | null
  readonly #batchBytes: number
  /** The limit of a record's bytes, without the batch's header. */
  readonly #recordBytesMax: number
  /** The largest since it was asked for: the one size that each record is held against, and checked if it is larger. */
  #largestRecordBytes = 0
  readonly #outstanding: OutstandingBatches
  #topicChangesSeen = 0
  #batchesOpened = 0

  constructor(parts: AccumulatorParts) {
    this.buffer = new BufferMemory(parts)
    this.#parts = parts
    this.#shared = parts.shared
    const { 'batch.size': batchBytes, 'buffer.memory': bufferMax, 'max.request.size': requestMax } = parts.options
    this.#batchBytes = batchBytes
    this.#recordBytesMax = Math.min(requestMax, bufferMax) - BATCH_OVERHEAD
    const { isPoisoning = false, keepFailed = null } = parts
    this.#keepFailed = keepFailed
    this.#outstanding = new OutstandingBatches({ ...parts, buffer: this.buffer, isPoisoning, keepFailed })
  }

  /** Batches that the sender has not reported yet. */
  get outstanding(): number {
    return this.buffer.outstanding
  }

  /** Whether a promise hangs on one of the batches that are not reported yet. */
  get isAwaited(): boolean {
    return this.#outstanding.areAwaited
  }

  /** How many batches were ever opened: a batch with a smaller number was opened before. */
  get batchesOpened(): number {
    return this.#batchesOpened
  }

  /**
   * Adds a record. The delivery is told once, when the record's batch is reported. `waited` is null if it comes from
   * `produce` just now.
   */
  append(
    target: PartitionAccumulator,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    timestamp: number,
    delivery: Delivery | null,
    waited: WaitedRecord | null = null,
  ): Exclude<AppendOutcome, NoOpenBatch> {
    const outcome = this.appendToOpen(target, key, value, headers, timestamp, delivery)
    if (outcome === 'appended' || outcome === 'too-large') return outcome
    return this.#appendToNew(target, key, value, headers, timestamp, delivery, waited)
  }

  /** Adds a record to the open batch, if it has room. Otherwise there is none afterwards. */
  appendToOpen(
    target: PartitionAccumulator,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    timestamp: number,
    delivery: Delivery | null,
  ): 'appended' | 'too-large' | NoOpenBatch {
    const { open } = target
    if (open === null) return 'no-open-batch'
    const bytesMax = this.#batchBytes - open.bytes
    const at = open.position + open.bytes
    const bytes = encodeRecord(
      open.memory,
      at,
      bytesMax,
      open.count,
      timestamp - open.baseTimestamp,
      key,
      value,
      headers,
    )
    if (bytes > this.#largestRecordBytes && this.#isTooLarge(bytes)) return 'too-large'
    if (bytes >= 0 && this.#commit(open, open.count + 1, open.bytes + bytes, timestamp)) {
      if (delivery !== null) this.#attach(open, delivery)
      return 'appended'
    }
    target.open = null
    if (bytes >= 0) return 'no-open-batch'
    this.#shared.close(open.slot)
    return 'open-batch-full'
  }

  /**
   * Adds a row of values from `first` on to the open batch: as many as have room there, one after the other, before the
   * sender closes it. Returns how many; whoever appends the next one finds out why.
   */
  appendValuesToOpen(
    target: PartitionAccumulator,
    values: readonly unknown[],
    first: number,
    timestamp: number,
    delivery: Delivery | null,
  ): number {
    const { open } = target
    if (open === null) return 0
    const { memory, position, baseTimestamp, count: before } = open
    let count = before
    let bytes = open.bytes
    let recordBytes = 0
    for (let index = first; index < values.length; index++) {
      const value = values[index]
      if (!isRecordData(value)) break
      const [at, room] = [position + bytes, this.#batchBytes - bytes]
      const taken = encodeRecord(memory, at, room, count, timestamp - baseTimestamp, null, value, null)
      if (taken < 0 || (taken > this.#largestRecordBytes && this.#isTooLarge(taken))) break
      recordBytes = taken
      bytes += taken
      count += 1
    }
    if (count === before) return 0
    // The last one of an even number goes alone.
    const isOdd = (count - before) % 2 === 1
    const isIn = isOdd || this.#commit(open, count - 1, bytes - recordBytes, timestamp)
    if (!isIn || !this.#commit(open, count, bytes, timestamp)) target.open = null
    const added = open.count - before
    if (delivery !== null && added > 0) this.#attach(open, delivery, added)
    return added
  }

  #appendToNew(
    target: PartitionAccumulator,
    key: RecordData,
    value: RecordData,
    headers: readonly RecordHeader[] | null,
    timestamp: number,
    delivery: Delivery | null,
    waited: WaitedRecord | null,
  ): 'appended' | 'full' | 'too-large' {
    const bytes = recordBytes(0, 0, key, value, headers)
    if (bytes > this.#largestRecordBytes && this.#isTooLarge(bytes)) return 'too-large'
    const batch = this.#openBatch(target, bytes, timestamp, waited)
    // A batch that was closed just now is announced by the one that follows it, or else by whoever waits.
    if (batch === null) return 'full'
    encodeRecord(batch.memory, batch.position + BATCH_OVERHEAD, bytes, 0, 0, key, value, headers)
    this.#commit(batch, 1, batch.bytes + bytes, timestamp)
    if (delivery !== null) this.#attach(batch, delivery)
    target.open = batch
    target.bytesEver += BATCH_OVERHEAD
    this.#shared.announce(batch.slot)
    this.#parts.senderBell.ring()
    return 'appended'
  }

  /** Notes that the record appended last to this partition has named it. */
  noteNamed({ open }: PartitionAccumulator): void {
    if (this.#keepFailed !== null) open?.noteNamed()
  }

  /** Returns the bytes of the largest record since the last call; 0: there was none. */
  takeLargestRecordBytes(): number {
    const bytes = this.#largestRecordBytes
    this.#largestRecordBytes = 0
    return bytes
  }

  /** Bytes of a batch that holds this record alone. */
  batchBytesOf(key: RecordData, value: RecordData, headers: readonly RecordHeader[] | null): number {
    return BATCH_OVERHEAD + recordBytes(0, 0, key, value, headers)
  }

  /** Tells the sender whether somebody waits for memory, which makes every batch ready. */
  setWaiting(isWaiting: boolean): void {
    this.#shared.isWaiting = isWaiting
    if (isWaiting) this.#parts.senderBell.ring()
  }

  /** Tells the sender that what it drains from now on leaves because of the close. */
  setClosing(): void {
    this.#shared.isClosing = true
  }

  /** Tells the sender whether a flush is under way, which makes every batch ready. */
  setFlushing(isFlushing: boolean): void {
    this.#shared.isFlushing = isFlushing
    if (isFlushing) this.#parts.senderBell.ring()
  }

  /** Returns whether topics were created again since the last call. */
  takeTopicChange(): boolean {
    const seen = this.#topicChangesSeen
    this.#topicChangesSeen = this.#shared.topicChanges
    return this.#topicChangesSeen !== seen
  }

  /** Frees what the sender has reported and tells the deliveries. Returns how many batches were reported. */
  takeReports(onReport: OnReport): number {
    return this.#outstanding.takeReports(onReport)
  }

  /** Settles every batch that was not reported, in the order of opening: the sender will not speak again. */
  abandon(error: BatchReport['error'], onReport: OnReport): void {
    this.#outstanding.abandon(error, onReport)
  }

  /**
   * Touches none of its memory any more, whatever is called: it may be another producer's. All batches are settled, and
   * kept.
   */
  letGo(): void {
    this.#shared = AccumulatorMemory.allocate(1)
    this.#outstanding.letGo(this.#shared)
    this.buffer.letGo()
    this.#topicChangesSeen = 0
  }

  #isTooLarge(bytes: number): boolean {
    if (bytes > this.#recordBytesMax) return true
    this.#largestRecordBytes = bytes
    return false
  }

  /**
   * Makes what was written beyond the end part of the batch, which has so many records and bytes then: records are
   * added in odd numbers. False: the sender closed the batch first.
   */
  #commit(batch: OpenBatch, count: number, bytes: number, timestamp: number): boolean {
    const maxTimestamp = timestamp > batch.maxTimestamp ? timestamp : batch.maxTimestamp
    this.#shared.stage(batch.slot, count, bytes, maxTimestamp)
    if (!this.#shared.commit(batch.slot, count, batch.count)) return false
    batch.target.bytesEver += bytes - batch.bytes
    batch.count = count
    batch.bytes = bytes
    batch.maxTimestamp = maxTimestamp
    return true
  }

  #attach(batch: OpenBatch, delivery: Delivery, records = 1): void {
    if (batch.attach(delivery, records) && delivery.isAwaited && !batch.isAwaited) this.#outstanding.await(batch)
  }

  #openBatch(
    target: PartitionAccumulator,
    recordBytes: number,
    timestamp: number,
    waited: WaitedRecord | null,
  ): OpenBatch | null {
    const place = this.buffer.take(BATCH_OVERHEAD + recordBytes, waited === null)
    if (place === null) return null
    const { slot, memory, memoryId, position } = place
    const batch = new OpenBatch(target, slot, memory, memoryId, position, timestamp, this.#batchesOpened++)
    this.#outstanding.add(batch)
    this.#shared.open(slot, {
      topicId: target.topicId,
      partition: target.partition,
      memoryId,
      position,
      baseTimestamp: timestamp,
      createdAt: waited?.createdAt ?? this.#parts.clock.now(),
    })
    return batch
  }
}
