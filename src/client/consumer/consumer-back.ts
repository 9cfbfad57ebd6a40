import type { Address } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import { type Actor, type Connection, type Context, LEASE_SLOTS, type Message } from '../../actor/types.js'
import { ERRORS, type ErrorCode } from '../../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { ApiName, RequestOf, Response } from '../../protocol/api.js'
import type { MetadataResponse } from '../../protocol/apis/metadata.js'
import type {
  AssignRequest,
  CallEnd,
  SeekRequest,
  StopRequest,
  WantedPartition,
} from '../../protocol/inner/consumer-words.js'
import type { TakenSlice, TakeRequest } from '../../protocol/inner/take.js'
import type { PartitionName } from '../../protocol/partition.js'
import { Metadata } from '../metadata.js'
import { MetadataUpdater } from '../metadata-updater.js'
import { Fetcher, type FetcherOptions } from './fetching/fetcher.js'
import { SharedPositions } from './fetching/shared-positions.js'
import type { LoadedHandler } from './handler.js'
import type { HandlingOptions } from './handling.js'
import { ModuleRun } from './module-run.js'
import { PassedOnSlices } from './passed-on-slices.js'

/**
 * The half of a consumer that has a thread of its own: fetches ahead, and either passes what it has fetched on to the
 * application (`Take`) or runs the user's handler module right here (`Run`).
 *
 * Calls that take their time are answered at once, and how they have ended is told as news, so that none holds up another one: a pause
 * or a close comes through while a seek waits for a leader.
 */
export interface ConsumerBackParts {
  readonly options: FetcherOptions &
    HandlingOptions & {
      readonly metadataMaxAgeMs: number
      readonly allowAutoTopicCreation: boolean
      /** Kafka's default.api.timeout.ms; absent: as in Kafka, 60 s. */
      readonly apiTimeoutMs?: number
    }
  readonly bootstrap: readonly Address[]
  /** Makes the handler that was attached; calls back once, between two turns. */
  readonly loadHandler: (attached: unknown, ready: (loaded: LoadedHandler) => void) => void
  /** Rings the own bell: the handler was made, or a promise of it has settled. */
  readonly wake: () => void
}

/** Answered later. */
interface Waiting<Request> {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: Request
}

/** Ends by then, whether or not a position was found. */
interface Limited<Request> {
  readonly request: Request
  readonly deadline: Timestamp
}

const SERVED: ReadonlySet<ApiName> = new Set(['Assign', 'News', 'Seek', 'Pause', 'Hurry', 'Take', 'Run', 'Stop'])

const API_TIMEOUT_MS = 60_000
const STEPS_PER_TURN = 8
/** How often it is looked whether the application has given back what it was passed. */
const GIVEN_BACK_CHECK_MS = 5

export class ConsumerBack implements Actor {
  readonly serves = SERVED
  readonly #parts: ConsumerBackParts
  readonly #metadata = new Metadata()
  readonly #metadataNetwork: NetworkClient
  readonly #updater: MetadataUpdater
  readonly #fetcher: Fetcher
  readonly #apiTimeoutMs: number
  #assigning: Limited<AssignRequest> | null = null
  #subscription: AssignRequest | null = null
  /** The last subscription of which the fetcher knows. */
  #applied: AssignRequest | null = null
  /** Something came by itself, and its position is not known yet. */
  #isUnplaced = false
  /** By the partition's index: of two seeks the later one counts. */
  readonly #seeking = new Map<number, Limited<SeekRequest>>()
  #ended: CallEnd[] = []
  /** Grows with each piece of news; and what it was when the application was told to ask. */
  #news = 0
  #newsTold = 0
  #taking: Waiting<TakeRequest> | null = null
  #isHurried = false
  #running: ModuleRun | null = null
  /** Has ended; its handler may still be at work on what it has promised to finish. */
  #leaving: ModuleRun | null = null
  #stopping: Waiting<StopRequest> | null = null
  readonly #passedOn = new PassedOnSlices()

  constructor(parts: ConsumerBackParts) {
    this.#parts = parts
    const { options } = parts
    this.#apiTimeoutMs = options.apiTimeoutMs ?? API_TIMEOUT_MS
    this.#metadataNetwork = new NetworkClient(() => {}, {
      'request.timeout.ms': options.requestTimeoutMs,
      'reconnect.backoff.ms': options.reconnectBackoffMs,
      'reconnect.backoff.max.ms': options.reconnectBackoffMaxMs,
    })
    this.#updater = new MetadataUpdater({
      metadata: this.#metadata,
      bootstrap: parts.bootstrap,
      network: this.#metadataNetwork,
      maxAgeMs: options.metadataMaxAgeMs,
      retryBackoffMs: options.retryBackoffMs,
      allowAutoTopicCreation: options.allowAutoTopicCreation,
      onUpdate: (response) => this.#updated(response),
    })
    this.#fetcher = new Fetcher(options, this.#metadata, () => this.#updater.noteStale())
  }

  receive(message: Message, context: Context): void {
    if (this.#metadataNetwork.receive(message, context) || this.#fetcher.receive(message, context)) return
    if (message.type !== 'request') return
    const { connection, correlationId, body } = message
    if (body.api === 'Take') this.#taking = { connection, correlationId, request: body }
    else if (body.api === 'Stop') this.#stop({ connection, correlationId, request: body })
    else {
      const answer = this.#obey(body, connection, context)
      if (answer !== null) connection.reply(correlationId, answer)
    }
  }

  /** What is answered at once. */
  #obey(
    body: Extract<Message, { type: 'request' }>['body'],
    connection: Connection,
    context: Context,
  ): Response | null {
    const deadline = timestamp(context.now + this.#apiTimeoutMs)
    switch (body.api) {
      case 'Assign':
        // Nobody waits for what was replaced.
        if (this.#assigning !== null) this.#end(this.#assigning.request.call)
        this.#assigning = { request: body, deadline }
        this.#subscribe(body)
        return { api: 'Assign' }
      case 'Seek':
        this.#seek(body, deadline)
        return { api: 'Seek' }
      case 'Pause':
        this.#fetcher.pause(body.indexes)
        return { api: 'Pause' }
      case 'News': {
        const ended = this.#ended
        this.#ended = []
        return { api: 'News', partitions: this.#fetcher.assigned, ended }
      }
      case 'Hurry':
        this.#isHurried = true
        return { api: 'Hurry' }
      case 'Run':
        this.#run(body, connection)
        return { api: 'Run' }
      default:
        return null
    }
  }

  tick(context: Context): Timestamp {
    const fetchDue = this.#fetcher.tick(context)
    // What the fetcher finds stale is asked for in the same turn.
    const metadataDue = earliest(this.#updater.tick(context), this.#metadataNetwork.tick(context))
    const answerDue = earliest(this.#endAssign(context), this.#endSeeks(context))
    this.#handle(context)
    this.#passedOn.takeBack()
    this.#answerTake(context)
    this.#answerStop()
    const backDue = this.#passedOn.areOut ? timestamp(context.now + GIVEN_BACK_CHECK_MS) : NEVER
    return earliest(earliest(metadataDue, fetchDue), earliest(answerDue, backDue))
  }

  /** A call has ended, well unless it says otherwise. */
  #end(call: number, error: ErrorCode = 'NONE', says = ''): void {
    this.#ended.push({ call, error, says })
    this.#noteNews()
  }

  #noteNews(): void {
    this.#news = (this.#news + 1) | 0
  }

  /** Null, or a request of nothing: reads nothing from now on. */
  #subscribe(request: AssignRequest | null): void {
    this.#subscription = request
    const { topics, partitions } = request ?? { topics: [], partitions: [] }
    const wanted = [...new Set([...topics, ...partitions.map(({ topic }) => topic)])]
    this.#updater.want(wanted)
    if (wanted.length > 0) return
    this.#applied = request
    this.#fetcher.assign([], null)
    this.#recallUnassigned()
  }

  #updated(response: MetadataResponse): void {
    const subscription = this.#subscription
    if (subscription === null) return
    const isNew = this.#applied !== subscription
    const failed = response.topics.find((topic) => topic.error !== 'NONE')
    // What is read goes on, whatever became of another topic, and this one may come back.
    if (failed !== undefined && this.#assigning === null) this.#updater.noteStale()
    else if (failed !== undefined) {
      // Such as a controller that is being started again: it may be another answer next time.
      const isPassing = ERRORS[failed.error].retriable && failed.error !== 'UNKNOWN_TOPIC_OR_PARTITION'
      if (isPassing) return this.#updater.noteStale()
      return this.#refuseAssign(failed.error, `The topic '${failed.name}' cannot be read`)
    }
    const missing = subscription.partitions.find(
      ({ topic, partition }) => this.#metadata.topic(topic)?.partitions[partition] === undefined,
    )
    if (missing !== undefined && this.#assigning !== null) {
      return this.#refuseAssign(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `There is no partition ${missing.partition} of '${missing.topic}'`,
      )
    }
    const wanted = this.#partitionsOf(subscription, isNew)
    if (wanted.length > LEASE_SLOTS) {
      return this.#refuseAssign(
        'INVALID_REQUEST',
        `A consumer reads at most ${LEASE_SLOTS} partitions, not ${wanted.length}`,
      )
    }
    const hasChanged = this.#fetcher.assign(wanted, subscription.reset)
    this.#recallUnassigned()
    if (hasChanged && !isNew) {
      this.#noteNews()
      this.#isUnplaced = true
    }
    this.#applied = subscription
  }

  /** An offset that was given is where reading begins, and says nothing later. A topic that was deleted keeps the partitions that it had. */
  #partitionsOf({ topics, partitions }: AssignRequest, isNew: boolean): WantedPartition[] {
    const ofTopics = topics.flatMap((topic): readonly PartitionName[] => {
      const known = this.#metadata.topic(topic)
      if (known === undefined) return this.#fetcher.assigned.filter((assigned) => assigned.topic === topic)
      return known.partitions.map(({ partition }) => ({ topic, partition }))
    })
    return [...ofTopics, ...(isNew ? partitions : partitions.map(({ topic, partition }) => ({ topic, partition })))]
  }

  /** What was read before is read on. */
  #refuseAssign(error: ErrorCode, says: string): void {
    if (this.#subscription !== this.#applied) this.#subscribe(this.#applied)
    else if (this.#assigning?.request === this.#applied) this.#subscribe(null)
    const assigning = this.#assigning
    this.#assigning = null
    if (assigning !== null) this.#end(assigning.request.call, error, says)
  }

  #endAssign(context: Context): Timestamp {
    if (this.#isUnplaced && this.#fetcher.knowsPositions) {
      this.#isUnplaced = false
      this.#noteNews()
    }
    const assigning = this.#assigning
    if (assigning === null) return NEVER
    const { request, deadline } = assigning
    if (this.#applied === request && this.#fetcher.knowsPositions) {
      this.#assigning = null
      this.#end(request.call)
      return NEVER
    }
    if (context.now < deadline) return deadline
    this.#giveUpAssign(request)
    return NEVER
  }

  /** Nothing is assigned then, so that nothing is read of which the application does not know. */
  #giveUpAssign(request: AssignRequest): void {
    const missing = this.#applied === request ? this.#fetcher.withoutPosition : undefined
    const what =
      missing === undefined
        ? 'no broker has said who leads the partitions'
        : `no leader of partition ${missing.partition} of '${missing.topic}' has said where it begins`
    this.#subscribe(null)
    this.#refuseAssign('REQUEST_TIMED_OUT', `Within default.api.timeout.ms (${this.#apiTimeoutMs} ms) ${what}`)
  }

  #seek(request: SeekRequest, deadline: Timestamp): void {
    const { call, index, to, epoch } = request
    const replaced = this.#seeking.get(index)
    if (replaced !== undefined) this.#end(replaced.request.call)
    if (this.#fetcher.seek(index, to, epoch)) this.#seeking.set(index, { request, deadline })
    else this.#end(call, 'UNKNOWN_TOPIC_OR_PARTITION', 'The partition is not assigned to this consumer any more')
  }

  #endSeeks(context: Context): Timestamp {
    let due = NEVER
    for (const [index, { request, deadline }] of this.#seeking) {
      const isFound = this.#fetcher.positionOf(index) !== null
      if (!isFound && context.now < deadline) {
        due = earliest(due, deadline)
        continue
      }
      this.#seeking.delete(index)
      if (isFound) this.#end(request.call)
      else this.#end(request.call, 'REQUEST_TIMED_OUT', this.#noPosition(index))
    }
    return due
  }

  #noPosition(index: number): string {
    const name = this.#fetcher.assigned.find((assigned) => assigned.index === index)
    return `No leader of partition ${name?.partition} of '${name?.topic}' has said where it is to be read from within default.api.timeout.ms (${this.#apiTimeoutMs} ms): it is still asked`
  }

  #answerTake(context: Context): void {
    const taking = this.#taking
    if (taking === null) return
    const { connection, correlationId, request } = taking
    const slices = request.slices ? this.#takeFor(connection) : []
    if (slices.length === 0 && this.#news === this.#newsTold && !this.#isHurried) return
    this.#taking = null
    this.#isHurried = false
    this.#newsTold = this.#news
    connection.reply(correlationId, { api: 'Take', slices, news: this.#news })
    // What was taken makes room to fetch more.
    context.noteWork()
  }

  #takeFor(connection: Connection): TakenSlice[] {
    const slices: TakenSlice[] = []
    const { hasRoom } = this.#passedOn
    for (let slice = this.#fetcher.take(hasRoom); slice !== null; slice = this.#fetcher.take(hasRoom)) {
      slices.push(this.#passedOn.passOn(connection, slice))
    }
    return slices
  }

  /** Memory of what is not read any more. */
  #recallUnassigned(): void {
    this.#passedOn.recallAllBut(new Set(this.#fetcher.assigned.map(({ index }) => index)))
  }

  #stop(stopping: Waiting<StopRequest>): void {
    this.#stopping = stopping
    this.#running?.stop()
    this.#taking = null
    this.#assigning = null
    this.#seeking.clear()
    this.#subscribe(null)
  }

  #answerStop(): void {
    const stopping = this.#stopping
    if (stopping === null || this.#passedOn.areOutBut(stopping.request.held)) return
    this.#stopping = null
    stopping.connection.reply(stopping.correlationId, { api: 'Stop' })
  }

  #run({ call, attachment }: RequestOf<'Run'>, connection: Connection): void {
    const attached = connection.attachment(attachment) as { readonly positions: SharedArrayBuffer }
    this.#fetcher.share(new SharedPositions(attached.positions))
    const { options, wake, loadHandler } = this.#parts
    const running = new ModuleRun({
      source: this.#fetcher,
      options,
      wake,
      onEnd: (error, says) => {
        this.#running = null
        this.#leaving = running
        this.#end(call, error, says)
      },
    })
    this.#running = running
    loadHandler(attached, (loaded) => running.noteLoaded(loaded))
  }

  #handle(context: Context): void {
    this.#leaving?.step()
    if (this.#leaving?.isOver === true) this.#leaving = null
    for (let step = 0; step < STEPS_PER_TURN; step++) {
      if (this.#running?.step() !== true) return
      context.noteWork()
    }
  }
}
