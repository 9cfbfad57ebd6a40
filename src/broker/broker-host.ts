import type { BrokerPoint } from '../actor/points.js'
import type { SegmentKeeper } from '../log/types.js'

/** What a broker is given by whoever runs it: what outlives its thread. */
export interface BrokerHost {
  /** See `Context.point`. */
  readonly point: (name: BrokerPoint) => void
  readonly segments: SegmentKeeper
  /** Whether recycled segments are overwritten, so that a reader without a lease is found out. Default false. */
  readonly isPoisoning?: boolean
  /** BROKER_NOTES_BYTES of zeros on the first start, and when the memory was lost; see `BrokerNotes`. */
  readonly notes: SharedArrayBuffer
}

export const BROKER_NOTES_BYTES = 64

/**
 * What a broker notes for its next incarnation, beside its logs:
 *
 *     float64 0   the broker epoch of the last registration, plus 1; 0: there was none
 *
 * Written by the broker's thread, read by its next incarnation.
 */
export class BrokerNotes {
  readonly #cells: Float64Array

  constructor(shared: SharedArrayBuffer) {
    this.#cells = new Float64Array(shared)
  }

  /** -1: there was none. */
  get brokerEpoch(): number {
    return (this.#cells[0] as number) - 1
  }

  set brokerEpoch(epoch: number) {
    this.#cells[0] = epoch + 1
  }
}
