import type { GivenConsumerOptions } from '../../base/config/consumer-options.js'
import { deferred } from '../../base/deferred.js'
import { KafkaError, TimeoutError } from '../../base/errors.js'
import type { Admin } from '../../client/admin/admin.js'
import type { GroupDescription } from '../../client/admin/group-admin.js'
import type { GroupStep, OffsetRange, ToldStep } from './group-step.js'
import { type GroupStory, groupStoriesOf } from './group-story.js'
import { wordsOfStep } from './group-words.js'
import { TOPIC } from './partition-watch.js'
import type { Trial } from './trial.js'
import { type HandedRecord, type Handler, type MemberWitness, TrialMember } from './trial-member.js'

/** Simulated milliseconds between two looks at a group, each of which asks its coordinator. */
const LOOK_MS = 5

/** Options of a member that nothing but its own end is to take out of its group. */
export const LONG_SESSION = { 'session.timeout.ms': 45_000 } as const

/** The coordinator's view of a group. */
export interface GroupView {
  readonly state: string
  /** The names of its members, and the partitions that each was assigned; known while it is Stable. */
  readonly members: ReadonlyMap<string, readonly number[]>
}

/**
 * A group that reads the trial's topic: its members, and everything that is told of them, as steps on the recording's
 * timeline. All of it lives on the application's thread.
 */
export class TrialGroup implements MemberWitness {
  readonly name: string
  readonly trial: Trial
  readonly #options: GivenConsumerOptions
  readonly #admin: Admin
  readonly #members: TrialMember[] = []
  /** The names of members by the ids that the coordinator has given them, the old ones too. */
  readonly #names = new Map<string, string>()
  /** How often each record was handed out, and handled, by `recordKey`. */
  readonly #handedOut = new Map<string, number>()
  readonly #handled = new Map<string, number>()
  /** The offset that each partition is known to be committed up to. */
  readonly #committed = new Map<number, number>()
  /** Rejects when the handling of a member has ended with an error. */
  readonly #failed = deferred<never>()
  #generation = -1
  #isTold = true

  /** `options` are those of all members, over the cell's. */
  constructor(trial: Trial, name: string, options: GivenConsumerOptions = {}) {
    this.trial = trial
    this.name = name
    this.#options = options
    this.#admin = trial.cluster.doors.admin()
    // Whoever waits for a member hears of it.
    this.#failed.promise.catch(() => {})
  }

  get members(): readonly TrialMember[] {
    return this.#members
  }

  /** The group so far, along time. */
  get story(): GroupStory {
    const story = groupStoriesOf(this.trial.recording.timeline).find(({ group }) => group === this.name)
    if (story === undefined) throw new Error(`Nothing is told of group ${this.name}`)
    return story
  }

  /**
   * Starts a member, which joins by itself. Members are started one after the other. Without a handler it handles all
   * that it is handed at once.
   */
  async start(name: string, handler?: Handler, options: GivenConsumerOptions = {}): Promise<TrialMember> {
    const { cluster } = this.trial
    const before = await this.#consumers()
    const consumer = this.trial.member({ ...this.#options, ...options, 'client.id': name, 'group.id': this.name })
    const member = new TrialMember({ witness: this, cluster, name, consumer, handler })
    this.#members.push(member)
    this.tell(member, { step: 'starts' })
    await cluster.run(member.begin())
    const [address] = (await this.#consumers()).filter((one) => !before.includes(one))
    member.address = address ?? null
    return member
  }

  async #consumers() {
    const { threads } = await this.trial.cluster.run(this.trial.cluster.doors.describe())
    return threads.map(({ address }) => address).filter((address) => address.startsWith('consumer-'))
  }

  /** Waits for what a member is to do. Throws what has ended a member's handling, or a TimeoutError. */
  come<Value>(promise: Promise<Value>): Promise<Value> {
    return this.trial.cluster.run(Promise.race([promise, this.#failed.promise]))
  }

  /** Waits until it is true. Throws what has ended a member's handling, or a TimeoutError when it never is. */
  async until(isReached: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const { cluster, watch } = this.trial
    for (const end = cluster.now() + watch.patienceMs; ; await cluster.pass(LOOK_MS)) {
      if (await Promise.race([isReached(), this.#failed.promise])) return
      if (cluster.now() > end) throw new TimeoutError(`It never came to it that ${what}`)
    }
  }

  /** Looks at the group as its coordinator sees it. Members that it has expelled are told of. */
  async view(): Promise<GroupView> {
    const { state, members } = await this.#described()
    for (const member of this.#members)
      if (member.isMember && !members.some(({ memberId }) => memberId === member.id)) member.noteExpelled()
    const named = members.map(
      ({ memberId, partitions }) =>
        [this.#names.get(memberId) ?? memberId, partitions.map(({ partition }) => partition)] as const,
    )
    return { state, members: new Map(named) }
  }

  /** Before its first member has come, there is no group. */
  async #described(): Promise<Pick<GroupDescription, 'state' | 'members'>> {
    try {
      const { groups } = await this.trial.cluster.run(this.#admin.describeGroups([this.name]))
      return groups[0] ?? NO_GROUP
    } catch (error) {
      if (error instanceof KafkaError && error.code === 'GROUP_ID_NOT_FOUND') return NO_GROUP
      throw error
    }
  }

  /** Waits until the coordinator's view is so. */
  async untilView(isReached: (view: GroupView) => boolean, what: string): Promise<void> {
    await this.until(async () => isReached(await this.view()), what)
  }

  /**
   * Waits until exactly these members have all partitions, each its part, as the coordinator and they themselves see
   * it, in one generation. Between the two rebalances of a cooperative group nobody has what is to move; and whoever
   * keeps what it has may not have heard of the generation that has begun.
   */
  async untilSettled(...names: readonly string[]): Promise<void> {
    const { length: partitions } = this.trial.partitions
    const members = names.map((name) => this.#members.findLast((one) => one.name === name))
    const isSettled = (view: GroupView): boolean =>
      view.state === 'Stable' &&
      view.members.size === names.length &&
      [...view.members.values()].flat().length === partitions &&
      new Set(members.map((member) => member?.generation)).size === 1 &&
      members.every((member) => member !== undefined && isSame(member.owned, view.members.get(member.name) ?? [-1]))
    await this.untilView(isSettled, `${names.join(', ')} share the partitions`)
  }

  /**
   * Returns the committed offset of each partition; absent: none is. Commits that members have made by themselves are
   * told of, as those of the partition's owner.
   */
  async committed(): Promise<ReadonlyMap<number, number>> {
    const asked = this.#admin.fetchOffsets({ groupId: this.name, topics: [TOPIC] })
    const fetched = await this.trial.cluster.run(asked)
    const known = fetched.flatMap(({ partitions }) => partitions).filter(({ offset }) => offset >= 0)
    for (const { partition, offset } of known) {
      // A look may come back after a later commit was told.
      if (offset <= (this.#committed.get(partition) ?? -1)) continue
      const owner = this.#members.findLast(({ owned }) => owned.has(partition)) ?? this.#members.at(-1)
      if (owner !== undefined) this.tell(owner, { step: 'committed', partition, offset, error: 'NONE' })
    }
    return new Map(known.map(({ partition, offset }) => [partition, offset]))
  }

  /** How many records the group has handled so far, each counted once. */
  get handledCount(): number {
    return this.#handled.size
  }

  /** How many records it has handled several times. */
  get handledAgainCount(): number {
    return [...this.#handled.values()].filter((times) => times > 1).length
  }

  timesHandled(record: { readonly partition: number; readonly offset: number }): number {
    return this.#handled.get(recordKey(record)) ?? 0
  }

  /** Records that were handed out several times, ascending. */
  get redelivered(): readonly { readonly partition: number; readonly offset: number }[] {
    const again = [...this.#handedOut].filter(([, times]) => times > 1).map(([key]) => recordOf(key))
    return again.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** Ends the story: what members do from now on is not told, and not counted. */
  endStory(): void {
    this.#isTold = false
  }

  tell(member: TrialMember, step: ToldStep, says?: string): void {
    if (!this.#isTold) return
    const whole = { ...step, group: this.name, member: member.name, generation: member.generation } as GroupStep
    if (whole.step === 'committed' && whole.error === 'NONE') this.#committed.set(whole.partition, whole.offset)
    this.trial.recording.add({
      actor: member.name,
      event: whole.step,
      says: says ?? wordsOfStep(whole),
      group: whole,
    })
  }

  noteJoined(member: TrialMember): void {
    this.#names.set(member.id, member.name)
    if (member.generation <= this.#generation) return
    this.#generation = member.generation
    this.tell(member, { step: 'generation' })
  }

  noteFailed(error: unknown): void {
    this.#failed.reject(error)
  }

  noteHandedOut(member: TrialMember, records: readonly HandedRecord[]): void {
    for (const { range, isAgain } of this.#count(this.#handedOut, records))
      this.tell(member, { step: 'handed-out', ...range, isAgain })
  }

  noteHandled(member: TrialMember, records: readonly HandedRecord[]): void {
    for (const { range, isAgain } of this.#count(this.#handled, records))
      this.tell(member, { step: 'handled', ...range, isAgain })
  }

  /** Counts these records, and returns them as ranges of those that were counted before, or were not. */
  #count(counts: Map<string, number>, records: readonly HandedRecord[]) {
    if (!this.#isTold) return []
    const ranges: { range: OffsetRange; isAgain: boolean }[] = []
    for (const record of records) {
      const before = counts.get(recordKey(record)) ?? 0
      counts.set(recordKey(record), before + 1)
      const { partition, offset } = record
      const last = ranges.at(-1)
      if (last !== undefined && last.isAgain === before > 0 && last.range.to === offset)
        last.range = { ...last.range, to: offset + 1 }
      else ranges.push({ range: { partition, from: offset, to: offset + 1 }, isAgain: before > 0 })
    }
    return ranges
  }
}

const NO_GROUP: Pick<GroupDescription, 'state' | 'members'> = { state: 'Dead', members: [] }

const recordKey = ({ partition, offset }: { partition: number; offset: number }): string => `${partition} ${offset}`

function recordOf(key: string): { readonly partition: number; readonly offset: number } {
  const [partition = -1, offset = -1] = key.split(' ').map(Number)
  return { partition, offset }
}

const isSame = (some: ReadonlySet<number>, others: readonly number[]): boolean =>
  some.size === others.length && others.every((one) => some.has(one))
