import { isOn } from '../base/guards.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'
import { type ElectionType, electLeader, type Liveness, NO_LEADER } from './election.js'
import type { PartitionState } from './metadata-records.js'

/** What a partition should become. */
export interface PartitionWish {
  /** The members that the isr should have; its present ones if absent. */
  readonly isr?: readonly number[]
  /** A replica that has lost its memory: it leaves the isr, joins no elr, and is forgotten as the last leader. */
  readonly lossy?: number
  readonly election: ElectionType
}

/**
 * Works out the change that makes a wish true: the isr, further eligible leaders (KIP-966), the leader, and the epochs.
 * Null if all is as it should be. (`PartitionChangeBuilder.build` in Kafka.)
 *
 * - The partition epoch grows with every change, the leader epoch when the leader changes, also to nobody. A smaller
 *   isr alone begins no leader epoch, as in Kafka since 3.6 (KAFKA-15021).
 * - Replicas that leave the isr while it is below its minimum join the elr: the high watermark stands still from then
 *   on, so they keep holding all that is committed. With enough replicas in the isr the elr is emptied.
 * - A leader from outside of the isr begins with an isr of itself.
 * - While nobody leads, the last leader is remembered, until it loses its memory: elected with an empty log, it would
 *   have the others give up what they still hold. In Kafka it stays elected. If there are no others, there is nothing
 *   to save.
 */
export function changePartition(
  partition: PartitionMetadata,
  wish: PartitionWish,
  minIsr: number,
  liveness: Liveness,
): PartitionState | null {
  let isr = wish.isr ?? partition.isr
  let elr = eligibleOutside(partition, isr, wish.lossy, minIsr)
  const isForgotten = partition.lastKnownLeader === wish.lossy && partition.replicas.length > 1
  const lastLeader = isForgotten ? NO_LEADER : partition.lastKnownLeader
  const before = { ...partition, lastKnownLeader: lastLeader }
  const { leader, isUnclean } = electLeader({ ...before, isr, elr }, wish.election, liveness)
  if (leader !== NO_LEADER && !isr.includes(leader)) {
    isr = [leader]
    elr = isUnclean || isr.length >= minIsr ? [] : elr.filter((brokerId) => brokerId !== leader)
  }
  const hasMoved = leader !== partition.leader
  const isKept = lastLeader === partition.lastKnownLeader && isSame(isr, partition.isr) && isSame(elr, partition.elr)
  if (!hasMoved && isKept) return null
  return {
    leader,
    leaderEpoch: partition.leaderEpoch + (hasMoved && isOn('leader-epoch-grows') ? 1 : 0),
    partitionEpoch: partition.partitionEpoch + 1,
    isr,
    elr,
    lastKnownLeader: lastKnownLeader(before, leader),
  }
}

/** The elr, in the order of the assignment. Source: `PartitionChangeBuilder.maybePopulateTargetElr`. */
function eligibleOutside(
  { replicas, isr: before, elr }: PartitionMetadata,
  isr: readonly number[],
  lossy: number | undefined,
  minIsr: number,
): readonly number[] {
  if (isr.length >= minIsr && isOn('elr-below-minimum')) return []
  return replicas.filter(
    (brokerId) =>
      (before.includes(brokerId) || elr.includes(brokerId)) && !isr.includes(brokerId) && brokerId !== lossy,
  )
}

function lastKnownLeader(before: PartitionMetadata, leader: number): number {
  if (leader !== NO_LEADER) return NO_LEADER
  return before.leader === NO_LEADER ? before.lastKnownLeader : before.leader
}

/** Whether two lists are the same sets; the order of an isr means nothing. */
function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((brokerId) => other.includes(brokerId))
}
