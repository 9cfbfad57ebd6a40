import type { Address } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Actor, Connection, Context, Message } from '../../actor/types.js'
import { LAST_WORD_MS_MAX } from '../../base/config/internal-limits.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { type KafkaError, WorkerDiedError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import type { AssignRequest, CallEnd, SeekTarget } from '../../protocol/inner/consumer-words.js'
import type { LeaveRequest, MemberNews } from '../../protocol/inner/group-words.js'
import { type AssignedPartition, AssignedPartitions } from './assigned-partitions.js'
import { BroughtSlices } from './brought-slices.js'
import { ConsumerCalls, checkEnd } from './consumer-calls.js'
import { type FetchedSlice, takeNext } from './fetching/fetched-slice.js'
import { MemberFront, type MemberFrontParts } from './group/front/member-front.js'
import { KeptSeeks } from './kept-seeks.js'
import type { ApplicationCounters } from './metrics/application-counters.js'
import { ModuleFront } from './module-front.js'
import type { ReadModule } from './run-arguments.js'
import { Taking } from './taking.js'

/**
 * The application's half of a consumer, below the public door: passes on what is wanted and takes what was fetched.
 * Lives on the application's thread; its other half is the consumer's back.
 */
export interface ConsumerFrontParts {
  readonly consumer: Address
  readonly ownBell: { ring(): void }
  /** What is known of how the consumer's thread has ended, to be read behind "has ended"; absent: nothing. */
  readonly howEnded?: () => string
  /** What the application counts. */
  readonly counters: ApplicationCounters
  /** Tells the program what it should know and cannot catch; absent: nobody is told. */
  readonly warn?: (says: string) => void
  /** What makes it a member of a group; absent: it has none. */
  readonly group?: Pick<MemberFrontParts, 'options' | 'strategy'>
}

export class ConsumerFront implements Actor {
  readonly assigned = new AssignedPartitions()
  readonly keptSeeks = new KeptSeeks()
  /** What was fetched and brought here, for whoever hands it out. */
  readonly slices: BroughtSlices
  /** The member of a group; null: the consumer has no group. */
  readonly member: MemberFront | null
  readonly #parts: ConsumerFrontParts
  readonly #control = new NetworkClient((connection) => {
    this.#connection = connection
  })
  readonly #calls: ConsumerCalls
  readonly #taking: Taking
  readonly #module: ModuleFront
  #connection: Connection | null = null
  #assignsPending = 0
  #isStopping = false
  #fatal: KafkaError | null = null
  #onTurn: (context: Context) => Timestamp = () => NEVER
  #onEnd: (error: KafkaError) => void = () => {}
  /** What its member says though nobody waits for it; null: nothing. */
  #lastWord: { deadline: Timestamp | null; readonly said: Deferred<void> } | null = null
  #pull: { readonly deadline: Timestamp; readonly found: Deferred<FetchedSlice | null> } | null = null

  constructor(parts: ConsumerFrontParts) {
    this.#parts = parts
    const { consumer, ownBell } = parts
    const awaitsNews = (): boolean => this.#assignsPending > 0 || this.#taking.awaitsNews
    this.slices = new BroughtSlices({ assigned: this.assigned, awaitsNews })
    this.#calls = new ConsumerCalls({ consumer, network: this.#control, wake: () => ownBell.ring() })
    const onNews = (told: ResponseOf<'News'>): void => this.#learn(told)
    const hearsAlways = (): boolean => this.member?.hearsAlways === true
    this.#taking = new Taking({ consumer, calls: this.#calls, slices: this.slices, onNews, hearsAlways })
    this.#module = new ModuleFront({
      consumer,
      calls: this.#calls,
      assigned: this.assigned,
      wake: () => ownBell.ring(),
    })
    this.member = this.#newMember()
  }

  receive(message: Message, context: Context): void {
    // First: whoever waits for an answer is told how the thread has ended, and not that there is no answer.
    if (message.type === 'disconnected' || message.type === 'refused')
      this.end(new WorkerDiedError(`The consumer's thread has ended${this.#parts.howEnded?.() ?? ''}`))
    if (this.#taking.receive(message, context) || this.#control.receive(message, context)) return
    this.#module.receive(message, context)
  }

  tick(context: Context): Timestamp {
    if (this.#fatal === null) {
      this.#taking.connect(context)
      this.#control.connectionTo(this.#parts.consumer, context)
    }
    const turnDue = this.#onTurn(context)
    const watchDue = this.member?.watch.tick(context.now) ?? NEVER
    const due = earliest(earliest(turnDue, watchDue), this.#servePull(context))
    if (this.#fatal !== null) return earliest(due, this.#sayLastWord(context))
    this.#taking.tick(context)
    this.#calls.send(context)
    this.#module.tick(context)
    return due
  }

  /**
   * Whether something is pending: a handler module's run counts; a wait without a limit does not, for it may never end.
   */
  get hasPending(): boolean {
    return !this.#calls.isEmpty || this.#isPulling
  }

  get isAwaited(): boolean {
    return this.#calls.size > (this.#module.isRunning ? 1 : 0) || this.#isPulling
  }

  get #isPulling(): boolean {
    return (this.#pull?.deadline ?? NEVER) !== NEVER
  }

  /** What is counted on the application's thread. */
  get counters(): ApplicationCounters {
    return this.#parts.counters
  }

  get fatal(): KafkaError | null {
    return this.#fatal
  }

  /** Called with each turn of the application's half; returns when it is to be called again at the latest. */
  set onTurn(handle: (context: Context) => Timestamp) {
    this.#onTurn = handle
    this.#parts.ownBell.ring()
  }

  set onEnd(handle: (error: KafkaError) => void) {
    this.#onEnd = handle
  }

  /** The next slice, or null when none has come by the deadline, or nobody waits any more. One call at a time. */
  nextSlice(deadline: Timestamp): Promise<FetchedSlice | null> {
    const slice = takeNext(this.slices)
    if (slice !== null || this.#fatal !== null || this.#isStopping) return Promise.resolve(slice)
    this.#pull = { deadline, found: deferred() }
    this.#parts.ownBell.ring()
    return this.#pull.found.promise
  }

  /** Ends the wait for a slice. */
  endPull(): void {
    this.#pull?.found.resolve(null)
    this.#pull = null
  }

  /** Has what was fetched brought here, for `poll` and for handlers that are closures. */
  wantSlices(): void {
    this.#taking.wantsSlices = true
    this.#parts.ownBell.ring()
  }

  /** Whether something is assigned, or about to be. */
  get hasAssignment(): boolean {
    return !this.assigned.isEmpty || this.#assignsPending > 0 || this.member?.isSubscribed === true
  }

  /** Whether a partition of this topic may be assigned to it though none is yet, and a seek of it can be kept. */
  mayGet(topic: string): boolean {
    return this.assigned.isEmpty && this.member?.subscribesTo(topic) === true && !this.#module.isRunning
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

  /** Hands out nothing but what lies there, from the call on. Resolves when the position is known. */
  seek(assigned: AssignedPartition, to: SeekTarget): Promise<void> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    assigned.epoch += 1
    this.assigned.moveTo(assigned, typeof to === 'number' ? to : -1)
    assigned.seeks += 1
    this.#dropStale()
    const { index, epoch, name } = assigned
    return this.#calls.begin<RequestOf<'Seek'>>({ api: 'Seek', index, epoch, to }).then((end) => {
      assigned.seeks -= 1
      // The other half may have assigned it anew by itself: its topic was created again.
      const successor = this.assigned.find(name)
      const isAnew = end.error === 'UNKNOWN_TOPIC_OR_PARTITION' && successor !== undefined && successor !== assigned
      return isAnew ? this.seek(successor, to) : checkEnd(end)
    })
  }

  pause(partitions: readonly AssignedPartition[], isPaused: boolean): Promise<unknown> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    for (const assigned of partitions) assigned.isPaused = isPaused
    return this.#tellPaused()
  }

  /**
   * Runs a handler module: `begun` settles when it was loaded or is not there, `ended` with what has ended it. What
   * was brought here is fetched again for it.
   */
  run(module: ReadModule): { readonly begun: Promise<void>; readonly ended: Promise<CallEnd> } {
    for (const assigned of this.#taking.wantsSlices ? this.assigned.all : []) {
      // Where nothing is known yet, nothing was brought here.
      if (assigned.position >= 0) this.seek(assigned, assigned.position).catch(() => {})
    }
    this.#taking.wantsSlices = false
    return this.#module.run(module)
  }

  /** Ends the handler module that runs; the run tells how. */
  endRun(): void {
    this.#calls.ask({ api: 'EndRun' }).catch(() => {})
  }

  /**
   * Ends the handing out, and resolves when all slices have been given back but those of the partitions that are
   * `held` (see `StopRequest`), and all that a module has emitted was handed over.
   */
  stop(held: readonly number[], error: KafkaError): Promise<unknown> {
    if (this.#fatal !== null) return Promise.reject(this.#fatal)
    this.#isStopping = true
    this.#taking.stop()
    this.endPull()
    this.#calls.fail(error)
    this.slices.close()
    return this.#calls.ask({ api: 'Stop', held }).then(() => this.#module.told)
  }

  /**
   * Has the member commit, if it is to, and leave though this half has ended. Resolves when its coordinator has
   * answered, or when that has taken too long.
   */
  leaveAtOnce(how: Pick<LeaveRequest, 'commits' | 'operation'>): Promise<void> {
    const said = deferred<void>()
    this.#lastWord = { deadline: null, said }
    const leave = { api: 'Leave' as const, ...how, timeoutMs: 0, isLast: true }
    this.#calls.begin<LeaveRequest>(leave, { onBegun: said.resolve }).catch(said.resolve)
    this.#parts.ownBell.ring()
    return said.promise
  }

  /** Ends it for good: whatever is pending fails with this error. */
  end(error: KafkaError): void {
    if (this.#fatal !== null) return
    this.#fatal = error
    this.member?.steps.end()
    this.#module.end()
    this.#calls.fail(error)
    this.slices.forget()
    this.endPull()
    this.#onEnd(error)
  }

  #servePull(context: Context): Timestamp {
    if (this.#pull === null) return NEVER
    const slice = takeNext(this.slices)
    if (slice === null && context.now < this.#pull.deadline) return this.#pull.deadline
    const { found } = this.#pull
    this.#pull = null
    found.resolve(slice)
    return NEVER
  }

  #sayLastWord(context: Context): Timestamp {
    const word = this.#lastWord
    if (word === null) return NEVER
    word.deadline ??= timestamp(context.now + LAST_WORD_MS_MAX)
    this.#calls.send(context)
    if (context.now < word.deadline) return word.deadline
    word.said.resolve()
    this.#lastWord = null
    return NEVER
  }

  #newMember(): MemberFront | null {
    const { group, counters, consumer, warn = () => {} } = this.#parts
    if (group === undefined) return null
    const news = (): Promise<void> => new Promise((come) => this.#taking.askForNews(come))
    const member = new MemberFront({
      ...group,
      consumer,
      warn,
      calls: this.#calls,
      partitions: this.assigned,
      counters,
      news,
    })
    this.assigned.tellRead(member.progress.positions)
    return member
  }

  /** Takes in news: calls have ended, a topic was created again, or the group rebalances. */
  #learn({ partitions, ended, member: told }: ResponseOf<'News'>): void {
    if (this.assigned.learn(partitions)) this.#tellPaused().catch(() => {})
    for (const [assigned, to] of this.keptSeeks.take(this.assigned)) this.seek(assigned, to).catch(() => {})
    this.#calls.end(ended)
    if (told !== undefined) this.#learnOfMember(told)
    this.#dropStale()
  }

  #learnOfMember(told: MemberNews): void {
    const { member } = this
    if (member === null) return
    member.learn(told, (attachment) => this.#connection?.attachment(attachment))
    // Whoever waits for records takes the step first.
    if (member.steps.isBehind) this.endPull()
  }

  #tellPaused(): Promise<unknown> {
    const paused = this.assigned.all.filter(({ isPaused }) => isPaused)
    return this.#calls.ask({ api: 'Pause', indexes: paused.map(({ index }) => index) })
  }

  #dropStale(): void {
    this.slices.dropStale()
    // Others may have become ready.
    this.#parts.ownBell.ring()
  }
}
