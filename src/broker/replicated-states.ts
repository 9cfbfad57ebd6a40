import type { Connection, Context } from '../actor/types.js'
import { earliest, NEVER, type Timestamp } from '../base/ids.js'
import type { Partition } from './partition.js'
import { type Question, ReplicatedState, type ReplicatedStateParts } from './replicated-state.js'

export interface ReplicatedStatesParts<Record, Request, Reply>
  extends Omit<ReplicatedStateParts<Record, Request, Reply>, 'onAppend'> {
  /** The topic whose partitions each have a state. */
  readonly topic: string
}

/** What the broker that hosts the states of a topic tells them, whatever their records are. */
export interface HostedStates {
  readonly topic: string
  /** Set by the broker: see `ReplicatedStateParts.onAppend`. */
  onAppend: (partition: Partition, context: Context) => void
  /** The partition of this topic has come, or has changed hands. To be called before its high watermark moves again. */
  noteChanged(partition: Partition, context: Context): void
  /** The partition is not here any more. */
  noteGone(partition: Partition, context: Context): void
  /** The high watermark of the partition has moved. */
  noteCommitted(partition: Partition, context: Context): void
  /** The connection has ended. */
  forget(connection: Connection): void
  tick(context: Context): Timestamp
}

/**
 * The states of all partitions of one topic that this broker holds: a coordinator's shards. Lives in the broker's
 * thread.
 */
export class ReplicatedStates<Record, Request, Reply> implements HostedStates {
  readonly topic: string
  onAppend: (partition: Partition, context: Context) => void = () => {}
  readonly #parts: ReplicatedStateParts<Record, Request, Reply>
  readonly #states = new Map<Partition, ReplicatedState<Record, Request, Reply>>()
  /** States by the numbers of their partitions. */
  readonly #byNumber = new Map<number, ReplicatedState<Record, Request, Reply>>()
  /** When one of them wants to be called, or earlier: a turn in which none does looks at none. */
  #due: Timestamp = NEVER

  constructor({ topic, ...parts }: ReplicatedStatesParts<Record, Request, Reply>) {
    this.topic = topic
    this.#parts = { ...parts, onAppend: (partition, context) => this.onAppend(partition, context) }
  }

  /** See `ReplicatedState.ask`. A partition that this broker does not hold answers NOT_COORDINATOR. */
  ask(partition: number, question: Question<Request, Reply>, context: Context): void {
    const state = this.#byNumber.get(partition)
    if (state === undefined) return question.answer({ error: 'NOT_COORDINATOR', reply: null }, context)
    state.ask(question, context)
    this.#due = context.now
  }

  /** The partitions whose states are here because this broker leads them. */
  get led(): readonly number[] {
    return [...this.#states.keys()].filter(({ isLeader }) => isLeader).map(({ partition }) => partition)
  }

  noteChanged(partition: Partition, context: Context): void {
    let state = this.#states.get(partition)
    if (state === undefined) {
      state = new ReplicatedState(partition, this.#parts)
      this.#states.set(partition, state)
      this.#byNumber.set(partition.partition, state)
    }
    state.update(context)
    this.#due = context.now
  }

  noteGone(partition: Partition, context: Context): void {
    const state = this.#states.get(partition)
    if (state === undefined) return
    state.unload(context)
    this.#states.delete(partition)
    this.#byNumber.delete(partition.partition)
  }

  noteCommitted(partition: Partition, context: Context): void {
    this.#states.get(partition)?.release(context)
  }

  forget(connection: Connection): void {
    for (const state of this.#states.values()) state.forget(connection)
  }

  /** Cheap enough for every turn of a simulation. */
  checkInvariants(): void {
    for (const state of this.#states.values()) state.checkInvariants()
  }

  /** See `ReplicatedState.checkReplay`. */
  checkReplay(): void {
    for (const state of this.#states.values()) state.checkReplay()
  }

  tick(context: Context): Timestamp {
    if (context.now < this.#due) return this.#due
    this.#due = NEVER
    for (const state of this.#states.values()) this.#due = earliest(this.#due, state.tick(context))
    if (this.#due > context.now) return this.#due
    context.noteWork()
    return NEVER
  }
}
