import { parseConsumerOptions } from '../../../../../../src/base/config/consumer-options.js'
import type { ErrorCode } from '../../../../../../src/base/error-code.js'
import { type Timestamp, timestamp } from '../../../../../../src/base/ids.js'
import { Consumer } from '../../../../../../src/client/consumer/consumer.js'
import { ConsumerFront } from '../../../../../../src/client/consumer/consumer-front.js'
import {
  type GivenAssignmentStrategy,
  parseAssignmentStrategy,
} from '../../../../../../src/client/consumer/group/assignors/assignment-strategy.js'
import { SharedProgress } from '../../../../../../src/client/consumer/group/shared-progress.js'
import { ApplicationCounters } from '../../../../../../src/client/consumer/metrics/application-counters.js'
import { ConsumerCounters } from '../../../../../../src/client/consumer/metrics/consumer-counters.js'
import type { Lifetime } from '../../../../../../src/client/lifetime.js'
import { ClosedError } from '../../../../../../src/index.js'
import type { Request, RequestOf, Response } from '../../../../../../src/protocol/api.js'
import type { CallEnd, PartitionAssignment } from '../../../../../../src/protocol/inner/consumer-words.js'
import type { CommittedOffset, MemberNews, RebalanceStep } from '../../../../../../src/protocol/inner/group-words.js'
import type { TakenSlice } from '../../../../../../src/protocol/inner/take.js'
import type { PartitionName } from '../../../../../../src/protocol/partition.js'
import { ScriptedActor } from '../../../../../support/scripted-actor.js'
import { Stage } from '../../../../../support/stage.js'
import { givenSlice } from '../../fetching/given-slices.js'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Step<S = RebalanceStep> = S extends unknown ? Omit<S, 'step'> : never

export const orders = (...partitions: number[]): PartitionName[] =>
  partitions.map((partition) => ({ topic: 'orders', partition }))

/** A consumer in a group, in the application; its other half, on the consumer's thread, is what the test plays. */
export class GivenApplication {
  readonly stage = new Stage()
  readonly front: ConsumerFront
  readonly consumer: Consumer
  /** What was asked, but for news and slices. */
  readonly asked: Request[] = []
  progress = new SharedProgress()
  member: MemberNews = {
    state: 'stable',
    memberId: 'm-1',
    generationId: 3,
    coordinator: 2,
    assignor: 'range',
    isLeader: true,
    step: null,
  }
  readonly thread: ScriptedActor
  readonly #counters: ConsumerCounters
  #assigned: PartitionAssignment[] = []
  #ended: CallEnd[] = []
  #news = 0
  #told = 0
  #lastStep = 0
  #lastLease = 0
  #waiting: TakenSlice[] = []
  /** Calls that have not ended, oldest first. */
  #open: (readonly [api: string, call: number])[] = []

  constructor({ strategy, isMember = true }: { strategy?: GivenAssignmentStrategy; isMember?: boolean } = {}) {
    const groupId = isMember ? 'tea' : null
    const options = { ...parseConsumerOptions({}), 'group.id': groupId, 'enable.auto.commit': isMember }
    const ids = { ...options, 'group.id': 'tea', 'group.instance.id': null }
    const group = { options: ids, strategy: parseAssignmentStrategy(strategy) }
    const clock = { now: (): Timestamp => this.stage.now }
    const counters = new ConsumerCounters(options)
    this.#counters = counters
    this.front = new ConsumerFront({
      consumer: 'consumer-0',
      ownBell: { ring: () => {} },
      counters: new ApplicationCounters(clock, options),
      ...(isMember && { group }),
    })
    const life = {
      endIn: () => {},
      within: (closing: Promise<void>) => closing,
      end: () => this.front.end(new ClosedError('The consumer is closed')),
      release: () => Promise.resolve(),
    } as unknown as Lifetime
    this.consumer = new Consumer({ front: this.front, options, counters, clock, wake: () => {}, life })
    this.thread = new ScriptedActor((body) => this.#answer(body))
    this.stage.seat('consumer-0', this.thread)
    this.stage.seat('client-0', this.front)
  }

  /** Lets whatever can happen happen. */
  async settle(): Promise<void> {
    for (let round = 0; round < 12; round++) {
      this.stage.settle()
      await nextTurn()
    }
  }

  /** The promise's outcome; `pending` if it has none when all has happened that can. */
  async outcome<Value>(promise: Promise<Value>): Promise<Value | string | Error> {
    let outcome: Value | string | Error = 'pending'
    promise.then(
      (value) => {
        outcome = value
      },
      (error: Error) => {
        outcome = error
      },
    )
    await this.settle()
    return outcome
  }

  pass(ms: number): void {
    this.stage.now = timestamp(this.stage.now + ms)
  }

  /** Assigns partitions, without a step, each from this offset on, in epoch 0 or in these. */
  assign(partitions: readonly number[], epochs: Readonly<Record<number, number>> = {}, position = 100): void {
    this.#assigned = orders(...partitions).map((name) => {
      return { ...name, index: name.partition, epoch: epochs[name.partition] ?? 0, position }
    })
    this.#note()
  }

  /** Assigns partitions as a group does: the application takes the step, and knows of them. */
  async own(partitions: readonly number[], position = 100): Promise<void> {
    this.assign(partitions, {}, position)
    const step = this.tell({ type: 'assigned', partitions: orders(...partitions) })
    await this.settle()
    if (!this.stepsTaken.includes(step)) await this.outcome(this.consumer.poll(0))
    this.#forget('StepTaken')
  }

  /** Forgets what was asked of this kind so far. */
  #forget(api: Request['api']): void {
    const left = this.asked.filter((body) => body.api !== api)
    this.asked.splice(0, this.asked.length, ...left)
  }

  /** Tells a step; returns its number. */
  tell(step: Step): number {
    this.#lastStep += 1
    this.member = { ...this.member, step: { ...step, step: this.#lastStep } as RebalanceStep }
    this.progress.newestStep = this.#lastStep
    this.#note()
    return this.#lastStep
  }

  /** Tells a step without a word: only the shared memory says so. */
  tellSilently(step: Step): number {
    const news = this.#news
    const number = this.tell(step)
    this.#news = news
    return number
  }

  /** Ends a call of this kind, the oldest one first. */
  end(api: 'Commit' | 'Committed' | 'Leave', error: ErrorCode = 'NONE', offsets?: readonly CommittedOffset[]): void {
    const call = this.#open.find(([name]) => name === api)?.[1] as number
    this.#open = this.#open.filter(([, other]) => other !== call)
    const committed = this.of('Commit').find((one) => one.call === call)?.offsets ?? []
    if (error === 'NONE') for (const one of committed) this.#counters.committedAt(one.partition, one.offset)
    this.#ended.push({ call, error, says: error === 'NONE' ? '' : 'It says why', ...(offsets && { offsets }) })
    this.#note()
  }

  /** Hands out values of a partition, from this offset on. */
  give(partition: number, values: readonly string[], { offset = 100, epoch = 0 } = {}): void {
    const slice = givenSlice([values], { baseOffset: offset })
    this.#lastLease += 1
    const { memory: _, giveBack: __, returns: ___, topic: ____, ...said } = slice
    const taker = this.thread.messages.findLast((one) => one.type === 'request' && one.body.api === 'Take')
    if (taker?.type === 'request') taker.connection.lend(this.#lastLease, slice.memory)
    this.#waiting.push({ ...said, index: partition, epoch, memoryId: this.#lastLease, lease: this.#lastLease })
    this.#answerTake()
  }

  of<Name extends Request['api']>(api: Name): RequestOf<Name>[] {
    return this.asked.filter((body): body is RequestOf<Name> => body.api === api)
  }

  get stepsTaken(): number[] {
    return this.of('StepTaken').map(({ step }) => step)
  }

  #note(): void {
    this.#news += 1
    this.#answerTake()
  }

  #answerTake(): void {
    const [take] = this.thread.unanswered('Take')
    if (take === undefined || (this.#waiting.length === 0 && this.#news === this.#told)) return
    const slices = take.body.slices ? this.#waiting : []
    if (slices.length > 0) this.#waiting = []
    else if (this.#news === this.#told) return
    this.#told = this.#news
    this.thread.answerWhere((body) => (body.api === 'Take' ? { api: 'Take', slices, news: this.#news } : null))
  }

  #answer(body: Request): Response | null {
    if (body.api === 'Take') {
      queueMicrotask(() => this.#answerTake())
      return null
    }
    if (body.api === 'Hurry') {
      this.thread.answerWhere((take) => (take.api === 'Take' ? { api: 'Take', slices: [], news: this.#news } : null))
      return { api: 'Hurry' }
    }
    if (body.api === 'News') {
      const ended = this.#ended
      this.#ended = []
      const { member } = this
      return { api: 'News', partitions: this.#assigned, ended, ...(this.front.member !== null && { member }) }
    }
    this.asked.push(body)
    if ('call' in body && (body.api === 'Commit' || body.api === 'Committed' || body.api === 'Leave'))
      this.#open.push([body.api, body.call])
    if (body.api === 'Share') this.progress = this.front.member?.progress ?? this.progress
    if (body.api === 'StepTaken' && this.member.step?.step === body.step) {
      const { step } = this.member
      this.member = { ...this.member, step: null }
      if (step.type === 'revoked' || step.type === 'lost') this.#drop(step.partitions)
    }
    if (body.api === 'Seek' || body.api === 'Assign') {
      this.#ended.push({ call: body.call, error: 'NONE', says: '' })
      this.#note()
    }
    return { api: body.api } as Response
  }

  #drop(partitions: readonly PartitionName[]): void {
    const gone = new Set(partitions.map(({ partition }) => partition))
    this.#assigned = this.#assigned.filter(({ partition }) => !gone.has(partition))
    this.#note()
  }
}
