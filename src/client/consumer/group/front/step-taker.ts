import { deferred } from '../../../../base/deferred.js'
import { isOn } from '../../../../base/guards.js'
import { timestamp } from '../../../../base/ids.js'
import type { RebalanceStep } from '../../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../../protocol/partition.js'
import { CallChain } from '../../../call-chain.js'
import { nameOf } from '../../fetching/fetched-partitions.js'
import type { ApplicationCounters } from '../../metrics/application-counters.js'
import type { SharedProgress } from '../shared-progress.js'
import { memberError } from './member-calls.js'
import type { RebalanceCallback, RebalanceCallbacks } from './subscription.js'

/** A step that waits for the application to come for records. */
export type ApplicationStep = Exclude<RebalanceStep, { readonly type: 'assign' }>

/** The partitions that the application has. */
export interface PartitionsInHand {
  hold(names: readonly PartitionName[]): void
  /** Goes on with all that was held and not given up. */
  letGo(): void
  giveUp(names: readonly PartitionName[]): void
}

export interface StepTakerParts {
  readonly progress: SharedProgress
  readonly partitions: PartitionsInHand
  readonly counters: ApplicationCounters
  /** Asks the other half for news; resolves when they have come, and `noteStep` was told of them, or when none will. */
  readonly news: () => Promise<void>
  /** Says that a step was taken. */
  readonly taken: (step: number) => void
}

/**
 * What the application does of a rebalance, step by step, when it is about to hand out records:
 *
 *     isBehind ─▶ takeAll: ask for news ─▶ noteStep ─▶ stop handing out, call the callback ─▶ say that it was taken
 *
 * Lives on the application's thread. A callback runs once for each step, whole, whatever it throws or wakes up. Nothing
 * is polled while it runs, which the other half sees: a member whose callback does not end leaves its group.
 * (Kafka: `ConsumerCoordinator.onJoinPrepare` and `onJoinComplete`.)
 */
export class StepTaker {
  callbacks: RebalanceCallbacks = {}
  readonly #parts: StepTakerParts
  /** The step that was told last and is not taken. */
  #told: ApplicationStep | null = null
  #lastTaken = 0
  /** Whether the other half has ended, which tells of no step any more. */
  #isOver = false
  /** A failure that was thrown; the application has seen it when it polls again. */
  #thrown = 0
  /**
   * The partitions that the application was told it has, and not that they are gone. A loss may take the place of a
   * revocation whose callback is at work, or of an assignment that the application has not come for.
   */
  readonly #had = new Set<string>()
  #taking: Promise<void> | null = null
  readonly #chain = new CallChain()
  /** The callback that is at work, by its name; null: none is. */
  #callbackAtWork: string | null = null
  /** Ends the wait for the callback at work. */
  #passOver = (): void => {}

  constructor(parts: StepTakerParts) {
    this.#parts = parts
  }

  /** Whether nothing may be handed out before a step is taken. */
  get isBehind(): boolean {
    return !this.#isOver && this.#parts.progress.newestStep !== this.#lastTaken
  }

  /** Whether a step is being taken. */
  get isTaking(): boolean {
    return this.#taking !== null
  }

  /** The callback that is at work, by its name; null: none is. */
  get callbackAtWork(): string | null {
    return this.#callbackAtWork
  }

  /** Notes the step that waits, as news tell it; null: none does. */
  noteStep(step: ApplicationStep | null): void {
    this.#told = step !== null && step.step !== this.#lastTaken ? step : null
  }

  /** Notes that a step needs no poll, and was taken elsewhere. False: it was before. */
  pass(step: number): boolean {
    const isNew = step !== this.#lastTaken
    this.#lastTaken = step
    return isNew
  }

  /** Notes that the other half has ended: what waits is not taken any more. */
  end(): void {
    this.#isOver = true
  }

  /** Goes on after a failure: the application polls again. */
  goOn(): void {
    if (this.#thrown === 0) return
    this.#parts.taken(this.#thrown)
    this.#thrown = 0
  }

  /**
   * Whoever is about to wait for all steps says so: a callback that ends the membership itself is not waited for any
   * more, since it would wait for itself. What is left to be called back for is called back for inside of it.
   */
  noteWaiting(): void {
    if (this.#chain.isInside) this.#passOver()
  }

  /**
   * Takes all steps that wait. Throws the first error of a callback, or the failure of the member. `isPoll`: they are
   * taken by an application that has come for records, which counts as a poll when each of them has ended.
   */
  takeAll({ isPoll }: { readonly isPoll: boolean }): Promise<void> {
    this.#taking ??= this.#takeAll(isPoll).finally(() => {
      this.#taking = null
    })
    return this.#taking
  }

  async #takeAll(isPoll: boolean): Promise<void> {
    const errors: unknown[] = []
    while (this.isBehind) {
      const step = this.#told ?? (await this.#nextTold())
      if (step === null) continue
      await this.#take(step, isPoll).catch((error) => errors.push(error))
    }
    if (errors.length > 0) throw errors[0]
  }

  /** The step that waits; null: there is none any more, or the other half has ended. */
  async #nextTold(): Promise<ApplicationStep | null> {
    const { newestStep } = this.#parts.progress
    await this.#parts.news()
    if (this.#told === null) this.#lastTaken = newestStep
    return this.#told
  }

  async #take(step: ApplicationStep, isPoll: boolean): Promise<void> {
    this.#told = null
    if (step.type === 'failed') {
      this.#lastTaken = step.step
      this.#thrown = step.step
      throw memberError(step.error, step.says)
    }
    const { progress, counters } = this.#parts
    progress.beginStep(timestamp(counters.now))
    try {
      await this.#perform(step.type, step.partitions)
    } finally {
      if (isPoll) progress.notePoll(timestamp(counters.now))
      progress.endStep()
      this.#lastTaken = step.step
      this.#parts.taken(step.step)
    }
  }

  async #perform(type: 'hold' | 'revoked' | 'lost' | 'assigned', names: readonly PartitionName[]): Promise<void> {
    const { partitions } = this.#parts
    const { onPartitionsAssigned, onPartitionsRevoked, onPartitionsLost = onPartitionsRevoked } = this.callbacks
    if (type === 'assigned') {
      // What was to be given up, in a rebalance that has failed, may be this member's again.
      partitions.letGo()
      for (const name of names) this.#had.add(nameOf(name))
      return this.#callBack('assigned', onPartitionsAssigned, names)
    }
    if (isOn('held-to-be-given-up')) partitions.hold(names)
    const left = names.filter((name) => this.#had.has(nameOf(name)))
    if (type !== 'hold') for (const name of names) this.#had.delete(nameOf(name))
    try {
      // Where nothing was held, an eager member is told so; where all of it is gone already, or has never come, it was
      // told.
      if (type === 'revoked' && left.length === 0 && names.length > 0) return
      if (type === 'revoked') await this.#callBack('revoked', onPartitionsRevoked, left)
      else if (type === 'lost' && left.length > 0) await this.#callBack('lost', onPartitionsLost, left)
    } finally {
      if (type !== 'hold') partitions.giveUp(names)
    }
  }

  async #callBack(
    what: 'revoked' | 'assigned' | 'lost',
    callback: RebalanceCallback | undefined,
    names: readonly PartitionName[],
  ): Promise<void> {
    if (callback === undefined) return
    const { counters } = this.#parts
    const passed = deferred<void>()
    this.#passOver = passed.resolve
    const isOfRevoked = what === 'lost' && this.callbacks.onPartitionsLost === undefined
    this.#callbackAtWork = NAMES[isOfRevoked ? 'revoked' : what]
    const called = counters.callback(what, () => this.#chain.wait(this.#chain.call(() => callback(names))))
    // Nobody hears what a callback throws that is not waited for any more.
    called.catch(() => {})
    try {
      await Promise.race([called, passed.promise])
    } finally {
      this.#callbackAtWork = null
    }
  }
}

const NAMES = {
  revoked: 'onPartitionsRevoked',
  assigned: 'onPartitionsAssigned',
  lost: 'onPartitionsLost',
} as const
