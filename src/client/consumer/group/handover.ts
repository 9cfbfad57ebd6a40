import type { Context } from '../../../actor/types.js'
import { isOn } from '../../../base/guards.js'
import { NEVER, type Timestamp, timestamp } from '../../../base/ids.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { FetchedPartition } from '../fetching/fetched-partition.js'
import { type FetchedPartitions, nameOf } from '../fetching/fetched-partitions.js'
import type { Commits } from './commits.js'
import type { MemberOptions } from './group-options.js'
import type { Member } from './member.js'
import type { RebalanceSteps } from './rebalance-steps.js'
import type { Subscription } from './subscription.js'

export interface HandoverParts {
  readonly options: MemberOptions
  readonly partitions: FetchedPartitions
  readonly commits: Commits
  readonly steps: RebalanceSteps
  readonly subscription: Subscription
  readonly member: Member
  /** Whether a handler module is at work on a record of this partition. */
  readonly isAtWorkOn: (index: number) => boolean
  /** Called when partitions may have come or gone. */
  readonly onAssigned: () => void
}

type Then = (context: Context) => void

/**
 * How partitions change hands. What is given up goes through these steps, and what is kept is read on meanwhile:
 *
 *     held      nothing more is fetched or handed out; whoever is at work on a record finishes it
 *     hold      the application says how far it is, and that is committed (enable.auto.commit)
 *     revoked   the application's callback has run: it may commit as well
 *     gone      another member may have them
 *
 * Kafka's consumer commits before it joins, and not what a cooperative rebalance takes away afterwards: whoever gets
 * that reads again what was handed out meanwhile. Here it is committed as well.
 *
 * Owned by the consumer's thread. One change is under way at a time; another one replaces it.
 */
export class Handover {
  readonly #parts: HandoverParts
  /** What goes on once nobody is at work on these partitions. */
  #quiet: { readonly states: readonly FetchedPartition[]; readonly goOn: Then } | null = null
  /** Grows with each change: a commit that ends for an earlier one moves nothing on. */
  #change = 0

  constructor(parts: HandoverParts) {
    this.#parts = parts
  }

  get owned(): readonly FetchedPartition[] {
    return this.#parts.partitions.all
  }

  /** Whether a handler module is at work on a record of what is owned. */
  get isAtWork(): boolean {
    return this.owned.some(({ index }) => this.#parts.isAtWorkOn(index))
  }

  /** Hands out nothing more, and reads nothing on; nobody is told. */
  holdAll(): void {
    this.#begin(this.owned)
  }

  tick(context: Context): Timestamp {
    const quiet = this.#quiet
    if (quiet === null || quiet.states.some(({ index }) => this.#parts.isAtWorkOn(index))) return NEVER
    this.#quiet = null
    quiet.goOn(context)
    context.noteWork()
    return NEVER
  }

  /** Leaves a change as it is. */
  cancel(): void {
    this.#change += 1
    this.#quiet = null
    this.#parts.steps.cancel()
  }

  /**
   * Gives these partitions up; `isTold` even if there are none: an eager rebalance says so in any case. Whoever loses
   * them meanwhile is told of a loss.
   */
  revoke(states: readonly FetchedPartition[], isTold: boolean, context: Context, then: Then): void {
    if (states.length === 0 && !isTold) return then(context)
    this.#begin(states)
    this.#quiet = {
      states,
      goOn: (later) => this.#commit(states, later, () => this.#tell('revoked', states, then)),
    }
    context.noteWork()
  }

  /** Gives up all partitions that are owned: another member may have them by now. */
  lose(context: Context, then: Then): void {
    if (this.owned.length === 0) return then(context)
    this.giveUp('lost', context, then)
  }

  /**
   * Has the application know at its next poll that all it had is gone, whether it had something or not. Nothing is
   * committed.
   */
  giveUp(type: 'revoked' | 'lost', context: Context, then: Then): void {
    const states = this.owned
    this.#begin(states)
    this.#quiet = { states, goOn: () => this.#tell(type, states, then) }
    context.noteWork()
  }

  /** Owns nothing any more, whoever knows of it. */
  clear(): void {
    this.cancel()
    if (this.owned.length > 0) this.#set([])
    this.#parts.partitions.left.leaveGroup()
  }

  /** Takes over partitions: those that are new are read once the application knows of them. */
  assign(names: readonly PartitionName[], context: Context, then: Then): void {
    this.#change += 1
    const added = without(names, this.owned)
    this.#set(names)
    this.#parts.partitions.hold(added, true)
    this.#parts.steps.tell('assigned', added, (later) => {
      this.#parts.partitions.hold(names, false)
      then(later)
    })
    context.noteWork()
  }

  /** Commits what was read of all partitions, if that is done by itself. */
  commitAll(deadline: Timestamp, context: Context, then: Then): void {
    const { options, commits, member } = this.#parts
    if (!options['enable.auto.commit'] || this.owned.length === 0 || member.commitError !== 'NONE') return then(context)
    const change = this.#change
    commits.commitConsumed({
      deadline,
      isRetried: true,
      ended: (_error, _says, later) => {
        later.noteWork()
        if (this.#change === change) then(later)
      },
    })
    context.noteWork()
  }

  /** Metadata have come: a topic may have been made anew. Returns whether partitions have changed. */
  refresh(): boolean {
    if (this.owned.length === 0) return false
    return this.#set(namesOf(this.owned))
  }

  #begin(states: readonly FetchedPartition[]): void {
    this.cancel()
    if (isOn('held-to-be-given-up')) this.#parts.partitions.hold(states, true)
  }

  #commit(states: readonly FetchedPartition[], context: Context, then: Then): void {
    const { options, steps, member } = this.#parts
    if (!options['enable.auto.commit'] || states.length === 0 || !member.isInGeneration) return then(context)
    if (!isOn('commits-to-give-up')) return then(context)
    steps.tell('hold', states, (later) => {
      const deadline = timestamp(later.now + options['max.poll.interval.ms'])
      this.commitAll(deadline, later, then)
    })
  }

  #tell(type: 'revoked' | 'lost', states: readonly FetchedPartition[], then: Then): void {
    this.#parts.steps.tell(type, states, (context) => {
      this.#set(namesOf(without(this.owned, states)))
      then(context)
    })
  }

  #set(names: readonly PartitionName[]): boolean {
    const { partitions, subscription, onAssigned } = this.#parts
    const hasChanged = partitions.assign(names, subscription.reset)
    onAssigned()
    return hasChanged
  }
}

/** The first partitions without the others. */
export function without<One extends PartitionName>(names: readonly One[], others: readonly PartitionName[]): One[] {
  const left = new Set(others.map(nameOf))
  return names.filter((name) => !left.has(nameOf(name)))
}

/** What is wanted of partitions that are owned already: that they stay as they are. */
const namesOf = (states: readonly PartitionName[]): PartitionName[] =>
  states.map(({ topic, partition }) => ({ topic, partition }))
