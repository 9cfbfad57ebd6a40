import type { Connection } from '../../../../src/actor/types.js'
import { parseConsumerOptions } from '../../../../src/base/config/consumer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { ConsumerBack } from '../../../../src/client/consumer/consumer-back.js'
import type { Request, RequestOf, Response, ResponseOf } from '../../../../src/protocol/api.js'
import type { CallEnd } from '../../../../src/protocol/inner/consumer-words.js'
import { type Asked, ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'
import { ordersMetadata, partitionMetadata } from '../given-metadata.js'
import { givenSlice } from './fetching/given-slices.js'

/** A consumer's thread between an application and a broker that the test plays. */
export class GivenConsumer {
  readonly stage = new Stage()
  /** What the broker says of who leads the one partition of `orders`. */
  leader = 1
  /** What it says of the topic instead, as long as there is something. */
  readonly topicErrors: ErrorCode[] = []
  topicId = 1
  partitionCount = 1
  /** Topics that were deleted. */
  readonly gone = new Set<string>()
  #leaderEpoch = 0
  #slices = 0
  #lastCall = 0
  readonly #ended = new Map<number, CallEnd>()
  readonly broker = new ScriptedActor((body) => this.#answer(body))
  /** On which the application takes, and gives back. */
  connection: Connection | null = null
  readonly #taker = new ScriptedActor(
    () => null,
    (connection) => {
      this.connection = connection
    },
  )
  readonly #application = new ScriptedActor()

  constructor() {
    this.stage.seat('broker-1', this.broker)
    this.stage.seat('client-0', this.#application)
    this.stage.seat('client-1', this.#taker)
    this.stage.seat(
      'consumer-0',
      new ConsumerBack({
        bootstrap: ['broker-1'],
        loadHandler: () => {},
        wake: () => {},
        options: parseConsumerOptions({ 'auto.offset.reset': 'earliest', 'default.api.timeout.ms': 1000 }),
      }),
    )
  }

  elect(leader: number): void {
    this.leader = leader
    this.#leaderEpoch += 1
  }

  ask(body: Request): Asked {
    const asked = (body.api === 'Take' ? this.#taker : this.#application).ask('consumer-0', body)
    this.stage.settle()
    return asked
  }

  /** Returns the number of the call. */
  assign(wanted: Partial<RequestOf<'Assign'>> = { topics: ['orders'] }): number {
    const call = this.#nextCall()
    this.ask({ api: 'Assign', call, topics: [], partitions: [], reset: null, ...wanted })
    return call
  }

  seek(index: number, to: RequestOf<'Seek'>['to'], epoch = 1): number {
    const call = this.#nextCall()
    this.ask({ api: 'Seek', call, index, epoch, to })
    return call
  }

  /** Asks for slices; what comes at once without any is news, of which the test has asked by itself. */
  take(): Asked {
    const taken = this.ask({ api: 'Take', slices: true })
    const isNews = taken.answer !== undefined && (taken.answer as ResponseOf<'Take'>).slices.length === 0
    return isNews ? this.ask({ api: 'Take', slices: true }) : taken
  }

  /** What is assigned now. */
  get assigned(): ResponseOf<'News'>['partitions'] {
    const { partitions, ended } = this.ask({ api: 'News' }).answer as ResponseOf<'News'>
    for (const end of ended) this.#ended.set(end.call, end)
    return partitions
  }

  /** How a call has ended; undefined: it has not. */
  endOf(call: number): CallEnd | undefined {
    void this.assigned
    return this.#ended.get(call)
  }

  #nextCall(): number {
    this.#lastCall += 1
    return this.#lastCall
  }

  /** Partition and offset of each that the fetch that waits asks for. */
  fetched(): [number, number][] {
    const [fetch] = this.broker.unanswered('Fetch')
    return (fetch?.body.partitions ?? []).map(({ partition, fetchOffset }) => [partition, fetchOffset])
  }

  get slicesMade(): number {
    return this.#slices
  }

  /** Answers the fetch that waits with a batch of these values, in memory of its own. */
  answerFetch(...values: string[]): Connection {
    const { connection, body } = this.broker.unanswered('Fetch')[0]!
    const [asked] = body.partitions
    const { memory, position, bytes } = givenSlice([values], { baseOffset: asked!.fetchOffset })
    this.#slices += 1
    connection.lend(this.#slices, memory)
    const said = { ...asked!, error: 'NONE' as const, highWatermark: 99, lastStableOffset: 99, logStartOffset: 0 }
    const slice = { segment: this.#slices, position, bytes, lease: this.#slices }
    const partitions = [{ ...said, currentLeader: null, divergingEpoch: null, slice }]
    this.broker.answerWhere((request) => (request.api === 'Fetch' ? { api: 'Fetch', partitions } : null))
    this.stage.settle()
    return connection
  }

  #answer(body: Request): Response | null {
    if (body.api === 'Metadata') {
      const { leader, topicId } = this
      const error = body.topics?.includes('typo') ? 'UNKNOWN_TOPIC_OR_PARTITION' : this.topicErrors.shift()
      const refused = { error: error ?? 'NONE', name: 'orders', topicId: -1, isInternal: false, partitions: [] }
      if (error !== undefined) return { ...ordersMetadata([]), topics: [refused] }
      const partitions = Array.from({ length: this.partitionCount }, (_, partition) =>
        partitionMetadata({ partition, leader, leaderEpoch: this.#leaderEpoch }),
      )
      const topics = (body.topics ?? []).map((name) => {
        if (this.gone.has(name))
          return { error: 'UNKNOWN_TOPIC_OR_PARTITION' as const, name, topicId: -1, isInternal: false, partitions: [] }
        const id = name === 'orders' ? topicId : 100 + topicId
        return { error: 'NONE' as const, name, topicId: id, isInternal: false, partitions }
      })
      return { ...ordersMetadata([]), topics }
    }
    if (body.api !== 'ListOffsets') return null
    const partitions = body.partitions.map(({ topicId, partition }) => {
      return { topicId, partition, error: 'NONE' as const, offset: 7 }
    })
    return { api: 'ListOffsets', partitions }
  }
}
