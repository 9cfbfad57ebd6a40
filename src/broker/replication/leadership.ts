import { isOn } from '../../base/guards.js'
import { type Offset, offset, type Timestamp } from '../../base/ids.js'
import type { LogReader } from '../../log/log-reader.js'
import type { IsrMember } from '../../protocol/apis/alter-partition.js'
import type { PartitionMetadata } from '../../protocol/apis/metadata.js'
import type { BrokerImage } from '../../protocol/inner/update-metadata.js'
import { FollowerState } from './follower-state.js'
import { Isr } from './isr.js'

/** What a follower says of itself with a fetch. */
export interface FollowerFetch {
  readonly replicaId: number
  readonly replicaEpoch: number
  readonly fetchOffset: Offset
  /** Where its log begins; -1: it does not say. */
  readonly logStartOffset: number
}

/** The brokers as the last image has them, by id. */
export type Brokers = ReadonlyMap<number, BrokerImage>

/**
 * What the leader of a partition knows of its followers: how far each of them is, which are in sync, and for whom the
 * high watermark waits. A broker that only follows keeps none of it. Lives in the broker's thread.
 */
export class Leadership {
  readonly isr = new Isr([])
  readonly #brokerId: number
  readonly #lagMsMax: number
  readonly #log: LogReader
  #followers = new Map<number, FollowerState>()
  /** Where the log ended when this broker became the leader. */
  #epochStart = offset(0)

  constructor(brokerId: number, lagMsMax: number, log: LogReader) {
    this.#brokerId = brokerId
    this.#lagMsMax = lagMsMax
    this.#log = log
  }

  /** This broker leads from now on, and knows nothing of its followers yet. */
  begin({ replicas, isr }: Pick<PartitionMetadata, 'replicas' | 'isr'>, now: Timestamp): void {
    this.#epochStart = this.#log.logEndOffset
    this.#followers = new Map()
    for (const id of replicas) {
      if (id !== this.#brokerId) this.#followers.set(id, new FollowerState(id, isr.includes(id), now))
    }
  }

  end(): void {
    this.#followers.clear()
  }

  /** Whether all that its predecessors have committed is known to be committed (KIP-207). */
  get knowsCommitted(): boolean {
    return this.#log.highWatermark >= this.#epochStart
  }

  /** A follower has fetched, so it holds all before its offset. False: it is not a replica. */
  followerFetched(fetch: FollowerFetch, now: Timestamp): boolean {
    const { replicaId, replicaEpoch, fetchOffset, logStartOffset } = fetch
    const follower = this.#followers.get(replicaId)
    if (follower === undefined) return false
    follower.fetched(fetchOffset, this.#log.logEndOffset, replicaEpoch, now)
    follower.logStartOffset = offset(logStartOffset)
    return true
  }

  /** Where the log begins that begins first among those of live replicas. (`Partition.lowWatermarkIfLeader`) */
  lowWatermark(brokers: Brokers): Offset {
    let lowest = this.#log.logStartOffset
    for (const { brokerId, logStartOffset } of this.#followers.values()) {
      if (logStartOffset < lowest && brokers.get(brokerId)?.isFenced === false) lowest = logStartOffset
    }
    return lowest
  }

  /** The end of what everybody holds for whom the high watermark waits; exclusive. */
  heldByAll(brokers: Brokers, now: Timestamp): Offset {
    let to = this.#log.logEndOffset
    for (const follower of this.#followers.values()) {
      if (follower.logEndOffset >= to) continue
      if (this.#waitsFor(follower, brokers, now)) to = follower.logEndOffset
    }
    return to
  }

  /** The isr with a follower that has just fetched, if it belongs there now and did not before. (`maybeExpandIsr`) */
  isrWith(brokerId: number, brokers: Brokers): readonly IsrMember[] | null {
    const follower = this.#followers.get(brokerId)
    if (follower === undefined || this.isr.pending !== null || this.isr.committed.includes(brokerId)) return null
    if (!this.#hasCaughtUp(follower) || !this.#isEligible(follower, brokers)) return null
    return this.#members([...this.isr.committed, brokerId], brokers)
  }

  /** The isr without those that have not caught up for too long, if there are any. (`maybeShrinkIsr`) */
  isrWithoutLaggards(brokers: Brokers, now: Timestamp): readonly IsrMember[] | null {
    if (this.isr.pending !== null) return null
    const { committed } = this.isr
    const { logEndOffset } = this.#log
    const left = committed.filter((id) => {
      return this.#followers.get(id)?.isCaughtUp(logEndOffset, now, this.#lagMsMax) !== false
    })
    return left.length === committed.length ? null : this.#members(left, brokers)
  }

  #waitsFor(follower: FollowerState, brokers: Brokers, now: Timestamp): boolean {
    if (this.isr.committed.includes(follower.brokerId)) return true
    if (!isOn('maximal-isr')) return false
    if (this.isr.includesMaximal(follower.brokerId)) return true
    // It would join with its next fetch, if the high watermark did not run away from it.
    return follower.isCaughtUp(this.#log.logEndOffset, now, this.#lagMsMax) && this.#isEligible(follower, brokers)
  }

  /** KIP-966 and KAFKA-2635: behind the high watermark, and behind where this leader began. */
  #hasCaughtUp({ logEndOffset }: FollowerState): boolean {
    if (logEndOffset < this.#log.highWatermark && isOn('high-watermark-to-join')) return false
    return logEndOffset >= this.#epochStart || !isOn('leader-epoch-start')
  }

  /** KIP-841, KIP-903: alive, not on its way out, and the incarnation that has fetched. */
  #isEligible({ brokerId, brokerEpoch, logEndOffset }: FollowerState, brokers: Brokers): boolean {
    const broker = brokers.get(brokerId)
    if (broker === undefined || broker.isFenced || broker.isShuttingDown || logEndOffset < 0) return false
    return broker.brokerEpoch === brokerEpoch || !isOn('broker-epoch-to-join')
  }

  /**
   * Each is named in the incarnation that has fetched. A follower that has not, and this broker, the controller knows.
   */
  #members(ids: readonly number[], brokers: Brokers): IsrMember[] {
    return ids.map((brokerId) => {
      const fetched = this.#followers.get(brokerId)?.brokerEpoch ?? -1
      return { brokerId, brokerEpoch: fetched >= 0 ? fetched : (brokers.get(brokerId)?.brokerEpoch ?? -1) }
    })
  }
}
