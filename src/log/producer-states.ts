import type { ErrorCode } from '../base/error-code.js'
import { isOn } from '../base/guards.js'
import type { Offset, Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import * as batch from '../record/record-batch.js'
import type { Segment } from './segment.js'
import { SEGMENT_HEADER_BYTES } from './segment-header.js'

/** The number of a producer's last batches that are remembered. (`ProducerStateEntry.NUM_BATCHES_TO_RETAIN`) */
const BATCHES_REMEMBERED = 5
const SEQUENCE_MAX = 2 ** 31 - 1
const NONE = -1

/** One batch of an idempotent producer, as it is remembered. */
export interface RememberedBatch {
  readonly baseSequence: number
  /** The inclusive end. */
  readonly lastSequence: number
  readonly baseOffset: Offset
  /** The exclusive end. */
  readonly endOffset: Offset
  readonly maxTimestamp: Timestamp
}

interface ProducerState {
  readonly epoch: number
  /** The batches, oldest first; all are of this epoch, and there is at least one. */
  readonly batches: RememberedBatch[]
  /** The time at which `expire` first saw the last batch; null if it has not yet. */
  idleSince: Timestamp | null
}

/** A producer that is remembered, as others are told of it. */
export interface ActiveProducer {
  readonly producerId: number
  readonly epoch: number
  readonly last: RememberedBatch
}

/** What a leader makes of a batch before it appends it. A remembered batch means that it is there already. */
export type SequenceCheck = 'NONE' | ErrorCode | RememberedBatch

/** The sequence after so many records; it wraps to 0 behind 2^31 - 1. (`DefaultRecordBatch.incrementSequence`) */
export function sequenceAfter(sequence: number, increment: number): number {
  return sequence > SEQUENCE_MAX - increment ? increment - (SEQUENCE_MAX - sequence) - 1 : sequence + increment
}

/**
 * What a log knows of the idempotent producers that have written to it: the epoch and the last batches of each. It says
 * nothing that the batches do not say. So followers keep it as they append, and a log that is recovered or truncated
 * reads it again. (`ProducerStateManager`, `ProducerStateEntry` and `ProducerAppendInfo` in Kafka, which keeps
 * snapshots beside its segments.)
 */
export class ProducerStates {
  readonly #states = new Map<number, ProducerState>()

  get size(): number {
    return this.#states.size
  }

  /** The producers that are remembered, each with its last batch. */
  get active(): readonly ActiveProducer[] {
    return [...this.#states].map(([producerId, { epoch, batches }]) => {
      return { producerId, epoch, last: batches.at(-1) as RememberedBatch }
    })
  }

  /** Whether a leader may append this batch. (`UnifiedLog.analyzeAndValidateProducerState`) */
  check(memory: Memory, at: number): SequenceCheck {
    const producerId = batch.producerId(memory, at)
    if (producerId === NONE) return 'NONE'
    const state = this.#states.get(producerId)
    // The producer's state is gone with its records, or the producer is new: any sequence is as good as another.
    if (state === undefined) return 'NONE'
    const epoch = batch.producerEpoch(memory, at)
    const baseSequence = batch.baseSequence(memory, at)
    if (epoch < state.epoch) return 'INVALID_PRODUCER_EPOCH'
    if (epoch > state.epoch) return baseSequence === 0 ? 'NONE' : 'OUT_OF_ORDER_SEQUENCE_NUMBER'
    const lastSequence = lastSequenceOf(memory, at)
    const same = state.batches.find((one) => one.baseSequence === baseSequence && one.lastSequence === lastSequence)
    if (same !== undefined && isOn('remembered-batches')) return same
    const { lastSequence: written } = state.batches.at(-1) as RememberedBatch
    const isInTurn = baseSequence === sequenceAfter(written, 1) || !isOn('sequences-in-turn')
    return isInTurn || same !== undefined ? 'NONE' : 'OUT_OF_ORDER_SEQUENCE_NUMBER'
  }

  /** A batch was appended at the end of the log. */
  note(memory: Memory, at: number): void {
    const producerId = batch.producerId(memory, at)
    if (producerId === NONE) return
    const epoch = batch.producerEpoch(memory, at)
    const maxTimestamp = batch.maxTimestamp(memory, at) as Timestamp
    let state = this.#states.get(producerId)
    if (state === undefined || state.epoch !== epoch) {
      state = { epoch, batches: [], idleSince: null }
      this.#states.set(producerId, state)
    }
    if (isOn('expires-by-last-batch')) state.idleSince = null
    const baseSequence = batch.baseSequence(memory, at)
    const lastSequence = lastSequenceOf(memory, at)
    if (state.batches.length === BATCHES_REMEMBERED) state.batches.shift()
    const endOffset = (batch.lastOffset(memory, at) + 1) as Offset
    state.batches.push({
      baseSequence,
      lastSequence,
      baseOffset: batch.baseOffset(memory, at),
      endOffset,
      maxTimestamp,
    })
  }

  /**
   * Whether this batch, which ends before `end`, is the last one there of a producer that is remembered: it tells the
   * sequence, records or not, if what lies behind is truncated. A batch is taken for it where all that are remembered
   * lie behind.
   */
  mayBeLastBefore(end: Offset, memory: Memory, at: number): boolean {
    const state = this.#states.get(batch.producerId(memory, at))
    if (state === undefined) return false
    const last = state.batches.findLast(({ endOffset }) => endOffset <= end)
    return last === undefined || last.endOffset === batch.lastOffset(memory, at) + 1
  }

  /** Reads the batches of a recovered or truncated log. */
  rebuild(segments: readonly Segment[]): void {
    if (!isOn('producers-read-again')) return
    this.#states.clear()
    for (const segment of segments) {
      for (let at = SEGMENT_HEADER_BYTES; at < segment.end; at = segment.batchEnd(at)) this.note(segment.memory, at)
    }
  }

  /**
   * Forgets producers whose last append is so long ago (`producer.id.expiration.ms`), counted from the first call after
   * it; to be called now and then. The time in the records does not count: they may be older than that already when
   * they are appended, and then a retry would be appended again (the cause of KAFKA-6817). A recovered log does not
   * know when it was appended to, so its producers are new.
   */
  expire(now: Timestamp, expirationMs: number): void {
    for (const [producerId, state] of this.#states) {
      state.idleSince ??= now
      if (now - state.idleSince > expirationMs) this.#states.delete(producerId)
    }
  }

  clear(): void {
    this.#states.clear()
  }
}

/** Compaction takes records out of a batch; it counts as many sequences as offsets all the same. */
function lastSequenceOf(memory: Memory, at: number): number {
  const offsets = batch.lastOffset(memory, at) - batch.baseOffset(memory, at)
  return sequenceAfter(batch.baseSequence(memory, at), offsets)
}
