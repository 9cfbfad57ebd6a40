import { ConfigError } from '../../../../base/errors.js'
import { type Timestamp, timestamp } from '../../../../base/ids.js'
import { messageOf } from '../../../../base/thrown.js'
import type {
  GroupAssignedRequest,
  LeaveRequest,
  MemberNews,
  MemberState,
  RebalanceStep,
} from '../../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import type { ApplicationCounters } from '../../metrics/application-counters.js'
import { type AssignmentStrategy, isBuiltIn } from '../assignors/assignment-strategy.js'
import type { Group } from '../assignors/assignor.js'
import type { GroupOptions } from '../group-options.js'
import { SharedProgress } from '../shared-progress.js'
import type { MemberCalls } from './member-calls.js'
import { MemberWatch } from './member-watch.js'
import { OffsetCommits } from './offset-commits.js'
import { type PartitionsInHand, StepTaker } from './step-taker.js'
import type { ReadSubscription } from './subscription.js'

/** What a consumer knows of itself as a member of its group. */
export interface MemberDescription {
  readonly groupId: string
  /** Empty until the coordinator has given one. */
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** -1: it is in none. */
  readonly generationId: number
  readonly state: MemberState
  /** The broker that coordinates the group; -1: it is not known. */
  readonly coordinator: number
  /** The assignor that the group has chosen; null: none yet. */
  readonly assignor: string | null
  /** How this member rebalances. */
  readonly protocol: 'EAGER' | 'COOPERATIVE'
  /** Whether it shares out the partitions. */
  readonly isLeader: boolean
  readonly assignment: readonly DescribedPartition[]
}

/** Where a member is in a partition. */
export interface DescribedPartition extends PartitionName {
  /** The offset of the next record that will be handed out; null: it is being looked up. */
  readonly position: number | null
  /** What this member has committed, or found committed when it began; null: nothing yet. */
  readonly committed: number | null
  /** Records from the position to the high watermark of the last answer to a fetch; null: there was none. */
  readonly lag: number | null
}

export interface MemberFrontParts {
  readonly options: Pick<GroupOptions, 'group.id' | 'group.instance.id' | 'max.poll.interval.ms' | 'session.timeout.ms'>
  readonly strategy: AssignmentStrategy
  /** The consumer, as its threads are named. */
  readonly consumer: string
  /** Tells the program what it should know and cannot catch. */
  readonly warn: (says: string) => void
  readonly calls: MemberCalls
  readonly partitions: PartitionsInHand
  readonly counters: ApplicationCounters
  /** Asks for news; resolves when they have come. */
  readonly news: () => Promise<void>
}

const UNKNOWN: MemberNews = {
  state: 'unsubscribed',
  memberId: '',
  generationId: -1,
  coordinator: -1,
  assignor: null,
  isLeader: false,
  step: null,
}

const SHARE_ATTACHMENT = -2

/** Told what is wrong with a step that was taken as it came. */
type TellsOfSteps = (error: unknown) => void

/**
 * The application's half of a member of a group. It says what is subscribed to and where the application is, takes the
 * steps of rebalances, and calls the application's own assignors. Lives on the application's thread; the membership is
 * kept by the other half, on the consumer's.
 */
export class MemberFront {
  readonly progress = new SharedProgress()
  readonly steps: StepTaker
  readonly commits: OffsetCommits
  readonly watch: MemberWatch
  /** Whether the application waits with records in hand, and is to hear of a step meanwhile. */
  isResting = false
  readonly #parts: MemberFrontParts
  readonly #hasOwnAssignor: boolean
  #told: MemberNews = UNKNOWN
  /** What is subscribed to; null: nothing is. */
  #subscribed: ReadSubscription | null = null
  /** Listeners for what is wrong with steps that are taken as they come, the newest last; none: a poll takes them. */
  readonly #atOnce: TellsOfSteps[] = []

  constructor(parts: MemberFrontParts) {
    const { calls, partitions, counters, news } = parts
    this.#parts = parts
    this.#hasOwnAssignor = !parts.strategy.assignors.every(isBuiltIn)
    this.commits = new OffsetCommits(calls, counters)
    const callbackAtWork = (): string | null => this.steps.callbackAtWork
    this.watch = new MemberWatch({ ...parts, progress: this.progress, callbackAtWork, askForNews: () => void news() })
    const taken = (step: number): void => void calls.ask({ api: 'StepTaken', step }).catch(() => {})
    this.steps = new StepTaker({ progress: this.progress, partitions, counters, news, taken })
    // Whoever calls next is told if the other half has ended.
    calls.ask({ api: 'Share', attachment: SHARE_ATTACHMENT }, this.progress.shared).catch(() => {})
  }

  /** Whether it takes part in sharing: something is subscribed to. */
  get isSubscribed(): boolean {
    return this.#subscribed !== null
  }

  /** Whether this topic is among what is subscribed to, or may be one that a pattern matches. */
  subscribesTo(topic: string): boolean {
    return this.#subscribed !== null && (this.#subscribed.pattern !== null || this.#subscribed.topics.includes(topic))
  }

  /**
   * Whether news have to be heard though nobody asks for anything: an assignor of the application's may be called, or a
   * step ends what it waits for.
   */
  get hearsAlways(): boolean {
    return this.isSubscribed && (this.#hasOwnAssignor || this.isResting)
  }

  /** Joins with the next poll. What was subscribed to before is replaced. */
  async subscribe(subscription: ReadSubscription): Promise<void> {
    const { topics, pattern, reset, callbacks } = subscription
    this.#subscribed = subscription
    this.steps.callbacks = callbacks
    await this.#parts.calls.ask({ api: 'Subscribe', topics, pattern, reset })
  }

  /**
   * Commits, if it `commits`, takes the steps of what is given up, and leaves. Resolves with what a callback threw;
   * null: nothing. What is subscribed to meanwhile stays.
   */
  async leave(how: Omit<LeaveRequest, 'api' | 'call'>): Promise<unknown> {
    const subscribed = this.#subscribed
    let thrown: unknown = null
    const end = this.takeAtOnce((error) => {
      thrown ??= error
    })
    try {
      await this.#parts.calls.begin<LeaveRequest>({ api: 'Leave', ...how })
      return thrown
    } finally {
      end()
      if (this.#subscribed === subscribed) this.#subscribed = null
    }
  }

  /**
   * Takes steps as they come from now on, whoever polls or not, and tells what is wrong with them; returns what ends
   * that.
   */
  takeAtOnce(tell: TellsOfSteps): () => void {
    this.#atOnce.push(tell)
    this.#takeSteps()
    return () => {
      const place = this.#atOnce.indexOf(tell)
      if (place >= 0) this.#atOnce.splice(place, 1)
    }
  }

  /** Notes that the application waits for records. */
  noteWaiting(): void {
    this.progress.noteWaiting()
  }

  /** Notes that the application was handed what it came for, or nothing. */
  notePoll(now: Timestamp): void {
    this.progress.notePoll(now)
  }

  /** Takes in news. `attached` fetches what came with them. */
  learn(told: MemberNews, attached: (attachment: number) => unknown): void {
    this.#told = told
    this.watch.learn(told)
    const { step } = told
    if (step?.type === 'assign') return this.#assign(step, attached)
    this.steps.noteStep(step)
    this.#takeSteps()
  }

  #takeSteps(): void {
    const tell = this.#atOnce.at(-1)
    if (tell !== undefined && this.steps.isBehind && !this.steps.isTaking)
      this.steps.takeAll({ isPoll: false }).catch(tell)
  }

  async describe(assignment: () => readonly DescribedPartition[]): Promise<MemberDescription> {
    const { options, strategy, news } = this.#parts
    await news()
    const { step: _, ...told } = this.#told
    const ids = { groupId: options['group.id'], groupInstanceId: options['group.instance.id'] }
    return { ...ids, protocol: strategy.protocol, ...told, assignment: assignment() }
  }

  /** Calls an assignor of the application's, and tells what it has decided. A step is answered once. */
  #assign(
    { step, assignor: name, attachment }: RebalanceStep & { type: 'assign' },
    attached: (id: number) => unknown,
  ): void {
    if (!this.steps.pass(step)) return
    const answer = (decided: Pick<GroupAssignedRequest, 'assignment' | 'failure'>): void =>
      void this.#parts.calls.ask({ api: 'GroupAssigned', step, ...decided }).catch(() => {})
    this.progress.beginStep(timestamp(this.#parts.counters.now))
    try {
      const assignor = this.#parts.strategy.assignors.find((one) => one.name === name)
      if (assignor === undefined) throw new ConfigError('partition.assignment.strategy', `There is no assignor ${name}`)
      const shares = assignor.assign(attached(attachment) as Group)
      const assignment = [...shares].map(([memberId, partitions]) => ({ memberId, partitions }))
      answer({ assignment, failure: null })
    } catch (error) {
      answer({ assignment: [], failure: messageOf(error) })
    } finally {
      this.progress.endStep()
    }
  }
}
