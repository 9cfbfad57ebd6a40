import { NetworkClient } from '../actor/network-client.js'
import { type Actor, type Address, type Connection, type Context, LEASE_SLOTS, type Message } from '../actor/types.js'
import { ERRORS, type ErrorCode } from '../base/error-code.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import { describeThrown } from '../base/thrown.js'
import type {
  Api,
  AssignRequest,
  MetadataResponse,
  PartitionName,
  SeekRequest,
  StopRequest,
} from '../protocol/messages.js'
import { NOT_LENT, type TakenSlice } from '../protocol/take.js'
import type { FetchedSlice } from './fetched-slice.js'
import { Fetcher, type FetcherOptions } from './fetcher.js'
import type { HandlingEnd, LoadedHandler } from './handler.js'
import { Handling, type HandlingOptions } from './handling.js'
import { Metadata } from './metadata.js'
import { MetadataUpdater } from './metadata-updater.js'

/**
 * The half of a consumer that has a thread of its own: fetches ahead, and either passes what it has fetched on to the
 * application (`Take`) or runs the user's handler module right here (`Run`).
 */
export interface ConsumerActorParts {
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

interface Waiting<Request> {
  readonly connection: Connection
  readonly correlationId: number
  readonly request: Request
}

/** Answered by then, whether or not a position was found. */
interface Limited<Request> extends Waiting<Request> {
  readonly deadline: Timestamp
}

interface Running extends Waiting<null> {
  /** Null until the module is loaded, and once it is taken up in a turn. */
  loaded: LoadedHandler | null
  handling: Handling | null
}

/** Slices passed on to the application, and the connection on which they come back. */
interface PassedOn {
  readonly connection: Connection
  readonly lease: number
  readonly slice: FetchedSlice
}

/** A memory that was lent on. */
interface Known {
  readonly connection: Connection
  readonly memoryId: number
  readonly memory: Memory
}

const SERVED: ReadonlySet<Api> = new Set(['Assign', 'Assignment', 'Seek', 'Pause', 'Take', 'Run', 'Stop'])

const API_TIMEOUT_MS = 60_000
const STEPS_PER_TURN = 8
/** How often it is looked whether the application has given back what it was passed. */
const GIVEN_BACK_CHECK_MS = 5

export class ConsumerActor implements Actor {
  readonly serves = SERVED
  readonly #parts: ConsumerActorParts
  readonly #metadata = new Metadata()
  readonly #metadataNetwork: NetworkClient
  readonly #updater: MetadataUpdater
  readonly #fetcher: Fetcher
  readonly #apiTimeoutMs: number
  #assigning: Limited<AssignRequest> | null = null
  #subscription: AssignRequest | null = null
  /** The last subscription of which the fetcher knows. */
  #applied: AssignRequest | null = null
  /** Grows when what is assigned has changed since the application was told. */
  #assignments = 0
  #assignmentsTold = 0
  /** The position of something that came so is not known yet. */
  #isUnplaced = false
  #seeking: Limited<SeekRequest> | null = null
  #taking: Waiting<null> | null = null
  #running: Running | null = null
  /** Has ended; its handler may still be at work on what it has promised to finish. */
  #leaving: Handling | null = null
  #stopping: Waiting<StopRequest> | null = null
  #passedOn: PassedOn[] = []
  readonly #leases = new Map<number, number>()
  /** What the application knows: of each index the memory of its newest slice. */
  readonly #known = new Map<number, Known>()
  #lastMemoryId = -1

  constructor(parts: ConsumerActorParts) {
    this.#parts = parts
    const { options } = parts
    this.#apiTimeoutMs = options.apiTimeoutMs ?? API_TIMEOUT_MS
    this.#metadataNetwork = new NetworkClient(() => {}, options)
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
    const deadline = timestamp(context.now + this.#apiTimeoutMs)
    switch (body.api) {
      case 'Assign':
        this.#assigning = { connection, correlationId, request: body, deadline }
        this.#subscribe(body)
        break
      case 'Assignment':
        connection.reply(correlationId, { api: 'Assignment', partitions: this.#fetcher.assigned })
        break
      case 'Seek':
        if (this.#fetcher.seek(body.index, body.to) === -1)
          connection.reply(correlationId, { api: 'Seek', epoch: -1, position: -1 })
        else this.#seeking = { connection, correlationId, request: body, deadline }
        break
      case 'Pause':
        this.#fetcher.pause(body.indexes)
        connection.reply(correlationId, { api: 'Pause' })
        break
      case 'Take':
        this.#taking = { connection, correlationId, request: null }
        break
      case 'Run':
        this.#run(connection, correlationId, body.attachment)
        break
      case 'Stop':
        this.#stopping = { connection, correlationId, request: body }
        this.#stopRunning('NONE', '')
        this.#taking = null
        this.#subscribe(null)
    }
  }

  tick(context: Context): Timestamp {
    const fetchDue = this.#fetcher.tick(context)
    // What the fetcher finds stale is asked for in the same turn.
    const metadataDue = earliest(this.#updater.tick(context), this.#metadataNetwork.tick(context))
    const answerDue = earliest(this.#answerAssign(context), this.#answerSeek(context))
    this.#answerTake(context)
    this.#handle(context)
    const backDue = this.#takeBack(context)
    this.#answerStop()
    return earliest(earliest(metadataDue, fetchDue), earliest(answerDue, backDue))
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
    const failed = response.topics.find((topic) => topic.error !== 'NONE')
    const missing = subscription.partitions.find(
      ({ topic, partition }) => this.#metadata.topic(topic)?.partitions[partition] === undefined,
    )
    if (failed !== undefined) {
      // Such as a controller that is being started again: it may be another answer next time.
      const isPassing = ERRORS[failed.error].retriable && failed.error !== 'UNKNOWN_TOPIC_OR_PARTITION'
      if (isPassing) return this.#updater.noteStale()
      return this.#refuseAssign(failed.error, `The topic '${failed.name}' cannot be read`)
    }
    if (missing !== undefined) {
      return this.#refuseAssign(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `There is no partition ${missing.partition} of '${missing.topic}'`,
      )
    }
    const wanted = this.#partitionsOf(subscription)
    if (wanted.length > LEASE_SLOTS) {
      return this.#refuseAssign(
        'INVALID_REQUEST',
        `A consumer reads at most ${LEASE_SLOTS} partitions, not ${wanted.length}`,
      )
    }
    const hasChanged = this.#fetcher.assign(wanted, subscription.reset)
    this.#recallUnassigned()
    if (hasChanged && this.#applied === subscription) {
      this.#assignments = (this.#assignments + 1) | 0
      this.#isUnplaced = true
    }
    this.#applied = subscription
  }

  #partitionsOf(subscription: AssignRequest): PartitionName[] {
    const ofTopics = subscription.topics.flatMap((topic) =>
      (this.#metadata.topic(topic)?.partitions ?? []).map(({ partition }) => ({ topic, partition })),
    )
    const names = [...ofTopics, ...subscription.partitions]
    return [...new Map(names.map((name) => [`${name.partition} of ${name.topic}`, name])).values()]
  }

  /** What was read before is read on. */
  #refuseAssign(error: ErrorCode, says: string): void {
    if (this.#subscription !== this.#applied) this.#subscribe(this.#applied)
    const assigning = this.#assigning
    this.#assigning = null
    assigning?.connection.reply(assigning.correlationId, { api: 'Assign', error, says, partitions: [] })
  }

  #answerAssign(context: Context): Timestamp {
    const assigning = this.#assigning
    if (assigning === null) return NEVER
    if (this.#applied === assigning.request && this.#fetcher.knowsPositions) {
      this.#assigning = null
      const partitions = this.#fetcher.assigned
      assigning.connection.reply(assigning.correlationId, { api: 'Assign', error: 'NONE', says: '', partitions })
      return NEVER
    }
    if (context.now < assigning.deadline) return assigning.deadline
    this.#giveUpAssign(assigning.request)
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

  #answerSeek(context: Context): Timestamp {
    const seeking = this.#seeking
    if (seeking === null) return NEVER
    const { index } = seeking.request
    const position = this.#fetcher.positionOf(index)
    if (position === null && context.now < seeking.deadline) return seeking.deadline
    this.#seeking = null
    const epoch = this.#fetcher.assigned.find((assigned) => assigned.index === index)?.epoch ?? -1
    seeking.connection.reply(seeking.correlationId, { api: 'Seek', epoch, position: position ?? -1 })
    return NEVER
  }

  #answerTake(context: Context): void {
    const taking = this.#taking
    if (taking === null) return
    const slices: TakenSlice[] = []
    for (let slice = this.#fetcher.take(); slice !== null; slice = this.#fetcher.take()) {
      slices.push(this.#passOn(taking.connection, slice))
    }
    if (this.#isUnplaced && this.#fetcher.knowsPositions) {
      this.#isUnplaced = false
      this.#assignments = (this.#assignments + 1) | 0
    }
    if (slices.length === 0 && this.#assignments === this.#assignmentsTold) return
    this.#taking = null
    this.#assignmentsTold = this.#assignments
    taking.connection.reply(taking.correlationId, { api: 'Take', slices, assignments: this.#assignments })
    // What was taken makes room to fetch more.
    context.noteWork()
  }

  #passOn(connection: Connection, slice: FetchedSlice): TakenSlice {
    const { index, epoch, error, position, bytes, fetchOffset, highWatermark } = slice
    const said = { index, epoch, error, position, bytes, fetchOffset, highWatermark }
    if (bytes === 0) return { ...said, memoryId: NOT_LENT, lease: NOT_LENT }
    const lease = ((this.#leases.get(index) ?? 0) + 1) | 0
    this.#leases.set(index, lease)
    const memoryId = this.#lendOn(connection, slice)
    this.#passedOn.push({ connection, lease, slice })
    return { ...said, memoryId, lease }
  }

  #lendOn(connection: Connection, { index, memory }: FetchedSlice): number {
    const known = this.#known.get(index)
    if (known?.memory === memory) return known.memoryId
    known?.connection.recall(known.memoryId)
    this.#lastMemoryId += 1
    const memoryId = this.#lastMemoryId
    this.#known.set(index, { connection, memoryId, memory })
    connection.lend(memoryId, memory)
    return memoryId
  }

  /** Memory of what is not read any more. */
  #recallUnassigned(): void {
    const indexes = new Set(this.#fetcher.assigned.map(({ index }) => index))
    for (const [index, { connection, memoryId }] of this.#known) {
      if (indexes.has(index)) continue
      this.#known.delete(index)
      connection.recall(memoryId)
    }
  }

  #takeBack(context: Context): Timestamp {
    if (this.#passedOn.length === 0) return NEVER
    this.#passedOn = this.#passedOn.filter(({ connection, lease, slice }) => {
      if (((connection.givenBack(slice.index) - lease) | 0) < 0) return true
      slice.giveBack()
      return false
    })
    return this.#passedOn.length === 0 ? NEVER : timestamp(context.now + GIVEN_BACK_CHECK_MS)
  }

  #answerStop(): void {
    const stopping = this.#stopping
    if (stopping === null || this.#passedOn.length > stopping.request.held) return
    this.#stopping = null
    stopping.connection.reply(stopping.correlationId, { api: 'Stop' })
  }

  #run(connection: Connection, correlationId: number, attachment: number): void {
    const running: Running = { connection, correlationId, request: null, loaded: null, handling: null }
    this.#running = running
    this.#parts.loadHandler(connection.attachment(attachment), (loaded) => {
      running.loaded = loaded
      this.#parts.wake()
    })
  }

  #begin(running: Running, loaded: LoadedHandler): void {
    running.loaded = null
    if ('failure' in loaded) return this.#stopRunning('INVALID_REQUEST', loaded.failure)
    running.handling = new Handling({
      source: this.#fetcher,
      handler: loaded.handler,
      options: this.#parts.options,
      wake: this.#parts.wake,
      onEnd: (end) => this.#handlingEnded(end),
      onHandled: () => {},
    })
  }

  #handle(context: Context): void {
    const running = this.#running
    if (running?.loaded != null) this.#begin(running, running.loaded)
    if (this.#leaving?.isWaiting === true) this.#leaving.step()
    const handling = this.#running?.handling ?? null
    if (handling === null) return
    for (let step = 0; step < STEPS_PER_TURN; step++) {
      if (!handling.step()) return
      context.noteWork()
    }
  }

  #handlingEnded(end: HandlingEnd): void {
    if (end.type === 'partition') this.#stopRunning(end.error, end.says)
    else this.#stopRunning('UNKNOWN_SERVER_ERROR', describeThrown(end.cause))
  }

  #stopRunning(error: ErrorCode, says: string): void {
    const running = this.#running
    if (running === null) return
    this.#running = null
    this.#leaving = running.handling
    running.handling?.stop()
    running.connection.reply(running.correlationId, { api: 'Run', error, says })
  }
}
