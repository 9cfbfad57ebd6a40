import type { Context, Message } from '../../../actor/types.js'
import { ERRORS, type ErrorCode } from '../../../base/error-code.js'
import { backoffMs } from '../../../base/exponential-backoff.js'
import { isOn } from '../../../base/guards.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { RequestOf, ResponseOf } from '../../../protocol/api.js'
import type { CommittedOffset } from '../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../protocol/partition.js'
import { isStaleMetadata } from '../../metadata.js'
import type { FetchedPartition } from '../fetching/fetched-partition.js'
import type { FetchedPartitions } from '../fetching/fetched-partitions.js'
import type { News } from '../parts/news.js'
import type { ConsumerPart } from '../parts/part-list.js'
import type { Coordinator } from './coordinator.js'
import type { MemberOptions } from './group-options.js'
import type { TopicIds } from './topic-ids.js'

export interface CommittedOffsetsParts {
  readonly options: MemberOptions
  readonly coordinator: Coordinator
  readonly topics: TopicIds
  readonly partitions: FetchedPartitions
  readonly news: News
  /** Called when an id of a topic is not known any more. */
  readonly onStaleMetadata: () => void
  /** Called when the group will never say what it has committed. */
  readonly onRefused: (error: ErrorCode, says: string, context: Context) => void
}

/** What one OffsetFetch asks for. */
interface Question {
  readonly names: readonly PartitionName[]
  readonly found: (offsets: readonly CommittedOffset[]) => void
  readonly refused: (error: ErrorCode, says: string, context: Context) => void
  /** Whether somebody still wants to know. */
  readonly isWanted: () => boolean
  readonly deadline: Timestamp
  isSent: boolean
  isOver: boolean
  failures: number
  retryAt: Timestamp
}

/**
 * What the group has committed: where newly assigned partitions begin, and what the application asks for. A partition
 * that was sought meanwhile stays where it is. (`ConsumerCoordinator.initWithCommittedOffsetsIfNeeded`,
 * `fetchCommittedOffsets`)
 */
export class CommittedOffsets implements ConsumerPart {
  readonly serves = ['Committed'] as const
  readonly #parts: CommittedOffsetsParts
  #questions: Question[] = []
  /** The partitions whose beginning was asked for: each is asked for once, and waits for the answer. */
  readonly #asked = new WeakSet<FetchedPartition>()

  constructor(parts: CommittedOffsetsParts) {
    this.#parts = parts
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request' || message.body.api !== 'Committed') return false
    const { call, partitions: names, timeoutMs } = message.body
    const { news } = this.#parts
    this.#ask(names, timestamp(context.now + timeoutMs), {
      found: (offsets) => news.endAlone({ call, error: 'NONE', says: '', offsets }),
      refused: (error, says) => news.endAlone({ call, error, says }),
    })
    message.connection.reply(message.correlationId, { api: 'Committed' })
    return true
  }

  tick(context: Context): Timestamp {
    this.#askForBeginnings()
    let due = NEVER
    // Most turns find none, and make nothing.
    if (this.#questions.length === 0) return NEVER
    for (const question of this.#questions) due = earliest(due, this.#attempt(question, context))
    if (this.#questions.some(({ isOver }) => isOver)) this.#questions = this.#questions.filter(({ isOver }) => !isOver)
    return due
  }

  stop(): void {
    this.#questions = []
  }

  #askForBeginnings(): void {
    const { partitions } = this.#parts
    let states: FetchedPartition[] | null = null
    for (const state of partitions.all) {
      if (!state.awaitsCommitted || this.#asked.has(state)) continue
      states ??= []
      states.push(state)
    }
    if (states === null) return
    const asked = states
    for (const state of asked) this.#asked.add(state)
    this.#ask(asked, NEVER, {
      // Others that were given up meanwhile, or sought elsewhere, begin without it.
      isWanted: () => asked.some(({ awaitsCommitted }) => awaitsCommitted),
      found: (offsets) => {
        for (const [index, { offset, leaderEpoch }] of offsets.entries()) {
          const state = asked[index] as FetchedPartition
          if (offset >= 0 && isOn('begins-at-committed')) partitions.beginAt(state, offset, leaderEpoch)
          else partitions.beginAnew(state)
        }
        // The application may want to know where they begin.
        this.#parts.news.noteAssigned()
      },
      refused: (error, says, context) => {
        for (const state of asked) if (state.awaitsCommitted) state.failWith(error, -1)
        this.#parts.onRefused(error, says, context)
      },
    })
  }

  #ask(
    names: readonly PartitionName[],
    deadline: Timestamp,
    asker: Pick<Question, 'found' | 'refused'> & Partial<Pick<Question, 'isWanted'>>,
  ): void {
    const begin = { isSent: false, isOver: false, failures: 0, retryAt: timestamp(0) }
    this.#questions.push({ isWanted: () => true, ...asker, names, deadline, ...begin })
  }

  #attempt(question: Question, context: Context): Timestamp {
    const { coordinator, topics, options } = this.#parts
    const { names, deadline, retryAt } = question
    question.isOver ||= !question.isWanted()
    if (question.isOver) return NEVER
    if (names.length === 0) return this.#found(question, [])
    if (context.now >= deadline) return this.#refused(question, 'REQUEST_TIMED_OUT', context)
    if (question.isSent) return deadline
    if (retryAt > context.now) return earliest(retryAt, deadline)
    if (!topics.areKnown([...new Set(names.map(({ topic }) => topic))], context)) return deadline
    const request = fetchRequest(names, options['group.id'], topics)
    if (request.groups[0]?.topics?.length === 0) return this.#found(question, noneOf(names))
    question.isSent = coordinator.send<'OffsetFetch'>(request, context, (response, later) => {
      question.isSent = false
      later.noteWork()
      if (question.isOver) return
      this.#answered(question, response, later)
    })
    return deadline
  }

  #answered(question: Question, response: ResponseOf<'OffsetFetch'> | null, context: Context): void {
    const group = response?.groups[0]
    const error = group === undefined ? 'NETWORK_EXCEPTION' : errorOf(group)
    if (group !== undefined && error === 'NONE') {
      this.#found(question, foundOf(question.names, group, this.#parts.topics))
    } else if (ERRORS[error].retriable) {
      if (isStaleMetadata(error)) this.#parts.onStaleMetadata()
      const { 'retry.backoff.ms': initialMs, 'retry.backoff.max.ms': maxMs } = this.#parts.options
      question.retryAt = timestamp(context.now + backoffMs({ initialMs, maxMs }, question.failures, context.random))
      question.failures += 1
    } else this.#refused(question, error, context)
  }

  #found(question: Question, offsets: readonly CommittedOffset[]): Timestamp {
    question.isOver = true
    question.found(offsets)
    return NEVER
  }

  #refused(question: Question, error: ErrorCode, context: Context): Timestamp {
    question.isOver = true
    question.refused(
      error,
      `The group '${this.#parts.options['group.id']}' has not said what it has committed`,
      context,
    )
    return NEVER
  }
}

type FoundGroup = ResponseOf<'OffsetFetch'>['groups'][number]

/** Offsets that a transaction has not decided yet are waited for (KIP-447). A topic that is not there is left out. */
function fetchRequest(names: readonly PartitionName[], groupId: string, topics: TopicIds): RequestOf<'OffsetFetch'> {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of names) {
    const topicId = topics.uuidOf(topic)
    if (topicId === undefined) continue
    const others = byTopic.get(topicId)
    if (others === undefined) byTopic.set(topicId, [partition])
    else others.push(partition)
  }
  const asked = [...byTopic].map(([topicId, partitionIndexes]) => ({ topicId, partitionIndexes }))
  return {
    api: 'OffsetFetch',
    groups: [{ groupId, memberId: null, memberEpoch: -1, topics: asked }],
    requireStable: true,
  }
}

function errorOf({ errorCode, topics }: FoundGroup): ErrorCode {
  if (errorCode !== 'NONE') return errorCode
  for (const { partitions } of topics) {
    for (const one of partitions) if (one.errorCode !== 'NONE') return one.errorCode
  }
  return 'NONE'
}

const noneOf = (names: readonly PartitionName[]): CommittedOffset[] => names.map(nothing)

const nothing = ({ topic, partition }: PartitionName): CommittedOffset => {
  return { topic, partition, offset: -1, leaderEpoch: -1, metadata: '' }
}

/** What was found of these partitions, in their order. */
function foundOf(names: readonly PartitionName[], { topics }: FoundGroup, ids: TopicIds): CommittedOffset[] {
  const byTopic = new Map(
    topics.map(({ topicId, partitions }) => [topicId, new Map(partitions.map((one) => [one.partitionIndex, one]))]),
  )
  return names.map(({ topic, partition }) => {
    const found = byTopic.get(ids.uuidOf(topic) ?? '')?.get(partition)
    if (found === undefined) return nothing({ topic, partition })
    const { committedOffset: offset, committedLeaderEpoch: leaderEpoch, metadata } = found
    return { topic, partition, offset, leaderEpoch, metadata: metadata ?? '' }
  })
}
