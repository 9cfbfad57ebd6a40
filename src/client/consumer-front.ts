import { NetworkClient } from '../actor/network-client.js'
import type { Actor, Address, Connection, Context, Message } from '../actor/types.js'
import { KafkaError, TimeoutError, WorkerDiedError } from '../base/errors.js'
import { NEVER, type Timestamp } from '../base/ids.js'
import type { AssignedPartition, PartitionName, RequestOf, Response, ResponseOf } from '../protocol/messages.js'
import { NOT_LENT, type TakenSlice } from '../protocol/take.js'
import { asSent, settle } from './as-sent.js'
import { type FetchedSlice, NO_BYTES, type SliceSource } from './fetched-slice.js'
import { ReturnsBook } from './lease-returns.js'
import { type Deferred, deferred } from './pending-calls.js'

/**
 * The application's half of a consumer, below the public door: passes on what is wanted, takes what was fetched, and
 * remembers positions. Lives on the application's thread; its other half is the consumer actor.
 */
export interface ConsumerFrontParts {
  readonly consumer: Address
  readonly ownBell: { ring(): void }
}

type ControlRequest = RequestOf<'Assign' | 'Assignment' | 'Seek' | 'Pause' | 'Stop' | 'Run'>

interface Call {
  readonly request: ControlRequest
  readonly answer: Deferred<Response>
  isSent: boolean
}

interface Assigned {
  readonly name: PartitionName
  readonly index: number
  epoch: number
  position: number
  isPaused: boolean
}

const HANDLER_ATTACHMENT = -1

export class ConsumerFront implements Actor, SliceSource {
  readonly #parts: ConsumerFrontParts
  readonly #control = new NetworkClient()
  readonly #takes: NetworkClient
  #connection: Connection | null = null
  #calls: Call[] = []
  #assigned = new Map<number, Assigned>()
  /** Those that may not be handed out yet included: see `#isStale`. */
  #slices: FetchedSlice[] = []
  #assignsPending = 0
  #assignmentsSeen = 0
  readonly #returns = new ReturnsBook()
  #isTaking = false
  #wantsSlices = false
  #isStopping = false
  #fatal: KafkaError | null = null
  #attached: unknown = null
  #onTurn: () => boolean = () => false
  #onEnd: (error: KafkaError) => void = () => {}
  #pull: { readonly deadline: Timestamp; readonly found: Deferred<FetchedSlice | null> } | null = null

  constructor(parts: ConsumerFrontParts) {
    this.#parts = parts
    this.#takes = new NetworkClient((connection) => {
      this.#connection = connection
    })
  }

  receive(message: Message, context: Context): void {
    if (!this.#takes.receive(message, context)) this.#control.receive(message, context)
    if (message.type !== 'disconnected' && message.type !== 'refused') return
    this.end(new WorkerDiedError("The consumer's thread has ended"))
  }

  tick(context: Context): Timestamp {
    if (this.#fatal === null) {
      this.#takes.connectionTo(this.#parts.consumer, context)
      this.#control.connectionTo(this.#parts.consumer, context)
      this.#sendCalls(context)
    }
    if (this.#onTurn()) context.noteWork()
    const pullDue = this.#servePull(context)
    const hasSlices = this.#slices.some((slice) => this.#isReady(slice))
    if (this.#wantsSlices && !this.#isTaking && !hasSlices) this.#askForSlices(context)
    return pullDue
  }

  get fatal(): KafkaError | null {
    return this.#fatal
  }

  /** Called with each turn of the application's half; returns whether it did something. */
  set onTurn(handle: () => boolean) {
    this.#onTurn = handle
    this.#parts.ownBell.ring()
  }

  set onEnd(handle: (error: KafkaError) => void) {
    this.#onEnd = handle
  }

  /** The next slice, or null when none has come by the deadline, or the consumer has ended. One call at a time. */
  nextSlice(deadline: Timestamp): Promise<FetchedSlice | null> {
    const slice = this.take()
    if (slice !== null || this.#fatal !== null) return Promise.resolve(slice)
    this.#pull = { deadline, found: deferred() }
    this.#parts.ownBell.ring()
    return this.#pull.found.promise
  }

  /** Whether what was fetched is to be brought here, for `poll` and for handlers that are closures. */
  set wantsSlices(wants: boolean) {
    this.#wantsSlices = wants
    this.#parts.ownBell.ring()
  }

  assign(request: RequestOf<'Assign'>): Promise<void> {
    this.#assignsPending += 1
    const answered = this.#call(request, 'Assign').then((answer) => this.#assignedAs(answer))
    return answered.finally(() => {
      this.#assignsPending -= 1
      this.#dropStale()
    })
  }

  #assignedAs(answer: ResponseOf<'Assign'>): void {
    if (answer.error === 'REQUEST_TIMED_OUT') {
      this.#assigned = new Map()
      throw new TimeoutError(answer.says)
    }
    if (answer.error !== 'NONE') throw new KafkaError(answer.error, `${answer.says}: ${answer.error}`)
    this.#noteAssigned(answer.partitions)
  }

  #noteAssigned(partitions: readonly AssignedPartition[]): void {
    const before = new Map(this.assigned.map((assigned) => [nameOf(assigned.name), assigned]))
    this.#assigned = new Map(
      partitions.map((partition) => [partition.index, stateOf(partition, before.get(nameOf(partition)))]),
    )
  }

  /** The other half has changed it by itself: a topic was created again. What comes of it meanwhile waits. */
  #askForAssignment(): void {
    this.#assignsPending += 1
    this.#call({ api: 'Assignment' }, 'Assignment')
      .then(({ partitions }) => this.#noteAssigned(partitions))
      // Whoever calls next is told why.
      .catch(() => {})
      .finally(() => {
        this.#assignsPending -= 1
        this.#dropStale()
      })
  }

  seek(index: number, to: number | 'earliest' | 'latest'): Promise<void> {
    return this.#call({ api: 'Seek', index, to }, 'Seek').then((answer) => this.#soughtTo(index, answer))
  }

  #soughtTo(index: number, answer: ResponseOf<'Seek'>): void {
    const assigned = this.#assigned.get(index)
    if (assigned === undefined || answer.epoch < 0)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', 'The partition is not assigned')
    assigned.epoch = answer.epoch
    assigned.position = answer.position
    this.#dropStale()
    if (answer.position >= 0) return
    const { topic, partition } = assigned.name
    throw new TimeoutError(
      `No leader of partition ${partition} of '${topic}' has said where it is to be read from within default.api.timeout.ms: it is still asked`,
    )
  }

  pause(indexes: readonly number[], isPaused: boolean): Promise<unknown> {
    for (const index of indexes) {
      const assigned = this.#assigned.get(index)
      if (assigned !== undefined) assigned.isPaused = isPaused
    }
    const paused = [...this.#assigned.values()].filter((assigned) => assigned.isPaused).map(({ index }) => index)
    return this.#call({ api: 'Pause', indexes: paused }, 'Pause')
  }

  /** Resolves when the handler module has stopped, with what ended it. */
  run(attached: unknown): Promise<ResponseOf<'Run'>> {
    this.#attached = attached
    return this.#call({ api: 'Run', attachment: HANDLER_ATTACHMENT }, 'Run')
  }

  /** Ends the handing out, and resolves when all but the `held` slices that a handler is at work on have been given back. */
  stop(held: number): Promise<unknown> {
    this.#wantsSlices = false
    this.#isStopping = true
    this.#dropStale()
    return this.#call({ api: 'Stop', held }, 'Stop')
  }

  find(name: PartitionName): Assigned | undefined {
    return [...this.#assigned.values()].find(
      (assigned) => assigned.name.topic === name.topic && assigned.name.partition === name.partition,
    )
  }

  get assigned(): readonly Assigned[] {
    return [...this.#assigned.values()]
  }

  /** Says nothing of a partition that was sought elsewhere since. */
  handled(slice: FetchedSlice, nextOffset: number): void {
    const assigned = this.#assigned.get(slice.index)
    if (assigned?.epoch === slice.epoch && nextOffset >= 0) assigned.position = nextOffset
  }

  take(): FetchedSlice | null {
    const next = this.#slices.findIndex((slice) => this.#isReady(slice))
    if (next < 0) return null
    const slice = this.#slices.splice(next, 1)[0] as FetchedSlice
    return { ...slice, ...(this.#assigned.get(slice.index) as Assigned).name }
  }

  isCurrent(slice: FetchedSlice): boolean {
    return this.#assigned.get(slice.index)?.epoch === slice.epoch
  }

  isPaused(slice: FetchedSlice): boolean {
    return this.isCurrent(slice) && this.#assigned.get(slice.index)?.isPaused === true
  }

  putBack(slice: FetchedSlice): void {
    if (this.isCurrent(slice)) this.#slices.unshift(slice)
    else slice.giveBack()
  }

  /** Ends it for good: whatever is pending fails with this error. */
  end(error: KafkaError): void {
    if (this.#fatal !== null) return
    this.#fatal = error
    const calls = this.#calls
    this.#calls = []
    for (const call of calls) call.answer.reject(error)
    this.#slices = []
    this.#pull?.found.resolve(null)
    this.#pull = null
    this.#onEnd(error)
  }

  #call<A extends ControlRequest['api']>(request: RequestOf<A> & ControlRequest, _api: A): Promise<ResponseOf<A>> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    const call: Call = { request, answer: deferred<Response>(), isSent: false }
    try {
      this.#calls.push({ ...call, request: asSent(request) })
    } catch (error) {
      call.answer.reject(error)
    }
    this.#parts.ownBell.ring()
    return call.answer.promise as Promise<ResponseOf<A>>
  }

  #sendCalls(context: Context): void {
    for (const call of this.#calls) {
      if (call.isSent) continue
      const isRun = call.request.api === 'Run'
      // A handler runs for long, and its connection serves nothing else meanwhile: the one of `Take` is free then.
      const network = isRun ? this.#takes : this.#control
      const connection = network.connectionTo(this.#parts.consumer, context)
      if (connection === null) return
      if (isRun) connection.attach(HANDLER_ATTACHMENT, this.#attached)
      const sent = network.send(this.#parts.consumer, call.request, context, (response) => {
        this.#calls = this.#calls.filter((other) => other !== call)
        if (response === null) call.answer.reject(new WorkerDiedError("The consumer's thread has ended"))
        else settle(call.answer, response)
      })
      call.isSent = sent === 'sent'
    }
  }

  #servePull(context: Context): Timestamp {
    if (this.#pull === null) return NEVER
    const slice = this.take()
    if (slice === null && context.now < this.#pull.deadline) return this.#pull.deadline
    const { found } = this.#pull
    this.#pull = null
    found.resolve(slice)
    return NEVER
  }

  #askForSlices(context: Context): void {
    const sent = this.#takes.send(this.#parts.consumer, { api: 'Take' }, context, (response, later) => {
      this.#isTaking = false
      if (response?.api !== 'Take') return
      if (response.assignments !== this.#assignmentsSeen) {
        this.#assignmentsSeen = response.assignments
        this.#askForAssignment()
      }
      for (const slice of response.slices) this.#accept(slice)
      later.noteWork()
    })
    this.#isTaking = sent === 'sent'
  }

  #accept(taken: TakenSlice): void {
    const slice = { ...taken, topic: '', partition: -1, ...this.#lent(taken) }
    if (this.#isStale(slice)) slice.giveBack()
    else this.#slices.push(slice)
  }

  #lent({ index, lease, memoryId }: TakenSlice): Pick<FetchedSlice, 'memory' | 'giveBack'> {
    if (memoryId === NOT_LENT) return NO_BYTES
    const connection = this.#connection as Connection
    const returns = this.#returns.of(connection, index)
    returns.granted(lease)
    const memory = connection.memory(memoryId)
    return { memory, giveBack: () => returns.finished(lease) }
  }

  #isReady(slice: FetchedSlice): boolean {
    return this.isCurrent(slice) && !this.isPaused(slice)
  }

  /**
   * What is taken and what is answered come by two connections, so the first slice after an assignment or a seek can be
   * here before the answer that says so: it waits for it.
   */
  #isStale(slice: FetchedSlice): boolean {
    if (this.#isStopping) return true
    const assigned = this.#assigned.get(slice.index)
    return assigned === undefined ? this.#assignsPending === 0 : slice.epoch < assigned.epoch
  }

  #dropStale(): void {
    const stale = this.#slices.filter((slice) => this.#isStale(slice))
    this.#slices = this.#slices.filter((slice) => !this.#isStale(slice))
    for (const slice of stale) slice.giveBack()
    // Others may have become ready.
    this.#parts.ownBell.ring()
  }
}

const nameOf = ({ topic, partition }: PartitionName): string => `${partition} of ${topic}`

/** A partition that stays keeps its position here, which is behind that of the half that fetches ahead. */
function stateOf(
  { topic, partition, index, epoch, position }: AssignedPartition,
  before: Assigned | undefined,
): Assigned {
  const isSame = before?.index === index && before.epoch === epoch && before.position >= 0
  if (isSame) return before
  return { name: { topic, partition }, index, epoch, position, isPaused: before?.isPaused === true }
}
