import type { Timestamp } from '../../base/ids.js'
import type { AskedFor, AskedGroups, GroupRequestOf } from './group-messages.js'

/** An assignor by its name, and what the member tells the one who assigns by it. */
export type Protocol = GroupRequestOf<'JoinGroup'>['protocols'][number]

export const NOTHING_ASSIGNED = new Uint8Array(0)

/** What a member has asked for, each time that it joins. */
export interface MemberWish {
  protocols: readonly Protocol[]
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
}

/** A member of a classic group. (`ClassicGroupMember`) */
export interface Member extends MemberWish {
  readonly id: string
  /** The name by which a static member comes back (KIP-345); null: it is a dynamic one. */
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Its part, in bytes that the coordinator does not look into. */
  assignment: Uint8Array
  /** Whether it has not seen the end of a join phase yet. */
  isNew: boolean
  /** Its parked JoinGroup. */
  joining: AskedFor<'JoinGroup'> | null
  /** Its parked SyncGroup. */
  syncing: AskedFor<'SyncGroup'> | null
  /** Its parked AwaitRebalance; null: the next Heartbeat tells it. */
  watching: AskedFor<'AwaitRebalance'> | null
  /** The actor that speaks for it, by whose end it is given up; null: nobody would be seen to end. */
  readonly peer: string | null
  /** The moment at which it is removed unless it is heard of before; NEVER while it waits. */
  deadline: Timestamp
}

/** Whether the group owes the member an answer. */
export function isWaiting({ joining, syncing }: Member): boolean {
  return joining !== null || syncing !== null
}

/** Whether this is one of the requests that the member waits for. */
export function isParkedWith({ joining, syncing, watching }: Member, asked: AskedGroups): boolean {
  return joining === asked || syncing === asked || watching === asked
}

/** Version 0 of JoinGroup has no rebalance timeout. (`JoinGroupRequest.maybeOverrideRebalanceTimeout`) */
export function wishOf(request: GroupRequestOf<'JoinGroup'>): MemberWish {
  const { protocols, sessionTimeoutMs, rebalanceTimeoutMs } = request
  const hasTimeout = rebalanceTimeoutMs >= 0
  return { protocols, sessionTimeoutMs, rebalanceTimeoutMs: hasTimeout ? rebalanceTimeoutMs : sessionTimeoutMs }
}

/** Whether a member says the same again: same assignors in the same order, with the same bytes. */
export function areSame(some: readonly Protocol[], others: readonly Protocol[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ name, metadata }, index) => {
      const other = others[index]!
      return name === other.name && Buffer.compare(metadata, other.metadata) === 0
    })
  )
}

/** What a member says for an assignor; nothing if it does not name it. */
export function metadataOf({ protocols }: MemberWish, name: string | null): Uint8Array {
  return protocols.find((protocol) => protocol.name === name)?.metadata ?? NOTHING_ASSIGNED
}
