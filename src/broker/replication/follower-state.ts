import { isOn } from '../../base/guards.js'
import { type Offset, offset, type Timestamp, timestamp } from '../../base/ids.js'

/** Nothing is known of how far a follower is until it has fetched in this epoch. */
const UNKNOWN = offset(-1)

/** How far a follower is, as its leader has seen it from its fetches. (`Replica` and `ReplicaState` in Kafka.) */
export class FollowerState {
  readonly brokerId: number
  logEndOffset = UNKNOWN
  /** Where its log began when it fetched last. */
  logStartOffset = UNKNOWN
  /** Epoch of the incarnation that has fetched; -1: none has. */
  brokerEpoch = -1
  #caughtUpAt: Timestamp
  #lastFetchAt = timestamp(0)
  #leaderEndAtLastFetch = offset(0)

  /** `isInIsr`: its time begins now, though it has not fetched yet. */
  constructor(brokerId: number, isInIsr: boolean, now: Timestamp) {
    this.brokerId = brokerId
    this.#caughtUpAt = isInIsr ? now : timestamp(Number.NEGATIVE_INFINITY)
  }

  /**
   * It asks for what comes from this offset on, so it holds all before. It was caught up now if that is the leader's
   * end, and at its last fetch if that is what was the leader's end then.
   */
  fetched(from: Offset, leaderEnd: Offset, brokerEpoch: number, now: Timestamp): void {
    if (from >= leaderEnd || !isOn('falls-behind')) this.#caughtUpAt = now
    else if (from >= this.#leaderEndAtLastFetch && this.#lastFetchAt > this.#caughtUpAt)
      this.#caughtUpAt = this.#lastFetchAt
    this.logEndOffset = from
    this.brokerEpoch = brokerEpoch
    this.#lastFetchAt = now
    this.#leaderEndAtLastFetch = leaderEnd
  }

  isCaughtUp(leaderEnd: Offset, now: Timestamp, lagMsMax: number): boolean {
    return this.logEndOffset === leaderEnd || now - this.#caughtUpAt <= lagMsMax
  }
}
