import type { Context, Message } from '../../../actor/types.js'
import { because, ERRORS, type ErrorCode, reasonOf } from '../../../base/error-code.js'
import { backoffMs } from '../../../base/exponential-backoff.js'
import { isOn } from '../../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import { grouped } from '../../../base/words.js'
import type { RequestOf, ResponseOf } from '../../../protocol/api.js'
import type { CommittedOffset } from '../../../protocol/inner/group-words.js'
import { isStaleMetadata } from '../../metadata.js'
import type { FetchedPartitions } from '../fetching/fetched-partitions.js'
import type { ConsumerCounters } from '../metrics/consumer-counters.js'
import type { News } from '../parts/news.js'
import type { ConsumerPart } from '../parts/part-list.js'
import { commitRequest } from './commit-request.js'
import type { Consumed } from './consumed.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { Member, MemberIdentity } from './member.js'
import type { TopicIds } from './topic-ids.js'

/** How a commit has ended. */
export type CommitEnd = (error: ErrorCode, says: string, context: Context) => void

export interface CommitWish {
  readonly offsets: readonly CommittedOffset[]
  readonly deadline: Timestamp
  /** Whether it is asked again until the deadline; otherwise it is tried once. */
  readonly isRetried: boolean
  /** Whether topics that are gone are passed over: nobody has asked for a commit of just these. */
  readonly isAutomatic?: boolean
  readonly ended: CommitEnd
}

export interface CommitsParts {
  readonly options: MemberOptions
  readonly coordinator: Coordinator
  readonly topics: TopicIds
  readonly member: Member
  readonly consumed: Consumed
  readonly news: News
  readonly counters: ConsumerCounters
  readonly partitions: FetchedPartitions
  /** Called when an id of a topic is not known any more. */
  readonly onStaleMetadata: () => void
  /** Called with what an answer says of the membership: 22, 25, 27 or 82. */
  readonly onMemberError: (error: ErrorCode, context: Context) => void
}

/** A member has none where its group was deleted: it was Empty for a while, and held nothing. */
function errorOf(refused: Refusal | null, { generationId }: MemberIdentity): ErrorCode {
  const error = refused?.errorCode ?? 'NONE'
  return error === 'GROUP_ID_NOT_FOUND' && generationId >= 0 ? 'UNKNOWN_MEMBER_ID' : error
}

/** What an answer says of the member, beside the commit. */
const OF_MEMBER: ReadonlySet<ErrorCode> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
])
const GENERATION_IS_OVER: ReadonlySet<ErrorCode> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'])

interface Pending extends CommitWish {
  /** The member that has asked for it. Nobody commits for another one, or for itself in a later generation. */
  readonly of: MemberIdentity
  isSent: boolean
  /** Attempts that have failed. */
  failures: number
  /** Why the last attempt failed; null: there was none. */
  lastError: ErrorCode | null
  retryAt: Timestamp
}

/**
 * Commits what was read, one after the other: the next one is sent when the one before it has ended. So their ends are
 * told in the order of the calls, and a synchronous commit, of nothing at all too, ends after all that were asked for
 * before it. (`ConsumerCoordinator.commitOffsetsSync`, `commitOffsetsAsync`, `OffsetCommitResponseHandler`)
 *
 *     waiting ─▶ sent ─▶ ended
 *        ◀────────┘  after a backoff, if it may help and there is time
 */
export class Commits implements ConsumerPart {
  readonly serves = ['Commit'] as const
  readonly #parts: CommitsParts
  /** In the order of the calls. */
  #pending: Pending[] = []

  constructor(parts: CommitsParts) {
    this.#parts = parts
  }

  /** Whether all commits have ended. */
  get areOver(): boolean {
    return this.#pending.length === 0
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request' || message.body.api !== 'Commit') return false
    this.#called(message.body, context)
    message.connection.reply(message.correlationId, { api: 'Commit' })
    return true
  }

  tick(context: Context): Timestamp {
    for (let first = this.#pending[0]; first !== undefined; first = this.#pending[0]) {
      const due = this.#attempt(first, context)
      // It has ended where it is not the first one any more.
      if (this.#pending[0] === first) return due
    }
    return NEVER
  }

  commit(wish: CommitWish): void {
    this.#pending.push({
      ...wish,
      of: this.#parts.member.identity,
      isSent: false,
      failures: 0,
      lastError: null,
      retryAt: timestamp(0),
    })
  }

  /** Commits where the application is in all that is assigned. */
  commitConsumed(wish: Omit<CommitWish, 'offsets'>): void {
    const { consumed, topics } = this.#parts
    const offsets = consumed.all().filter(({ topic }) => topics.uuidOf(topic) !== undefined)
    this.commit({ ...wish, offsets, isAutomatic: true })
  }

  #called({ call, offsets, timeoutMs }: RequestOf<'Commit'>, context: Context): void {
    const { options, news, consumed } = this.#parts
    const committed = offsets ?? consumed.all()
    this.commit({
      offsets: committed,
      deadline: timestamp(context.now + (timeoutMs ?? options['default.api.timeout.ms'])),
      isRetried: timeoutMs !== null,
      ended: (error, says) => {
        if (error === 'NONE') news.endAlone({ call, error, says, offsets: committed })
        else news.endAlone({ call, error, says })
      },
    })
  }

  #attempt(pending: Pending, context: Context): Timestamp {
    const { member, topics, coordinator, options } = this.#parts
    const { offsets, deadline, retryAt } = pending
    if (offsets.length === 0) return this.#end(pending, 'NONE', context)
    if (context.now >= deadline) return this.#giveUp(pending, context)
    if (pending.isSent) return deadline
    if (pending.of !== member.identity && isOn('commits-of-its-generation'))
      return this.#end(pending, this.#isMember ? 'REBALANCE_IN_PROGRESS' : member.absenceError, context)
    const { commitError } = member
    if (commitError !== 'NONE') return this.#end(pending, commitError, context)
    if (retryAt > context.now) return earliest(retryAt, deadline)
    const names = [...new Set(offsets.map(({ topic }) => topic))]
    if (!topics.areKnown(names, context)) return deadline
    const request = commitRequest(offsets, { options, identity: member.identity, state: member.state, topics })
    if (request === null) return this.#failed(pending, 'UNKNOWN_TOPIC_OR_PARTITION', context)
    const sentAt = context.now
    const isSent = coordinator.send<'OffsetCommit'>(request, context, (response, later) => {
      if (response !== null) this.#parts.counters.committed(later.now - sentAt)
      if (this.#pending[0] !== pending) return
      pending.isSent = false
      this.#answered(pending, response, later)
      later.noteWork()
    })
    pending.isSent = isSent
    return deadline
  }

  #answered(pending: Pending, response: ResponseOf<'OffsetCommit'> | null, context: Context): void {
    const { member, coordinator, onMemberError } = this.#parts
    const refused = response === null ? null : firstRefusal(response)
    const error = response === null ? 'NETWORK_EXCEPTION' : errorOf(refused, pending.of)
    // (`OffsetCommitResponseHandler`: a coordinator whose log answers too late is looked up again)
    if (error === 'REQUEST_TIMED_OUT') coordinator.forget(context)
    const isGone = isStaleMetadata(error)
    if (isGone) this.#parts.onStaleMetadata()
    if (!OF_MEMBER.has(error)) {
      if (isGone && pending.isAutomatic === true && response !== null) this.#end(pending, 'NONE', context)
      else if (ERRORS[error].retriable) this.#failed(pending, error, context)
      else {
        if (error === 'NONE') this.#parts.partitions.noteCommitted(pending.offsets)
        this.#end(pending, error, context, refused)
      }
      return
    }
    if (member.identity === pending.of) {
      this.#end(pending, error, context)
      onMemberError(error, context)
    } else {
      // A rebalance has ended meanwhile: nothing says that the partition is another member's now (KAFKA-19242).
      this.#end(pending, GENERATION_IS_OVER.has(error) && this.#isMember ? 'REBALANCE_IN_PROGRESS' : error, context)
    }
  }

  /** Whether the member is in a generation, or about to be. */
  get #isMember(): boolean {
    const { isInGeneration, state } = this.#parts.member
    return isInGeneration || state === 'joining' || state === 'syncing'
  }

  /** Takes in an error that may be gone by the next time. */
  #failed(pending: Pending, error: ErrorCode, context: Context): Timestamp {
    if (!pending.isRetried) return this.#end(pending, error, context)
    const { 'retry.backoff.ms': initialMs, 'retry.backoff.max.ms': maxMs } = this.#parts.options
    pending.lastError = error
    pending.retryAt = timestamp(context.now + backoffMs({ initialMs, maxMs }, pending.failures, context.random))
    pending.failures += 1
    return earliest(pending.retryAt, pending.deadline)
  }

  #giveUp(pending: Pending, context: Context): Timestamp {
    if (!pending.isRetried) return this.#end(pending, pending.lastError ?? 'COORDINATOR_NOT_AVAILABLE', context)
    return this.#end(pending, 'REQUEST_TIMED_OUT', context)
  }

  /** `refused` is the partition that the error is about; null: it is about all of them. */
  #end(pending: Pending, error: ErrorCode, context: Context, refused: Refusal | null = null): Timestamp {
    this.#pending.shift()
    const says = error === 'NONE' ? '' : this.#says(pending, error, refused)
    pending.ended(error, says, context)
    return NEVER
  }

  #says({ lastError, isRetried, isSent, offsets }: Pending, error: ErrorCode, refused: Refusal | null): string {
    const group = `Cannot commit to the group '${this.#parts.options['group.id']}'`
    if (error === 'REQUEST_TIMED_OUT' && isRetried) {
      const whyNot = isSent ? 'its coordinator has not answered' : 'its coordinator could not be asked yet'
      return `${group} in time: ${lastError === null ? whyNot : because(lastError)}`
    }
    if (error === 'REBALANCE_IN_PROGRESS') return `${group} while it rebalances`
    if (GENERATION_IS_OVER.has(error)) {
      return `${group}, which has rebalanced without this member`
    }
    if (error === 'FENCED_INSTANCE_ID') return `${group}: another member has taken over this group.instance.id`
    const { topics } = this.#parts
    const one = offsets.find(({ topic, partition }) => {
      return topics.uuidOf(topic) === refused?.topicId && partition === refused?.partitionIndex
    })
    if (one === undefined) return `${group}: ${reasonOf(error)}`
    const partition = `Cannot commit partition ${one.partition} of '${one.topic}' to the group '${this.#parts.options['group.id']}'`
    if (error !== 'OFFSET_METADATA_TOO_LARGE') return `${partition}: ${reasonOf(error)}`
    const length = grouped(one.metadata.length)
    return `${partition} with metadata of ${length} characters: brokers take offset.metadata.max.bytes of them, by default 4,096`
  }
}

type Refusal = ReturnType<typeof refusals>[number]
const firstRefusal = (response: ResponseOf<'OffsetCommit'>): Refusal | null => refusals(response)[0] ?? null

/** The partitions whose offsets were not committed. */
function refusals({ topics }: ResponseOf<'OffsetCommit'>) {
  return topics.flatMap(({ topicId, partitions }) => {
    const refused = partitions.filter(({ errorCode }) => errorCode !== 'NONE')
    return refused.map(({ partitionIndex, errorCode }) => ({ topicId, partitionIndex, errorCode }))
  })
}
