import type { Timestamp } from '../base/ids.js'
import { CorruptRecordError } from '../record/batch-reader.js'
import { type CompactionParts, CompactionRound } from './compaction-round.js'
import { type Dirt, dirtOf, isOlderThan } from './dirt.js'

/** The parts of a compaction, and how a fresh segment is begun. */
export interface LogCompactionParts extends CompactionParts {
  readonly roll: () => void
}

/**
 * Compacts one log, a round after the other, in steps that somebody else drives: when that is due, and how much of it
 * there is. (`LogCleanerManager` in Kafka, for all logs.) Lives in the broker's thread.
 */
export class Compaction {
  readonly #parts: LogCompactionParts
  #round: CompactionRound | null = null
  /** Whether a batch could not be read: then it is not known which records may go. (`uncleanable-partitions-count`) */
  #isUnreadable = false

  constructor(parts: LogCompactionParts) {
    this.#parts = parts
  }

  /** Whether a round has begun and has not ended. */
  get isUnderWay(): boolean {
    return this.#round !== null
  }

  /**
   * The share of the log that was not compacted yet; 0: nothing is due. Ends the active segment before, if that is
   * overdue.
   */
  dirtyRatio(now: Timestamp): number {
    return this.#dirt(now)?.ratio ?? 0
  }

  /** Goes on with the round that is under way, or begins one if that is due, by so many bytes of the log. */
  step(bytesMax: number, now: Timestamp): void {
    this.#round ??= this.#begin(now)
    if (this.#round === null) return
    try {
      this.#round.step(bytesMax)
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error
      this.#round.stop()
      this.#isUnreadable = true
    }
    if (this.#round.isOver) this.#round = null
  }

  /** Ends the round that is under way. */
  stop(): void {
    this.#round?.stop()
    this.#round = null
  }

  #begin(now: Timestamp): CompactionRound | null {
    const dirt = this.#dirt(now)
    return dirt === null ? null : new CompactionRound(this.#parts, dirt, now)
  }

  #dirt(now: Timestamp): Dirt | null {
    if (this.#isUnreadable) return null
    this.#rollIfOverdue(now)
    return dirtOf(this.#parts.state, this.#parts.options, now)
  }

  /** The active segment is never compacted: max.compaction.lag.ms ends it. (`LogConfig.maxSegmentMs`) */
  #rollIfOverdue(now: Timestamp): void {
    const { state, options, roll } = this.#parts
    const active = state.segments.newest
    if (active === undefined || active.nextOffset > state.lastStableOffset) return
    if (isOlderThan(active, options.lagMsMax, now)) roll()
  }
}
