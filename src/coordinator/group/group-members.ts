import { assert } from '../../base/assert.js'
import { isOn } from '../../base/guards.js'
import type { AskedFor } from './group-messages.js'
import type { Member, MemberWish, Protocol } from './member.js'
import { count, supportCounts } from './protocol-vote.js'

/**
 * The members of a group by their ids, in the order in which they came, with what is counted over them. The first to
 * come while there is no leader is the leader, and leads until it leaves or is late for a join phase.
 */
export class GroupMembers {
  readonly #members = new Map<string, Member>()
  /** Ids of the static members. */
  readonly #byInstance = new Map<string, string>()
  /** How many members support each assignor. */
  readonly #supported = new Map<string, number>()
  /** How many members wait in a JoinGroup. */
  #joining = 0
  #leaderId: string | null = null

  get size(): number {
    return this.#members.size
  }

  get joining(): number {
    return this.#joining
  }

  get leaderId(): string | null {
    return this.#leaderId
  }

  /** The longest that a member wants to be waited for; 0 without members. */
  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { rebalanceTimeoutMs } of this.#members.values()) longest = Math.max(longest, rebalanceTimeoutMs)
    return longest
  }

  get(id: string): Member | undefined {
    return this.#members.get(id)
  }

  /** The member that goes by this instance id. */
  ofInstance(instanceId: string | null): Member | undefined {
    const id = instanceId === null ? undefined : this.#byInstance.get(instanceId)
    return id === undefined ? undefined : this.#members.get(id)
  }

  all(): Member[] {
    return [...this.#members.values()]
  }

  add(member: Member): void {
    assert(!this.#members.has(member.id), 'A member is added once')
    assert(this.ofInstance(member.instanceId) === undefined, 'An instance id has one member')
    this.#members.set(member.id, member)
    if (member.instanceId !== null) this.#byInstance.set(member.instanceId, member.id)
    count(this.#supported, member, 1)
    if (member.joining !== null) this.#joining += 1
    this.#leaderId ??= member.id
  }

  remove(member: Member): void {
    assert(this.#members.delete(member.id), 'A member that is removed is there')
    if (member.instanceId !== null) this.#byInstance.delete(member.instanceId)
    count(this.#supported, member, -1)
    if (member.joining !== null) this.#joining -= 1
    if (this.#leaderId === member.id) this.#leaderId = this.#members.keys().next().value ?? null
  }

  /** Another process goes on as this static member: in its place, and as the leader if it was. */
  replace(old: Member, by: Member): void {
    const leaderId = this.#leaderId === old.id ? by.id : this.#leaderId
    const members = this.all()
    this.remove(old)
    this.add(by)
    this.#leaderId = leaderId
    this.#members.clear()
    for (const member of members) this.#members.set(member === old ? by.id : member.id, member === old ? by : member)
  }

  /** The leader that the log names. */
  reelect(leaderId: string): void {
    this.#leaderId = leaderId
  }

  /** What the member wants from now on. */
  update(member: Member, wish: MemberWish): void {
    count(this.#supported, member, -1)
    Object.assign(member, wish)
    count(this.#supported, member, 1)
  }

  /** The member waits in this JoinGroup; null: it does not wait any more. */
  setJoining(member: Member, asked: AskedFor<'JoinGroup'> | null): void {
    this.#joining += Number(asked !== null) - Number(member.joining !== null)
    member.joining = asked
  }

  /** Whether one of these assignors is supported by every member. */
  shareOneOf(protocols: readonly Protocol[]): boolean {
    return protocols.some(({ name }) => (this.#supported.get(name) ?? 0) === this.#members.size)
  }

  /** The lead goes to a member that waits, if the leader does not. False: nobody waits. (KAFKA-8220) */
  electJoined(): boolean {
    const leader = this.#leaderId === null ? undefined : this.#members.get(this.#leaderId)
    if (leader?.joining != null || !isOn('leads-when-joined')) return true
    const joined = this.all().find(({ joining }) => joining !== null)
    if (joined !== undefined) this.#leaderId = joined.id
    return joined !== undefined
  }

  checkInvariants(): void {
    const members = this.all()
    assert(members.filter(({ joining }) => joining !== null).length === this.#joining, 'Members that join are counted')
    const leads = this.#leaderId === null ? members.length === 0 : this.#members.has(this.#leaderId)
    assert(leads, 'The leader is a member, and members have a leader')
    const fixed = members.filter(({ instanceId }) => instanceId !== null)
    const areMapped = fixed.every((member) => this.ofInstance(member.instanceId) === member)
    assert(areMapped && fixed.length === this.#byInstance.size, 'Instance ids and static members are one to one')
    const supported = supportCounts(members)
    const areCounted = [...supported].every(([name, times]) => this.#supported.get(name) === times)
    assert(areCounted && supported.size === this.#supported.size, 'Supported assignors are counted over the members')
  }
}
