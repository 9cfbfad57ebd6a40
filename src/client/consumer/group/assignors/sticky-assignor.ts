import { cooperativeStickyUserData, stickyUserData } from '../../../../protocol/records/sticky-user-data.js'
import { MalformedMessageError } from '../../../../protocol/wire/wire-reader.js'
import { type Assignor, byMemberId, type Group, type GroupMember, NO_GENERATION } from './assignor.js'
import { type Claim, Claims } from './claims.js'
import { equalShares } from './equal-shares.js'
import { GroupTable } from './group-table.js'
import { mixedShares } from './mixed-shares.js'
import { namesOf, topicsOf } from './partitions-by-topic.js'
import { Racks } from './racks.js'

/**
 * Shares evenly, and moves as little as it can (KIP-54). Its rebalances are eager: members hold nothing while they
 * join, and say in `userData` what they had. (Kafka: `StickyAssignor`.)
 */
export const stickyAssignor: Assignor = {
  name: 'sticky',
  supportedProtocols: ['EAGER'],

  userData(last) {
    if (last === null) return null
    const { partitions, generationId } = last
    return stickyUserData.encode(1, { previousAssignment: topicsOf(partitions), generation: generationId })
  },

  assign(group) {
    const { table, shares } = stickyShares(group, claimOfLast)
    return table.assignmentOf(shares)
  },
}

/**
 * Shares like `sticky`, in cooperative rebalances (KIP-429): members keep what they hold while they join, and a
 * partition that changes hands is given out one round later. (Kafka: `CooperativeStickyAssignor`.)
 */
export const cooperativeStickyAssignor: Assignor = {
  name: 'cooperative-sticky',
  supportedProtocols: ['COOPERATIVE', 'EAGER'],

  userData: (last) => cooperativeStickyUserData.encode(0, { generation: last?.generationId ?? NO_GENERATION }),

  assign(group) {
    const { table, claims, shares } = stickyShares(group, claimOfHeld)
    return table.assignmentOf(claims.withoutHeld(shares))
  },
}

function stickyShares(group: Group, claimOf: (member: GroupMember) => Claim) {
  const table = new GroupTable(group, byMemberId)
  const claims = new Claims(table, claimOf)
  const share = table.isUniform ? equalShares : mixedShares
  return { table, claims, shares: share(table, claims.owners, new Racks(table)) }
}

const NOTHING: Claim = { partitions: [], generationId: NO_GENERATION }

/** The claim in the `userData` of `sticky`. Version 0 names no generation, and bytes that are neither claim nothing. */
function claimOfLast({ userData }: GroupMember): Claim {
  if (userData === null || userData.length === 0) return NOTHING
  const last = orNull(() => stickyUserData.decode(1, userData)) ?? orNull(() => stickyUserData.decode(0, userData))
  return last === null ? NOTHING : { partitions: namesOf(last.previousAssignment), generationId: last.generation }
}

/**
 * The claim of a member that keeps what it holds while it joins. Only a subscription older than version 2 has its
 * generation in `userData`.
 */
export function claimOfHeld({ ownedPartitions, generationId, userData }: GroupMember): Claim {
  if (generationId !== NO_GENERATION || userData === null) return { partitions: ownedPartitions, generationId }
  const said = orNull(() => cooperativeStickyUserData.decode(0, userData))
  return { partitions: ownedPartitions, generationId: said?.generation ?? NO_GENERATION }
}

function orNull<Value>(decode: () => Value): Value | null {
  try {
    return decode()
  } catch (error) {
    if (error instanceof MalformedMessageError) return null
    throw error
  }
}
