import { decodeAssignment } from '../../../client/consumer/group/assignors/member-metadata.js'
import type {
  CommittedOffset,
  GroupRecord,
  LoggedGroup,
  LoggedMember,
} from '../../../coordinator/group/group-records.js'
import type { PartitionName } from '../../../protocol/partition.js'
import { GroupFinding, type GroupFindingId } from './group-findings.js'

/** A process that reads for a group, as the others know it. */
export interface Owner {
  readonly name: string
  /** Null: a dynamic member. */
  readonly instanceId: string | null
  /** Whether its consumer commits by itself. */
  readonly commitsAlone: boolean
}

/** One member's time with a partition: from onPartitionsAssigned until it gives the partition up. */
interface Span {
  readonly number: number
  /** The offset of the record that comes next; -1: none was handed out. */
  next: number
  /** Where it may begin: at whatever was committed at some time until now. Nobody knows when it has asked. */
  readonly begins: Set<number>
}

/** One partition, as a group has it. */
interface Place {
  readonly spans: Map<Owner, Span>
  /** How many spans each process has had. */
  readonly counts: Map<string, number>
  /** The offset behind everything that counts as read: a later poll has come, or the handler has returned. */
  readTo: number
  /** The process that was handed each record last, by its offset. */
  readonly read: Map<number, Owner>
  /** What the log says is committed; null: nothing. */
  committed: number | null
  /** What was committed when the present generation began. */
  floor: number
  /** Every commit that is in the log, by its offset and metadata. */
  readonly values: Set<string>
  /** What was acknowledged and has not been seen in the log yet. */
  readonly awaited: Set<string>
}

/** An offset that a process commits, and its span of that time. */
export interface Commit extends PartitionName {
  readonly offset: number
  readonly metadata: string
}

const nameOf = ({ topic, partition }: PartitionName): string => `${topic}-${partition}`

/**
 * What a group has done, as its members are told it and as the log of its coordinator has it, checked as it happens.
 *
 *     members     assigned ─▶ handed out ─▶ settled ─▶ revoked or lost
 *     the log     group records and commits, once they are committed
 *
 * The first finding is kept for whoever drives the simulation: what throws in a callback of a member is the member's.
 */
export class GroupLedger {
  readonly #groupId: string
  /** How long an Empty group keeps what it has committed. */
  readonly #retentionMs: number
  readonly #places = new Map<string, Place>()
  #found: GroupFinding | null = null
  /** The group as the log has it; null: not at all. */
  logged: LoggedGroup | null = null
  /** The member to which the generation in the log has given each partition. */
  #given = new Map<string, LoggedMember>()
  /** The last generation in which a static member has come back. */
  #returnedIn: number | null = null
  /** How often a record was handed out that a member had been handed before. */
  redelivered = 0
  /** Whether nothing goes wrong any more: what is committed before it is given up is not handed out again. */
  isAtPeace = false

  constructor(groupId: string, retentionMs: number) {
    this.#groupId = groupId
    this.#retentionMs = retentionMs
  }

  get found(): GroupFinding | null {
    return this.#found
  }

  report(id: GroupFindingId, says: string): void {
    this.#found ??= new GroupFinding(id, `${this.#groupId}: ${says}`)
  }

  assigned(owner: Owner, names: readonly PartitionName[]): void {
    for (const name of names) {
      const place = this.#place(name)
      if (place.spans.has(owner)) this.report('I28', `${owner.name} was assigned ${nameOf(name)} twice`)
      for (const other of place.spans.keys()) this.#checkBoth(owner, other, name)
      const number = (place.counts.get(owner.name) ?? 0) + 1
      place.counts.set(owner.name, number)
      place.spans.set(owner, { number, next: -1, begins: new Set([place.committed ?? 0]) })
    }
  }

  gaveUp(owner: Owner, names: readonly PartitionName[]): void {
    for (const name of names) {
      const had = this.#place(name).spans.delete(owner)
      if (!had) this.report('I28', `${owner.name} was told to give up ${nameOf(name)}, and did not have it`)
    }
  }

  /** The process is dead: it has nothing any more. */
  died(owner: Owner): void {
    for (const place of this.#places.values()) place.spans.delete(owner)
  }

  /** The owner was handed this record. */
  handedOut(owner: Owner, name: PartitionName, offset: number): void {
    const place = this.#place(name)
    const span = place.spans.get(owner)
    const where = `${offset} of ${nameOf(name)}`
    if (span === undefined) return this.report('I29', `${owner.name} was handed ${where}`)
    const says = `${owner.name} was handed ${where}`
    if (span.next < 0) {
      if (!span.begins.has(offset)) this.report('A30', `${says}, and ${[...span.begins].join(' or ')} was committed`)
    } else if (offset !== span.next) this.report('A12', `${says}, and ${span.next} was next`)
    span.next = offset + 1
    const reader = place.read.get(offset)
    place.read.set(offset, owner)
    if (reader === undefined) return
    this.redelivered += 1
    if (this.isAtPeace && reader.commitsAlone) this.report('I30', `${owner.name} was handed ${where} again`)
  }

  /** Counts as read what the owner was handed of this partition, or of all partitions. */
  settled(owner: Owner, name?: PartitionName): void {
    for (const place of name === undefined ? this.#places.values() : [this.#place(name)])
      place.readTo = Math.max(place.readTo, place.spans.get(owner)?.next ?? -1)
  }

  /** Returns what the owner would commit: all that it was handed, under the numbers of its spans. */
  commitsOf(owner: Owner): Commit[] {
    return [...this.#places].flatMap(([key, { spans }]) => {
      const span = spans.get(owner)
      if (span === undefined || span.next < 0) return []
      const at = key.lastIndexOf('-')
      const name = { topic: key.slice(0, at), partition: Number(key.slice(at + 1)) }
      return [{ ...name, offset: span.next, metadata: `${owner.name} ${span.number} ${owner.instanceId ?? ''}` }]
    })
  }

  /**
   * The commits are in the log, or will be seen there: a coordinator that was killed in the turn in which it has
   * answered may be the only one that knew that they are committed.
   */
  acknowledged(commits: readonly Commit[]): void {
    for (const { offset, metadata, ...name } of commits) {
      const { values, awaited } = this.#place(name)
      const value = `${offset} ${metadata}`
      if (!values.has(value)) awaited.add(value)
    }
  }

  /** Nothing is to come any more: all that was acknowledged has been seen in the log. */
  checkAcknowledged(): void {
    for (const [name, { awaited }] of this.#places)
      for (const value of awaited) this.report('I17', `${value} was committed of ${name}`)
  }

  /** A record of this group is committed in the log of its coordinator. */
  logs(record: GroupRecord, now: number): void {
    if (record.type === 'group') this.#logsGroup(record.value)
    else if (record.value === null) this.#logsExpiry(record, now)
    else this.#logsOffset(record, record.value)
  }

  /** The partitions of the topic that nobody has but those who hang, and that somebody ought to have. */
  orphans(topic: string, partitions: number, hanging: ReadonlySet<Owner>): number[] {
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    return all.filter(
      (partition) =>
        [...this.#place({ topic, partition }).spans.keys()].every((owner) => hanging.has(owner)) &&
        !this.#isLeftOut({ topic, partition }),
    )
  }

  /** The first offset below the end that no member was handed; null: all of them were that somebody ought to read. */
  unread(name: PartitionName, end: number): number | null {
    const { read } = this.#place(name)
    if (read.size >= end || this.#isLeftOut(name)) return null
    for (let offset = 0; offset < end; offset++) if (!read.has(offset)) return offset
    return null
  }

  /** Where the group has committed; null: nowhere. */
  committedOf(name: PartitionName): number | null {
    return this.#place(name).committed
  }

  /**
   * Whether the generation gives the partition to nobody, and stays. As in Kafka, that is so where a static member
   * comes back when it was to give the partition up, in a cooperative rebalance: it has nothing to revoke any more, and
   * asks for no second half. (`updateStaticMemberThenRebalanceOrCompleteJoin`, `onJoinComplete`)
   */
  #isLeftOut(name: PartitionName): boolean {
    return this.#returnedIn === this.logged?.generation && !this.#given.has(nameOf(name))
  }

  #place(name: PartitionName): Place {
    const known = this.#places.get(nameOf(name))
    if (known !== undefined) return known
    const place: Place = {
      spans: new Map(),
      counts: new Map(),
      readTo: 0,
      read: new Map(),
      committed: null,
      floor: 0,
      values: new Set(),
      awaited: new Set(),
    }
    this.#places.set(nameOf(name), place)
    return place
  }

  /**
   * Two processes that have one partition are not both in the generation of now: whoever is has come to it through a
   * join phase, and gave up before what others were to get. A static member stays without joining, as in Kafka.
   */
  #checkBoth(owner: Owner, other: Owner, name: PartitionName): void {
    if (owner.instanceId !== null || other.instanceId !== null || owner === other) return
    const members = new Set(this.logged?.members.map(({ clientId }) => clientId))
    if (members.has(owner.name) && members.has(other.name))
      this.report('A27', `${owner.name} was assigned ${nameOf(name)}, which ${other.name} has`)
  }

  #logsGroup(value: LoggedGroup | null): void {
    const before = this.logged?.generation ?? -1
    if (value !== null && this.logged !== null && hasReturned(this.logged, value)) this.#returnedIn = value.generation
    this.logged = value
    if (value === null) return
    if (value.generation < before) this.report('A24', `generation ${before} was followed by ${value.generation}`)
    for (const place of this.#places.values()) place.floor = place.committed ?? 0
    this.#given = new Map()
    for (const member of value.members) {
      if (member.assignment.length === 0) continue
      for (const name of decodeAssignment(member.assignment).partitions) {
        const other = this.#given.get(nameOf(name))
        if (other !== undefined)
          this.report('A27', `${nameOf(name)} was given to ${other.memberId} and ${member.memberId}`)
        this.#given.set(nameOf(name), member)
      }
    }
  }

  /** What was committed is forgotten: nobody may need it, and nobody may have needed it for a while. */
  #logsExpiry(name: PartitionName, now: number): void {
    const place = this.#place(name)
    this.#commits(place, null)
    place.floor = 0
    const where = `the offset of ${nameOf(name)} was forgotten`
    if (this.logged === null) return
    const { members, currentStateTimestamp } = this.logged
    if (members.length > 0) this.report('A23', `${where}, and there are members`)
    else if (now < currentStateTimestamp + this.#retentionMs)
      this.report('A23', `${where} at ${now}, and the last member was there at ${currentStateTimestamp}`)
  }

  #commits(place: Place, offset: number | null): void {
    place.committed = offset
    for (const { next, begins } of place.spans.values()) if (next < 0) begins.add(offset ?? 0)
  }

  #logsOffset({ topic, partition }: PartitionName, { offset, metadata }: CommittedOffset): void {
    const place = this.#place({ topic, partition })
    const where = `${offset} of ${topic}-${partition}`
    if (offset > place.readTo) this.report('A25', `${where}, and ${place.readTo} was reached`)
    if (offset < place.floor) this.report('A23', `${where}, and ${place.floor} was committed before this generation`)
    if (metadata !== '') this.#checkSender({ topic, partition }, metadata, where)
    this.#commits(place, offset)
    place.values.add(`${offset} ${metadata}`)
    place.awaited.delete(`${offset} ${metadata}`)
  }

  /**
   * Checks that whoever has committed this is a member, that no other one has been given the partition in this
   * generation, and that it is no commit of a time with the partition before this one.
   */
  #checkSender(partition: PartitionName, metadata: string, where: string): void {
    const [name = '', span = '', instanceId = ''] = metadata.split(' ')
    const isSender = (member: LoggedMember): boolean =>
      instanceId === '' ? member.clientId === name : member.groupInstanceId === instanceId
    const given = this.#given.get(nameOf(partition))
    if (this.logged?.members.some(isSender) !== true) this.report('A24', `${name} committed ${where}, and is no member`)
    else if (given !== undefined && !isSender(given))
      this.report('A24', `${name} committed ${where}, which ${given.memberId} has`)
    if ((this.#place(partition).counts.get(name) ?? 0) > Number(span))
      this.report('A24', `${name} committed ${where} of a time that is over`)
  }
}

/** Whether a static member has another id, in one generation. */
function hasReturned(before: LoggedGroup, after: LoggedGroup): boolean {
  const isBack = ({ groupInstanceId: id, memberId }: LoggedMember): boolean =>
    id !== null && before.members.some((known) => known.groupInstanceId === id && known.memberId !== memberId)
  return before.generation === after.generation && after.members.some(isBack)
}
