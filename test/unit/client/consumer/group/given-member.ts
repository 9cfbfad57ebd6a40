import type { Connection } from '../../../../../src/actor/types.js'
import { parseConsumerOptions } from '../../../../../src/base/config/consumer-options.js'
import { parseOptions } from '../../../../../src/base/config/definition.js'
import { GROUP_MEMBER_OPTIONS, type GroupMemberOptions } from '../../../../../src/base/config/group-member-options.js'
import { ConsumerBack } from '../../../../../src/client/consumer/consumer-back.js'
import type { OfferedAssignor } from '../../../../../src/client/consumer/group/group-options.js'
import { SharedProgress } from '../../../../../src/client/consumer/group/shared-progress.js'
import type { RecordHandler } from '../../../../../src/client/consumer/handler.js'
import type { Request, RequestOf, ResponseOf } from '../../../../../src/protocol/api.js'
import type { CallEnd } from '../../../../../src/protocol/inner/consumer-words.js'
import type { CommittedOffset, MemberNews, RebalanceStep } from '../../../../../src/protocol/inner/group-words.js'
import type { PartitionName } from '../../../../../src/protocol/partition.js'
import { type Asked, ScriptedActor } from '../../../../support/scripted-actor.js'
import { givenSlice } from '../fetching/given-slices.js'
import { GivenBrokers } from './given-brokers.js'

const SHARE = -5
const RUN = -1
const COOPERATIVE: OfferedAssignor = {
  name: 'cooperative-sticky',
  isCustom: false,
  supportedProtocols: ['COOPERATIVE', 'EAGER'],
}
export const RANGE: OfferedAssignor = { name: 'range', isCustom: false, supportedProtocols: ['EAGER'] }

interface Given extends Partial<GroupMemberOptions> {
  readonly assignors?: readonly OfferedAssignor[]
  readonly reset?: 'earliest' | 'latest' | 'none'
  /** Default 1,000. */
  readonly 'request.timeout.ms'?: number
}

/**
 * The thread of a consumer in a group, between an application and brokers that the test plays.
 */
export class GivenMember extends GivenBrokers {
  readonly progress = new SharedProgress()
  /** The callbacks of the application, oldest first. */
  readonly told: string[] = []
  /** Called in the middle of a callback. */
  during: (step: RebalanceStep) => void = () => {}
  /** The handler module that `run` runs. */
  handler: RecordHandler = { eachMessage: () => {} }
  #memories = 0
  readonly #ended = new Map<number, CallEnd>()
  readonly endedOrder: number[] = []
  #connection: Connection | null = null
  readonly #application = new ScriptedActor(
    () => null,
    (connection) => {
      this.#connection = connection
    },
  )
  /** What takes has a connection of its own, as in a consumer. */
  readonly #taking = new ScriptedActor(() => null)
  #lastCall = 0
  #member: MemberNews | undefined
  #stepTaken = 0

  constructor(given: Given = {}) {
    super()
    const { assignors = [RANGE], reset = 'earliest', 'request.timeout.ms': timeoutMs = 1000, ...rest } = given
    const protocol = assignors.every(({ supportedProtocols }) => supportedProtocols.includes('COOPERATIVE'))
      ? 'COOPERATIVE'
      : 'EAGER'
    this.stage.seat('client-0', this.#application)
    this.stage.seat('client-1', this.#taking)
    this.stage.seat(
      'consumer-0',
      new ConsumerBack({
        bootstrap: ['broker-1'],
        loadHandler: (_, __, ready) => ready({ handler: this.handler }),
        wake: () => {},
        options: parseConsumerOptions({
          'auto.offset.reset': reset,
          'request.timeout.ms': timeoutMs,
          'metadata.max.age.ms': 10_000,
        }),
        group: {
          ...parseOptions(GROUP_MEMBER_OPTIONS, rest, { what: 'consumer' }),
          'group.id': 'readers',
          assignors,
          protocol,
        },
      }),
    )
    this.ask({ api: 'News' })
    this.#connection!.attach(SHARE, this.progress.shared)
    this.ask({ api: 'Share', attachment: SHARE })
  }

  /** A member that rebalances cooperatively. */
  static cooperative(given: Given = {}): GivenMember {
    return new GivenMember({ assignors: [COOPERATIVE], ...given })
  }

  ask(body: Request): Asked {
    const asked = this.#application.ask('consumer-0', body)
    this.stage.settle()
    return asked
  }

  /** The application waits for news. */
  take(): Asked {
    const asked = this.#taking.ask('consumer-0', { api: 'Take', slices: false })
    this.stage.settle()
    return asked
  }

  subscribe(...topics: string[]): void {
    this.ask({ api: 'Subscribe', topics, pattern: null, reset: null })
  }

  subscribeTo(pattern: RegExp): void {
    const { source, flags } = pattern
    this.ask({ api: 'Subscribe', topics: [], pattern: { source, flags }, reset: null })
  }

  /** The application polls, and takes every step that it is told. */
  poll(): void {
    this.beginPoll()
    this.takeSteps()
  }

  /** The application polls, and has not come to take any step. */
  beginPoll(): void {
    this.progress.notePoll(this.stage.now)
    // Whoever polls asks for slices, and so wakes the other half.
    void this.news
  }

  takeSteps(): void {
    for (let step = this.step; step !== null; step = this.step) {
      if (step.type === 'assign') return
      // A failure is taken with the poll after the one that it was told to.
      if (step.type === 'failed' && this.#stepTaken !== step.step) {
        this.#stepTaken = step.step
        this.told.push(`failed ${step.error}`)
        return
      }
      if (step.type !== 'hold' && step.type !== 'failed') {
        if (step.type !== 'lost' || step.partitions.length > 0) this.told.push(shownStep(step))
        this.during(step)
      }
      this.ask({ api: 'StepTaken', step: step.step })
    }
  }

  /** Joins as the only member, and takes what it is assigned. */
  joined(...topics: string[]): this {
    this.subscribe(...(topics.length > 0 ? topics : ['orders']))
    this.poll()
    return this
  }

  get news(): ResponseOf<'News'> {
    const news = this.ask({ api: 'News' }).answer as ResponseOf<'News'>
    for (const end of news.ended) {
      this.#ended.set(end.call, end)
      this.endedOrder.push(end.call)
    }
    this.#member = news.member
    return news
  }

  get member(): MemberNews {
    void this.news
    return this.#member!
  }

  get step(): RebalanceStep | null {
    return this.member.step
  }

  /** `orders-0 orders-1` */
  get owned(): string {
    return shown(this.news.partitions)
  }

  get fetched(): string {
    const fetches = this.broker.unanswered('Fetch')
    return [...new Set(fetches.flatMap(({ body }) => body.partitions.map(({ partition }) => partition)))]
      .sort()
      .join(' ')
  }

  endOf(call: number): CallEnd | undefined {
    void this.news
    return this.#ended.get(call)
  }

  commit(offsets: readonly CommittedOffset[] | null, timeoutMs: number | null = null): number {
    const call = ++this.#lastCall
    this.ask({ api: 'Commit', call, offsets, timeoutMs })
    return call
  }

  askCommitted(...partitions: PartitionName[]): number {
    const call = ++this.#lastCall
    this.ask({ api: 'Committed', call, partitions, timeoutMs: 1000 })
    return call
  }

  leave(request: Partial<RequestOf<'Leave'>> = {}): number {
    const call = ++this.#lastCall
    this.ask({ api: 'Leave', call, commits: true, operation: 'DEFAULT', timeoutMs: 500, ...request })
    return call
  }

  /** The application has read up to this offset of a partition. */
  read(partition: number, offset: number, topic = 'orders'): void {
    const known = this.news.partitions.find((one) => one.topic === topic && one.partition === partition)
    this.progress.positions.set(known!.index, offset)
  }

  /** Runs the handler inside the consumer's thread; it never polls. */
  run(): void {
    const { shared: positions, from: positionsFrom } = this.progress.positions
    this.#connection!.attach(RUN, { positions, positionsFrom })
    this.ask({ api: 'Run', call: ++this.#lastCall, attachment: RUN })
  }

  /** Answers the fetch that waits with records of the first partition that it asks for. */
  answerFetch(...values: string[]): void {
    const { connection, body } = this.broker.unanswered('Fetch')[0]!
    const [asked] = body.partitions
    const { memory, position, bytes } = givenSlice([values], { baseOffset: asked!.fetchOffset, writtenIn: 0 })
    this.#memories += 1
    connection.lend(this.#memories, memory)
    const said = { ...asked!, error: 'NONE' as const, highWatermark: 99, lastStableOffset: 99, logStartOffset: 0 }
    const slice = { segment: this.#memories, position, bytes, lease: this.#memories }
    const partitions = [{ ...said, currentLeader: null, divergingEpoch: null, slice }]
    this.broker.answerWhere((request) => (request.api === 'Fetch' ? { api: 'Fetch', partitions } : null))
    this.stage.settle()
  }

  /** The group begins a rebalance: the member hears of it with its next heartbeat. */
  rebalance(): void {
    this.answers('Heartbeat', 'REBALANCE_IN_PROGRESS')
    this.stage.pass(3000)
  }
}

export const at = (partition: number, offset = -1, topic = 'orders'): CommittedOffset => {
  return { topic, partition, offset, leaderEpoch: -1, metadata: '' }
}
export const orders = (...partitions: number[]): PartitionName[] =>
  partitions.map((partition) => ({ topic: 'orders', partition }))

function shownStep(step: RebalanceStep & { readonly partitions: readonly PartitionName[] }): string {
  return `${step.type} ${shown(step.partitions)}`.trimEnd()
}

const shown = (partitions: readonly PartitionName[]): string =>
  partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(' ')
