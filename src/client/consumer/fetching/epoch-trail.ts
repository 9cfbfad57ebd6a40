/** A stretch of records that are all of one leader epoch. */
interface Stretch {
  readonly epoch: number
  /** The offset behind its last record. */
  end: number
}

/** A consumer is so many elections behind at most; older stretches are forgotten. */
const STRETCHES_MAX = 8

/**
 * The leader epochs of what was fetched of a partition, so that an offset can be committed together with the epoch of
 * the record before it (KIP-320). Whoever fetches is ahead of whoever commits by a slice or two, and so most of the
 * time there is one stretch.
 */
export class EpochTrail {
  /** The offset from which on something is known. */
  #start = 0
  #stretches: Stretch[] = []

  /** Forgets everything: what comes next begins at this offset, behind a record of this epoch. */
  restart(at: number, epoch: number): void {
    this.#start = at
    this.#stretches = [{ epoch, end: at }]
  }

  /** Notes records up to this offset, behind those noted last. */
  note(end: number, firstEpoch: number, lastEpoch: number): void {
    const newest = this.#stretches[this.#stretches.length - 1]
    if (newest?.epoch === lastEpoch && firstEpoch === lastEpoch) {
      newest.end = end
      return
    }
    // Where epochs change within a slice, only its end is known.
    if (firstEpoch !== lastEpoch) this.restart(end, lastEpoch)
    else this.#stretches.push({ epoch: lastEpoch, end })
    if (this.#stretches.length <= STRETCHES_MAX) return
    this.#start = (this.#stretches[0] as Stretch).end + 1
    this.#stretches = this.#stretches.slice(1)
  }

  /** Leader epoch of the record before this offset; -1: not known. */
  before(offset: number): number {
    if (offset < this.#start) return -1
    for (const { epoch, end } of this.#stretches) if (offset <= end) return epoch
    return -1
  }
}
