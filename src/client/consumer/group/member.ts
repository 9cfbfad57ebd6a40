import type { ErrorCode } from '../../../base/error-code.js'
import type { MemberState } from '../../../protocol/inner/group-words.js'

/**
 * The member, as its coordinator knows it. It is a new object with each change: whoever keeps the one that a request
 * was sent with knows from it whether the answer is still of interest. (`AbstractCoordinator.generationUnchanged`)
 */
export interface MemberIdentity {
  /** Empty: the coordinator has not given one. */
  readonly memberId: string
  /** -1: in no generation. */
  readonly generationId: number
}

const NOBODY: MemberIdentity = { memberId: '', generationId: -1 }

interface StateFacts {
  /** Whether the coordinator is to hear of it, and the application to poll in time. */
  readonly isAlive: boolean
  /** NONE: what is read may be committed. Otherwise what a commit is told. */
  readonly commit: ErrorCode
}

/**
 * What a member does in each of its states. While it joins it sends no heartbeats: one that is parked cannot expire.
 * What is to be given up in `preparing` is committed as the generation that ends. (`AbstractCoordinator.MemberState`,
 * `ConsumerCoordinator.sendOffsetCommitRequest`)
 */
const STATES = {
  unsubscribed: { isAlive: false, commit: 'NONE' },
  subscribed: { isAlive: false, commit: 'UNKNOWN_MEMBER_ID' },
  preparing: { isAlive: true, commit: 'NONE' },
  joining: { isAlive: false, commit: 'REBALANCE_IN_PROGRESS' },
  syncing: { isAlive: true, commit: 'REBALANCE_IN_PROGRESS' },
  completing: { isAlive: true, commit: 'NONE' },
  stable: { isAlive: true, commit: 'NONE' },
  expelled: { isAlive: false, commit: 'UNKNOWN_MEMBER_ID' },
  failed: { isAlive: false, commit: 'UNKNOWN_MEMBER_ID' },
  leaving: { isAlive: true, commit: 'NONE' },
} as const satisfies Record<MemberState, StateFacts>

/**
 * The member of a group, as far as several parts must know of it. Written by Membership and by those that it has made;
 * lives on the consumer's thread.
 */
export class Member {
  state: MemberState = 'unsubscribed'
  identity: MemberIdentity = NOBODY
  /** The assignor that the group has chosen. */
  assignor: string | null = null
  isLeader = false
  /**
   * Whether the group may have a place for its group.instance.id, though no member id is known here: it has asked to
   * join, or was expelled.
   */
  hasAskedForPlace = false
  /** Whether another member has taken its group.instance.id, until it joins again or leaves. */
  #isFenced = false

  /** Whether it is in a generation: what it owns is its own. */
  get isInGeneration(): boolean {
    return this.identity.generationId >= 0
  }

  /** Whether the coordinator is to hear from it. */
  get isAlive(): boolean {
    return this.isInGeneration && STATES[this.state].isAlive
  }

  /**
   * What a commit is told at once; NONE: it is sent. A consumer that has been assigned its partitions by the
   * application commits as nobody.
   */
  get commitError(): ErrorCode {
    const { commit } = STATES[this.state]
    const isAnybody = this.state === 'unsubscribed'
    if (commit === 'UNKNOWN_MEMBER_ID') return this.absenceError
    return commit === 'NONE' && !isAnybody && !this.isInGeneration ? this.absenceError : commit
  }

  /** What whoever is in no generation is told. (`ConsumerCoordinator.invokeCompletedOffsetCommitCallbacks`) */
  get absenceError(): ErrorCode {
    return this.#isFenced ? 'FENCED_INSTANCE_ID' : 'UNKNOWN_MEMBER_ID'
  }

  /** Takes the id that the coordinator has given; it is in no generation yet. */
  takeId(memberId: string): void {
    this.identity = { memberId, generationId: -1 }
  }

  join(identity: MemberIdentity): void {
    this.identity = identity
    this.#isFenced = false
  }

  /** Is in no generation any more, and has its id still (22) or none (25). */
  reset(keepsId: boolean): void {
    this.identity = { memberId: keepsId ? this.identity.memberId : '', generationId: -1 }
    this.isLeader = false
    this.#isFenced = false
    this.hasAskedForPlace = false
  }

  /** Is in no generation any more, because its application does not poll. A static one has its place until then. */
  expel(): void {
    const hadPlace = this.identity.memberId !== ''
    this.reset(false)
    this.hasAskedForPlace = hadPlace
  }

  /** Has lost its place, and its id with it, to another member (82). */
  fence(): void {
    this.reset(false)
    this.#isFenced = true
  }
}
