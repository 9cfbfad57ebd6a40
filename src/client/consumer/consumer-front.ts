import type { Address } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../actor/types.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { type KafkaError, WorkerDiedError } from '../../base/errors.js'
import { NEVER, type Timestamp } from '../../base/ids.js'
import type { RequestOf } from '../../protocol/api.js'
import type { AssignRequest, CallEnd, PartitionAssignment } from '../../protocol/inner/consumer-words.js'
import { NOT_LENT, type TakenSlice, type TakeResponse } from '../../protocol/inner/take.js'
import type { PartitionName } from '../../protocol/partition.js'
import { ConsumerCalls, checkEnd, HANDLER_ATTACHMENT } from './consumer-calls.js'
import { type FetchedSlice, goesOn, isCurrent, NO_BYTES, type SliceSource, takeNext } from './fetching/fetched-slice.js'
import { ReturnsBook } from './fetching/lease-returns.js'
import { SharedPositions } from './fetching/shared-positions.js'
import type { HandlerModule } from './handler.js'

/**
 * The application's half of a consumer, below the public door: passes on what is wanted, takes what was fetched, and
 * remembers positions. Lives on the application's thread; its other half is the consumer's back.
 */
export interface ConsumerFrontParts {
  readonly consumer: Address
  readonly ownBell: { ring(): void }
  /** What is known of how the consumer's thread has ended, to be read behind "has ended"; absent: nothing. */
  readonly howEnded?: () => string
}

/** An assigned partition, as far as this half is: what it was told, and what it has handed out since. */
export interface Assigned {
  readonly name: PartitionName
  readonly index: number
  /** Grows with each seek, at the call: what was fetched before it is handed out no more. */
  epoch: number
  /** The offset of the next record that is handed out; -1: it is being looked up. */
  position: number
  isPaused: boolean
  /** Seeks of which the other half may not have heard. */
  seeks: number
}

export class ConsumerFront implements Actor, SliceSource {
  readonly #parts: ConsumerFrontParts
  readonly #control = new NetworkClient()
  readonly #takes: NetworkClient
  readonly #calls: ConsumerCalls
  #connection: Connection | null = null
  #assigned = new Map<number, Assigned>()
  /** Slices brought here, including those that must still wait (see `#isStale`). */
  #slices: FetchedSlice[] = []
  #assignsPending = 0
  #newsSeen = 0
  #newsPending = 0
  readonly #returns = new ReturnsBook()
  /** The `Take` under way: null, there is none. */
  #taking: { readonly slices: boolean; isHurried: boolean } | null = null
  #wantsSlices = false
  /** A handler module runs, which is a call that ends when it does. */
  #isRunning = false
  #isStopping = false
  #fatal: KafkaError | null = null
  /** Where a handler module is, once there is one. */
  #modulePositions: SharedPositions | null = null
  #onTurn: () => boolean = () => false
  #onEnd: (error: KafkaError) => void = () => {}
  #pull: { readonly deadline: Timestamp; readonly found: Deferred<FetchedSlice | null> } | null = null

  constructor(parts: ConsumerFrontParts) {
    this.#parts = parts
    const { consumer, ownBell } = parts
    this.#takes = new NetworkClient((connection) => {
      this.#connection = connection
    })
    this.#calls = new ConsumerCalls({ consumer, network: this.#control, wake: () => ownBell.ring() })
  }

  receive(message: Message, context: Context): void {
    // First: whoever waits for an answer is told how the thread has ended, and not that there is none.
    if (message.type === 'disconnected' || message.type === 'refused')
      this.end(new WorkerDiedError(`The consumer's thread has ended${this.#parts.howEnded?.() ?? ''}`))
    if (!this.#takes.receive(message, context)) this.#control.receive(message, context)
  }

  tick(context: Context): Timestamp {
    if (this.#fatal === null) {
      this.#takes.connectionTo(this.#parts.consumer, context)
      this.#control.connectionTo(this.#parts.consumer, context)
    }
    if (this.#onTurn()) context.noteWork()
    const pullDue = this.#servePull(context)
    if (this.#fatal !== null) return pullDue
    this.#take(context)
    this.#calls.send(context)
    return pullDue
  }

  /** A handler module's run counts as well; what is waited for without a limit may never come, and does not. */
  get hasPending(): boolean {
    return !this.#calls.isEmpty || this.#isPulling
  }

  get isAwaited(): boolean {
    return this.#calls.size > (this.#isRunning ? 1 : 0) || this.#isPulling
  }

  get #isPulling(): boolean {
    return (this.#pull?.deadline ?? NEVER) !== NEVER
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

  /** The next slice, or null when none has come by the deadline, or nobody waits any more. One call at a time. */
  nextSlice(deadline: Timestamp): Promise<FetchedSlice | null> {
    const slice = takeNext(this)
    if (slice !== null || this.#fatal !== null || this.#isStopping) return Promise.resolve(slice)
    this.#pull = { deadline, found: deferred() }
    this.#parts.ownBell.ring()
    return this.#pull.found.promise
  }

  /** Whoever waits for a slice waits no longer. */
  endPull(): void {
    this.#pull?.found.resolve(null)
    this.#pull = null
  }

  /** What was fetched is to be brought here, for `poll` and for handlers that are closures. */
  wantSlices(): void {
    this.#wantsSlices = true
    this.#parts.ownBell.ring()
  }

  /** Whether something is assigned, or about to be. */
  get hasAssignment(): boolean {
    return this.#assigned.size > 0 || this.#assignsPending > 0
  }

  /** Resolves when every position is known, or another assignment has replaced this one. */
  assign(wanted: Omit<AssignRequest, 'api' | 'call'>): Promise<void> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    this.#assignsPending += 1
    const ended = this.#calls.begin<RequestOf<'Assign'>>({ api: 'Assign', ...wanted })
    return ended.then(checkEnd).finally(() => {
      this.#assignsPending -= 1
      this.#dropStale()
    })
  }

  /** From the call on, nothing is handed out but what lies there. Resolves when the position is known. */
  seek(assigned: Assigned, to: number | 'earliest' | 'latest'): Promise<void> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    assigned.epoch += 1
    assigned.position = typeof to === 'number' ? to : -1
    assigned.seeks += 1
    this.#dropStale()
    const { index, epoch, name } = assigned
    return this.#calls.begin<RequestOf<'Seek'>>({ api: 'Seek', index, epoch, to }).then((end) => {
      assigned.seeks -= 1
      // The other half may have assigned it anew by itself: its topic was created again.
      const successor = this.find(name)
      const isAnew = end.error === 'UNKNOWN_TOPIC_OR_PARTITION' && successor !== undefined && successor !== assigned
      return isAnew ? this.seek(successor, to) : checkEnd(end)
    })
  }

  pause(partitions: readonly Assigned[], isPaused: boolean): Promise<unknown> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    for (const assigned of partitions) assigned.isPaused = isPaused
    return this.#tellPaused()
  }

  /** Resolves when the handler module has stopped, with what ended it. What was brought here is fetched again for it. */
  run(module: HandlerModule): Promise<CallEnd> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    for (const assigned of this.#wantsSlices ? this.assigned : []) {
      // Where nothing is known yet, nothing was brought here.
      if (assigned.position >= 0) this.seek(assigned, assigned.position).catch(() => {})
    }
    this.#wantsSlices = false
    const positions = new SharedPositions()
    const ended = this.#calls.begin<RequestOf<'Run'>>(
      { api: 'Run', attachment: HANDLER_ATTACHMENT },
      { ...module, positions: positions.shared },
    )
    for (const { index, position } of this.#assigned.values()) positions.set(index, position)
    this.#modulePositions = positions
    this.#isRunning = true
    return ended.finally(() => {
      this.#isRunning = false
    })
  }

  /** Ends the handing out, and resolves when all slices have been given back but those of the partition that is `held`: see `StopRequest`. */
  stop(held: number, error: KafkaError): Promise<unknown> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    this.#isStopping = true
    this.endPull()
    this.#calls.fail(error)
    this.#dropStale()
    return this.#calls.ask({ api: 'Stop', held })
  }

  find(name: PartitionName): Assigned | undefined {
    return this.assigned.find(({ name: { topic, partition } }) => topic === name.topic && partition === name.partition)
  }

  get assigned(): readonly Assigned[] {
    return [...this.#assigned.values()]
  }

  /** The offset of the next record that is handed out, here or to a handler module; -1: it is being looked up. */
  positionOf({ index, position, seeks }: Assigned): number {
    return this.#modulePositions === null || seeks > 0 ? position : this.#modulePositions.get(index)
  }

  handled(slice: FetchedSlice, nextOffset: number): void {
    const assigned = this.#assigned.get(slice.index)
    if (assigned?.epoch === slice.epoch && nextOffset >= 0) assigned.position = nextOffset
  }

  take(): FetchedSlice | null {
    const next = this.#slices.findIndex((slice) => goesOn(this, slice))
    if (next < 0) return null
    const slice = this.#slices.splice(next, 1)[0] as FetchedSlice
    return { ...slice, ...(this.#assigned.get(slice.index) as Assigned).name }
  }

  at(index: number): Assigned | undefined {
    return this.#assigned.get(index)
  }

  putBack(slice: FetchedSlice): void {
    if (isCurrent(this, slice) && !this.#isStopping) this.#slices.unshift(slice)
    else slice.giveBack()
  }

  /** Ends it for good: whatever is pending fails with this error. */
  end(error: KafkaError): void {
    if (this.#fatal !== null) return
    this.#fatal = error
    this.#calls.fail(error)
    this.#slices = []
    this.endPull()
    this.#onEnd(error)
  }

  #servePull(context: Context): Timestamp {
    if (this.#pull === null) return NEVER
    const slice = takeNext(this)
    if (slice === null && context.now < this.#pull.deadline) return this.#pull.deadline
    const { found } = this.#pull
    this.#pull = null
    found.resolve(slice)
    return NEVER
  }

  /** Asks for slices when there are none left to hand out, and for news as long as a call has not ended. */
  #take(context: Context): void {
    if (this.#isStopping) return
    const slices = this.#wantsSlices && !this.#slices.some((slice) => goesOn(this, slice))
    const taking = this.#taking
    if (taking !== null) {
      if (!slices || taking.slices || taking.isHurried) return
      taking.isHurried = true
      this.#calls.askInTurn({ api: 'Hurry' }, () => {})
    } else if (slices || (this.#calls.hasBegun && this.#newsPending === 0)) this.#askForSlices(slices, context)
  }

  #askForSlices(slices: boolean, context: Context): void {
    const sent = this.#takes.send(this.#parts.consumer, { api: 'Take', slices }, context, (response, later) => {
      this.#taking = null
      if (response?.api !== 'Take') return
      this.#taken(response)
      later.noteWork()
    })
    if (sent === 'sent') this.#taking = { slices, isHurried: false }
  }

  #taken({ news, slices }: TakeResponse): void {
    if (news !== this.#newsSeen && !this.#isStopping) {
      this.#newsSeen = news
      this.#askForNews()
    }
    for (const slice of slices) this.#accept(slice)
  }

  /** Calls have ended, or a topic was created again. What is brought here of unknown partitions meanwhile waits. */
  #askForNews(): void {
    this.#newsPending += 1
    this.#calls.askInTurn({ api: 'News' }, (told) => {
      this.#newsPending -= 1
      // Whoever calls next is told why.
      if (told === null) return
      this.#noteAssigned(told.partitions)
      this.#calls.end(told.ended)
      this.#dropStale()
    })
  }

  #noteAssigned(partitions: readonly PartitionAssignment[]): void {
    const before = this.assigned
    this.#assigned = new Map(partitions.map((partition) => [partition.index, this.#stateOf(partition)]))
    const isPausedAnew = this.assigned.some((assigned) => assigned.isPaused && !before.includes(assigned))
    if (isPausedAnew) this.#tellPaused().catch(() => {})
  }

  /** A partition that stays keeps its position here, which is behind that of the half that fetches ahead. */
  #stateOf({ topic, partition, index, epoch, position }: PartitionAssignment): Assigned {
    const before = this.find({ topic, partition })
    if (before?.index !== index || before.epoch < epoch)
      return { name: { topic, partition }, index, epoch, position, isPaused: before?.isPaused === true, seeks: 0 }
    if (before.position < 0 && before.epoch === epoch) before.position = position
    return before
  }

  #tellPaused(): Promise<unknown> {
    const paused = this.assigned.filter(({ isPaused }) => isPaused)
    return this.#calls.ask({ api: 'Pause', indexes: paused.map(({ index }) => index) })
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

  /**
   * What is taken and what is answered come by two connections, so the first slice after an assignment can be here before the news
   * that say so: it waits for them.
   */
  #isStale(slice: FetchedSlice): boolean {
    if (this.#isStopping) return true
    const assigned = this.#assigned.get(slice.index)
    if (assigned === undefined) return this.#assignsPending === 0 && this.#newsPending === 0
    return slice.epoch < assigned.epoch
  }

  #dropStale(): void {
    const stale = this.#slices.filter((slice) => this.#isStale(slice))
    this.#slices = this.#slices.filter((slice) => !this.#isStale(slice))
    for (const slice of stale) slice.giveBack()
    // Others may have become ready.
    this.#parts.ownBell.ring()
  }
}
