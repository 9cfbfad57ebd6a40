/**
 * The first 64 bytes of a segment:
 *
 *    0  published       Int32, Atomics  0 free, -1 unlinked, else where the last batch ends (64: none yet)
 *    8  log             Float64         which log of the broker it belongs to    ┐ written while `published`
 *   16  baseOffset      Float64                                                  │ is still 0
 *   24  sequence        Float64         how many segments this log opened before ┘
 *   32  highWatermark   Float64         ┐ checkpoints, kept in the newest segment alone: hints, which a log
 *   40  logStartOffset  Float64         ┘ that recovers brings into range
 *   48  compactions     Float64         how often what it holds was compacted; of two segments with one sequence, the
 *                                       one with more of them holds what is left of the other
 *
 * The thread of the owning broker writes and reads it, and the owner's next incarnation reads it after the owner's
 * exit.
 */
import { type Offset, offset } from '../base/ids.js'
import type { Memory } from '../base/memory.js'

export const SEGMENT_HEADER_BYTES = 64

/** The value of `published` for a segment in the pool. */
export const FREE = 0
/** The value of `published` for a segment that has left its log. */
export const UNLINKED = -1

const PUBLISHED_WORD = 0
const LOG_AT = 8
const BASE_OFFSET_AT = 16
const SEQUENCE_AT = 24
const HIGH_WATERMARK_AT = 32
const LOG_START_OFFSET_AT = 40
const COMPACTIONS_AT = 48

/** What a log tells a segment that it opens. */
export interface SegmentOpening {
  readonly log: number
  readonly sequence: number
  readonly baseOffset: Offset
  readonly highWatermark: Offset
  readonly logStartOffset: Offset
  /** The limit of the segment's bytes, header included; at most the size of the memory. */
  readonly bytesMax: number
  readonly indexIntervalBytes: number
}

/** What a segment's header tells of its log. */
export interface LogHeader {
  readonly log: number
  readonly highWatermark: Offset
  readonly logStartOffset: Offset
}

export class SegmentHeader {
  readonly #memory: Memory

  constructor(memory: Memory) {
    this.#memory = memory
  }

  get published(): number {
    return Atomics.load(this.#memory.words, PUBLISHED_WORD)
  }

  set published(end: number) {
    Atomics.store(this.#memory.words, PUBLISHED_WORD, end)
  }

  get baseOffset(): Offset {
    return offset(this.#memory.view.getFloat64(BASE_OFFSET_AT))
  }

  get sequence(): number {
    return this.#memory.view.getFloat64(SEQUENCE_AT)
  }

  get compactions(): number {
    return this.#memory.view.getFloat64(COMPACTIONS_AT)
  }

  set compactions(count: number) {
    this.#memory.view.setFloat64(COMPACTIONS_AT, count)
  }

  /** Makes a segment exist whose batches end there: `published` is written last. */
  open(opening: Omit<SegmentOpening, 'bytesMax' | 'indexIntervalBytes'>, end: number, compactions: number): void {
    this.#memory.view.setFloat64(LOG_AT, opening.log)
    this.#memory.view.setFloat64(BASE_OFFSET_AT, opening.baseOffset)
    this.#memory.view.setFloat64(SEQUENCE_AT, opening.sequence)
    this.checkpoint(opening.highWatermark, opening.logStartOffset)
    this.compactions = compactions
    this.published = end
  }

  checkpoint(highWatermark: Offset, logStartOffset: Offset): void {
    this.#memory.view.setFloat64(HIGH_WATERMARK_AT, highWatermark)
    this.#memory.view.setFloat64(LOG_START_OFFSET_AT, logStartOffset)
  }

  told(): LogHeader {
    return {
      log: this.#memory.view.getFloat64(LOG_AT),
      highWatermark: offset(this.#memory.view.getFloat64(HIGH_WATERMARK_AT)),
      logStartOffset: offset(this.#memory.view.getFloat64(LOG_START_OFFSET_AT)),
    }
  }
}
