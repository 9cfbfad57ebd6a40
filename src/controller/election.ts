import { isOn } from '../base/guards.js'
import type { PartitionMetadata } from '../protocol/apis/metadata.js'

/** The leader of a partition that has none. */
export const NO_LEADER = -1

/**
 * `online`: any replica that holds all that was committed. `preferred`: the first replica rather than the present
 * leader. `unclean`: if there is no other, a replica that may lack committed records.
 * (`PartitionChangeBuilder.Election` in Kafka.)
 */
export type ElectionType = 'online' | 'preferred' | 'unclean'

export interface Liveness {
  /** Whether the broker lives and does not mean to end: it may become a leader. */
  mayLead(brokerId: number): boolean
  /** Whether the broker lives: it may go on leading while nobody else may. */
  isAlive(brokerId: number): boolean
}

export interface ElectionResult {
  /** The new leader; -1 if nobody may lead. */
  readonly leader: number
  /** Whether the leader may lack committed records. */
  readonly isUnclean: boolean
}

/**
 * Decides on the leader, given the isr and the elr that the partition is to have. No leader loses office to a replica
 * that is not better. The order:
 *
 *     preferred election alone: the first replica, if it is eligible
 *     the present leader, if it is eligible
 *     the first eligible replica          eligible: in the isr; or in the elr, when the isr is empty
 *     a replica of the isr that lives and shuts down; the present leader first
 *     the last known leader, when isr and elr are empty; it stops being one when it loses its memory
 *     unclean election alone: the first replica that lives
 *
 * Source: `PartitionChangeBuilder.electLeader` (KIP-966). As in Kafka 4.1, the last known leader is elected even where
 * unclean elections are not allowed: both lists are empty only when as many replicas as the minimum of the isr have
 * lost their memory, which is more than was promised to be survived. Only in Odradek, a broker that shuts down may lead
 * a partition that would have no leader in Kafka, and a last known leader that has lost its memory does not lead.
 */
export function electLeader(
  partition: Pick<PartitionMetadata, 'replicas' | 'isr' | 'elr' | 'leader' | 'lastKnownLeader'>,
  type: ElectionType,
  liveness: Liveness,
): ElectionResult {
  const { replicas, isr, elr, leader, lastKnownLeader } = partition
  const mayLead = (brokerId: number): boolean => isEligible(partition, brokerId) && liveness.mayLead(brokerId)
  const preferred = replicas[0] as number
  if (type === 'preferred' && mayLead(preferred)) return clean(preferred)
  if (mayLead(leader)) return clean(leader)
  const eligible = replicas.find(mayLead)
  if (eligible !== undefined) return clean(eligible)
  const leaving = [leader, ...replicas].find((brokerId) => isr.includes(brokerId) && liveness.isAlive(brokerId))
  if (leaving !== undefined) return clean(leaving)
  // KAFKA-19522: it must be alive.
  const isLost = isr.length === 0 && elr.length === 0
  if (isLost && lastKnownLeader !== NO_LEADER && liveness.mayLead(lastKnownLeader)) return unclean(lastKnownLeader)
  const anybody = type === 'unclean' ? replicas.find((brokerId) => liveness.mayLead(brokerId)) : undefined
  return anybody === undefined ? clean(NO_LEADER) : unclean(anybody)
}

/** Whether the replica holds all that was committed. */
function isEligible(
  { isr, elr, replicas }: Pick<PartitionMetadata, 'isr' | 'elr' | 'replicas'>,
  brokerId: number,
): boolean {
  if (!isOn('elect-within-isr')) return replicas.includes(brokerId)
  return isr.includes(brokerId) || (isr.length === 0 && elr.includes(brokerId))
}

const clean = (leader: number): ElectionResult => ({ leader, isUnclean: false })
const unclean = (leader: number): ElectionResult => ({ leader, isUnclean: true })
