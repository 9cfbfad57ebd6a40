import { assert } from '../../base/assert.js'
import { isOn } from '../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import { consumerProtocolSubscription } from '../../protocol/records/consumer-protocol.js'
import { MalformedMessageError } from '../../protocol/wire/wire-reader.js'
import { Alarm } from './alarm.js'
import { CommittedOffsets } from './committed-offsets.js'
import { GroupMembers } from './group-members.js'
import type { GroupRecord, LoggedGroup, LoggedMember } from './group-records.js'
import { GROUP_TRANSITIONS, type GroupState } from './group-states.js'
import { isWaiting, type Member, type MemberWish, metadataOf } from './member.js'
import { chosenProtocol } from './protocol-vote.js'

/** The protocol type of consumers: the coordinator knows what they subscribe to. (`ConsumerProtocol.PROTOCOL_TYPE`) */
const CONSUMER_TYPE = 'consumer'

/** A member id that was given out. */
export interface PendingId {
  /** Until when it may be used. */
  readonly deadline: Timestamp
  /** The actor that was given it; null: nobody would see it end. */
  readonly peer: string | null
}

/** How long the members of an Empty group are waited for. */
export interface InitialDelay {
  /** The delay that runs. */
  readonly delayMs: number
  /** The time by which it may still be lengthened. */
  readonly leftMs: number
  /** Whether a member has come since it began, after the one with which it began. */
  hasGrown: boolean
}

/**
 * A group of the classic protocol. (`ClassicGroup`)
 *
 *   in the log       `logged`: the last generation with an assignment, or that was Empty; and `offsets`
 *   beside the log   the join and sync phase of the next generation, ids that wait to be used, parked requests, timers
 *
 * In Stable and Empty both say the same of generation, assignor, leader and members. A coordinator that loads the log
 * begins there, and the number of a generation that was never Stable is used again.
 *
 * A *simple* group only commits: it is Empty, has no type, and `logged` is null.
 */
export class ClassicGroup {
  readonly groupId: string
  readonly offsets = new CommittedOffsets()
  /** The last record of the group; null: there is none. Only `replay` writes it, and `offsets`. */
  logged: LoggedGroup | null = null
  /** The members of now. They are made anew by a record that nobody here has decided. */
  members = new GroupMembers()
  protocolType: string | null = null
  protocolName: string | null = null
  /** The topics of all members; null unless they are consumers whose subscriptions can be read. */
  subscribedTopics: ReadonlySet<string> | null = null
  /** Ids that were given out and not used yet. (KIP-394) */
  readonly pending = new Map<string, PendingId>()
  /** Members that have joined this generation and have not asked for their assignment. */
  readonly unsynced = new Set<string>()
  /** The end of the join phase, whoever is missing; NEVER outside of one. */
  joinDeadline: Timestamp = NEVER
  /** The moment at which those who are unsynced are removed; NEVER while nobody is. */
  syncDeadline: Timestamp = NEVER
  /** The delay of a join phase that began in Empty; null in any other phase. */
  initialDelay: InitialDelay | null = null
  readonly alarm: Alarm
  #state: GroupState = 'Empty'
  /** The time at which it came into its state, in milliseconds; -1: the log does not say. */
  #stateSince: number
  #generation = 0

  constructor(groupId: string, alarm: Alarm, nowMs: number) {
    this.groupId = groupId
    this.alarm = new Alarm(alarm)
    this.#stateSince = nowMs
  }

  get state(): GroupState {
    return this.#state
  }

  get stateSince(): number {
    return this.#stateSince
  }

  get generation(): number {
    return this.#generation
  }

  get isOfConsumers(): boolean {
    return this.protocolType === CONSUMER_TYPE
  }

  /** Whether somebody in the group may read the topic. (`ClassicGroup.isSubscribedToTopic`) */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.isOfConsumers
  }

  /** Whether somebody who speaks these may join. An Empty group takes any type. */
  supports(protocolType: string, protocols: MemberWish['protocols']): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0
    return this.protocolType === protocolType && this.members.shareOneOf(protocols)
  }

  transitionTo(state: GroupState, nowMs: number): void {
    const allowed: readonly GroupState[] = GROUP_TRANSITIONS[this.#state]
    assert(allowed.includes(state), `A group goes from ${this.#state} to ${allowed.join(' or ')}, not to ${state}`)
    this.#state = state
    this.#stateSince = nowMs
  }

  /** The join phase is over, and those who are members now are the next generation. */
  beginGeneration(nowMs: number): void {
    const isEmpty = this.members.size === 0
    this.#generation += isOn('generation-grows') ? 1 : 0
    this.protocolName = isEmpty ? null : chosenProtocol(this.members.all())
    this.subscribedTopics = this.#readSubscriptions()
    this.initialDelay = null
    this.joinDeadline = NEVER
    this.unsynced.clear()
    this.transitionTo(isEmpty ? 'Empty' : 'CompletingRebalance', nowMs)
  }

  renewSession(member: Member, now: Timestamp, timeoutMs = member.sessionTimeoutMs): void {
    member.deadline = timestamp(now + timeoutMs)
    this.alarm.set(member.deadline)
  }

  /** The member lives. One that waits cannot expire. */
  hear(member: Member, now: Timestamp): void {
    if (!isWaiting(member)) this.renewSession(member, now)
  }

  remove(member: Member): void {
    this.members.remove(member)
    this.unsynced.delete(member.id)
  }

  /** The group as it stands in the log once it is written, with other members if some are given. */
  recordOf(changes: Partial<LoggedGroup> = {}, members: readonly Member[] = this.members.all()): GroupRecord {
    const value: LoggedGroup = {
      protocolType: this.protocolType ?? '',
      generation: this.#generation,
      protocol: this.protocolName,
      leader: this.members.leaderId,
      currentStateTimestamp: this.#stateSince,
      members: members.map((member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: metadataOf(member, this.protocolName),
        assignment: member.assignment,
      })),
      ...changes,
    }
    return { type: 'group', groupId: this.groupId, value }
  }

  /**
   * The group is what the log says: each member knows only the assignor that was chosen, and nobody waits. `peerOf`
   * says who speaks for a member.
   */
  restore(logged: LoggedGroup, peerOf: (memberId: string) => string | null): void {
    this.logged = logged
    this.#state = logged.members.length === 0 ? 'Empty' : 'Stable'
    this.#stateSince = logged.currentStateTimestamp
    this.#generation = logged.generation
    this.protocolType = logged.protocolType === '' ? null : logged.protocolType
    this.protocolName = logged.protocol
    this.members = new GroupMembers()
    for (const member of logged.members) this.members.add(memberOf(member, logged.protocol, peerOf(member.memberId)))
    if (logged.leader !== null && this.members.get(logged.leader) !== undefined) this.members.reelect(logged.leader)
    this.subscribedTopics = this.#readSubscriptions()
    this.pending.clear()
    this.unsynced.clear()
    this.initialDelay = null
    this.joinDeadline = NEVER
    this.syncDeadline = NEVER
  }

  /** The earliest of its timers. */
  countDeadlines(): Timestamp {
    let at = earliest(this.joinDeadline, this.syncDeadline)
    for (const { deadline } of this.pending.values()) at = earliest(at, deadline)
    for (const { deadline } of this.members.all()) at = earliest(at, deadline)
    return at
  }

  /** Reads what the members have said for the assignor that was chosen. (`ClassicGroup.computeSubscribedTopics`) */
  #readSubscriptions(): ReadonlySet<string> | null {
    if (!this.isOfConsumers) return null
    try {
      return new Set(this.members.all().flatMap((member) => topicsOf(metadataOf(member, this.protocolName))))
    } catch (error) {
      if (error instanceof MalformedMessageError) return null
      throw error
    }
  }
}

function topicsOf(subscription: Uint8Array): readonly string[] {
  const read = consumerProtocolSubscription.decode(subscription)
  if (read === 'UNSUPPORTED_VERSION') throw new MalformedMessageError('A subscription has an unknown version')
  return read.value.topics
}

function memberOf(logged: LoggedMember, protocol: string | null, peer: string | null): Member {
  const { sessionTimeout, rebalanceTimeout } = logged
  return {
    id: logged.memberId,
    instanceId: logged.groupInstanceId,
    clientId: logged.clientId,
    clientHost: logged.clientHost,
    // Version 0 of the record has no rebalance timeout.
    rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
    sessionTimeoutMs: sessionTimeout,
    protocols: protocol === null ? [] : [{ name: protocol, metadata: logged.subscription }],
    assignment: logged.assignment,
    isNew: false,
    joining: null,
    syncing: null,
    watching: null,
    peer,
    deadline: NEVER,
  }
}
