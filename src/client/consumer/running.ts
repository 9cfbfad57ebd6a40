import type { Clock } from '../../base/clock.js'
import type { ConsumerOptions } from '../../base/config/consumer-options.js'
import { type Deferred, deferred } from '../../base/deferred.js'
import { ClosedError, ConfigError, InvalidGroupIdError, KafkaError } from '../../base/errors.js'
import { earliest, NEVER, type Timestamp } from '../../base/ids.js'
import type { ConsumerFront } from './consumer-front.js'
import { unreadable } from './fetching/unreadable.js'
import type { OffsetsByTopic, RunOptions } from './handler.js'
import { HandlerFailures } from './handler-failures.js'
import type { HandlerDesk } from './handler-payloads.js'
import { HandlerRest } from './handler-rest.js'
import { Lanes } from './lanes.js'
import type { ConsumerCounters } from './metrics/consumer-counters.js'
import { RestingPartitions } from './resting-partitions.js'
import type { ReadClosure, ReadModule } from './run-arguments.js'
import { RunCommits } from './run-commits.js'

export interface RunningParts {
  readonly front: ConsumerFront
  readonly options: ConsumerOptions
  readonly clock: Clock
  /** What the consumer's thread counts. */
  readonly counters: ConsumerCounters
  readonly wake: () => void
  /** Called when a run has ended by itself: another use may follow. */
  readonly onEnd: () => void
}

/**
 * What a consumer's `run` begins: a handler that is called on this thread, or a module that is run on the consumer's.
 */
export class Running {
  readonly #parts: RunningParts
  /** The end of the present run, or of the last one until another begins. */
  #stopped: Deferred<void> = deferred()
  #hasStopped = false
  /** The calls of the handler of this thread; null: there is none. */
  #lanes: Lanes | null = null
  #isClosing = false
  /** What ends the run once no call of its handler is at work; null: nothing does. */
  #failure: { readonly error: unknown } | null = null
  readonly #rest = new HandlerRest()
  /** How many wait until the handler may be called again. */
  #holds = 0
  /** What a handler threw in a call that was waited for when the consumer was closed; null: nothing. */
  #lastThrown: { readonly error: unknown } | null = null

  constructor(parts: RunningParts) {
    this.#parts = parts
  }

  /** Resolves once the consumer is closed; rejects when the handler threw or a partition cannot be read on. */
  get stopped(): Promise<void> {
    return this.#stopped.promise
  }

  /** Resolves when it has begun. Rejects with a ConfigError where there is no module to run. */
  async begin(request: ReadClosure | ReadModule): Promise<void> {
    if (this.#hasStopped) {
      this.#hasStopped = false
      this.#stopped = deferred()
    }
    if ('module' in request) await this.#runModule(request)
    else this.#runClosure(request)
  }

  /** Indexes of the partitions of which the handler has a slice at work. */
  get held(): readonly number[] {
    return this.#lanes?.held ?? []
  }

  /** Calls the handler no more. Resolves when its calls at work have ended and are counted, at the latest then. */
  async stop(deadline: Timestamp): Promise<void> {
    this.#isClosing = true
    this.#lastThrown = this.#failure
    this.#lanes?.stop()
    await this.#rests(deadline)
  }

  /** Calls the handler again when it is released. Resolves when its calls at work have ended; null: there is none. */
  hold(deadline: Timestamp): Promise<void> | null {
    this.#holds += 1
    this.noteWaiting()
    return this.#isAwaited ? this.#rests(deadline) : null
  }

  release(): void {
    this.#holds -= 1
    this.#parts.wake()
  }

  /** Whoever is about to wait for the handler says so: a call that waits itself is not waited for. */
  noteWaiting(): void {
    this.#lanes?.noteWaiting()
    this.#parts.wake()
  }

  /** Ends what runs: the consumer is closed. */
  end(): void {
    if (this.#lastThrown === null) this.#stopped.resolve()
    else this.#stopped.reject(this.#lastThrown.error)
  }

  get #isAwaited(): boolean {
    return this.#lanes?.areAwaited === true && this.#parts.front.fatal === null
  }

  #rests(deadline: Timestamp): Promise<void> {
    if (!this.#isAwaited) return Promise.resolve()
    this.#parts.wake()
    return this.#rest.until(deadline)
  }

  async #runModule(module: ReadModule): Promise<void> {
    const url = String(module.module)
    const { front } = this.#parts
    const { member } = front
    const { begun, ended } = front.run({ ...module, module: url })
    await begun.catch((error: KafkaError) => {
      this.#parts.onEnd()
      throw error.code === 'INVALID_CONFIG' ? cannotRun(url, error.message) : error
    })
    const stopped = this.#stopped
    let thrown: { readonly error: unknown } | null = null
    // Nobody polls for a module: its thread waits by itself until it is not at work on what is given up.
    if (member !== null) member.watch.module = url
    member?.steps.goOn()
    const endTaking = member?.takeAtOnce((error) => {
      if (this.#isClosing) return
      thrown ??= { error }
      front.endRun()
    })
    const over = (): void => {
      if (member !== null) member.watch.module = null
      endTaking?.()
    }
    ended.then(over, over)
    ended.then(
      ({ error, says }) => {
        if (thrown !== null) this.#fail(thrown.error)
        else if (error === 'NONE') stopped.resolve()
        else if (error === 'INVALID_CONFIG') this.#fail(cannotRun(url, says))
        else this.#fail(new KafkaError(error, `The handler module ${url} has stopped: ${says}`))
      },
      (error) => this.#lost(error),
    )
  }

  #runClosure({ handler, options: ofRun }: ReadClosure): void {
    const { front, options, clock, wake } = this.#parts
    const { member } = front
    const commits = this.#commitsOf(ofRun)
    const { retries = 0, backoffMs = BACKOFF_MS } = ofRun.errorPolicy ?? {}
    const { deadLetters = null, partitionsConsumedConcurrently: count = 1 } = ofRun
    const lanes = new Lanes({
      count,
      source: front.slices,
      handler,
      options,
      wake,
      desk: this.#deskOf(commits),
      newFailures: () => new HandlerFailures({ retries, backoffMs, deadLetters, partitions: front.slices, clock }),
      resting: new RestingPartitions({ restMs: options['fetch.max.wait.ms'], partitions: front.slices, clock }),
      autoResolves: ofRun.eachBatchAutoResolve !== false,
      mayHandOver: () => this.#mayHandOver(),
      ...(commits?.counts === true && { onHandled: (count) => commits.noteHandled(count) }),
      onEnd: (end) => this.#fail(end.type === 'handler' ? end.cause : unreadable(end.slice)),
    })
    this.#lanes = lanes
    member?.steps.goOn()
    front.onTurn = (context) => {
      if (front.fatal !== null) return this.#rest.look(false, context.now)
      const hasHandedOver = lanes.step()
      this.#endFailed()
      if (hasHandedOver) {
        context.noteWork()
        front.counters.polls.end(context.now)
      } else if (!lanes.areWaiting) {
        member?.noteWaiting()
        front.counters.polls.begin(context.now)
      }
      const restsUntil = lanes.due
      if (member !== null) member.isResting = restsUntil !== NEVER
      const due = earliest(restsUntil, commits?.tick(context.now) ?? NEVER)
      return earliest(due, this.#rest.look(lanes.areAwaited, context.now))
    }
    front.onEnd = (error) => this.#lost(error)
    front.wantSlices()
  }

  /**
   * Whether the handler may be called again. What a rebalance asks for is done first, when no call of it is at work.
   */
  #mayHandOver(): boolean {
    if (this.#holds > 0) return false
    const { member } = this.#parts.front
    if (member === null) return true
    if (!member.steps.isBehind && !member.steps.isTaking) {
      member.notePoll(this.#parts.clock.now())
      return true
    }
    if (!member.steps.isTaking && this.#lanes?.areWaiting !== true)
      member.steps.takeAll({ isPoll: true }).then(this.#parts.wake, (error) => {
        this.#fail(error)
      })
    return false
  }

  #commitsOf(ofRun: RunOptions): RunCommits | null {
    const { front, options, clock, counters } = this.#parts
    const { member } = front
    if (member === null) return null
    return new RunCommits({ front, member, options: ofRun, isEnabled: options['enable.auto.commit'], clock, counters })
  }

  #deskOf(commits: RunCommits | null): HandlerDesk {
    const { front, clock } = this.#parts
    const nothing: OffsetsByTopic = { topics: [] }
    return {
      heartbeat: async () => front.member?.notePoll(clock.now()),
      pause: (name) => {
        const pause = (isPaused: boolean): void => {
          const assigned = front.assigned.find(name)
          if (assigned !== undefined) front.pause([assigned], isPaused).catch(() => {})
        }
        pause(true)
        return () => pause(false)
      },
      commitIfNecessary: async (offsets) => {
        if (commits !== null) return commits.commitIfNecessary(offsets)
        if (offsets !== undefined) throw new InvalidGroupIdError('Cannot commit without a group: set group.id')
      },
      uncommittedOffsets: () => commits?.uncommittedOffsets() ?? nothing,
    }
  }

  /** Notes that the consumer has ended under its handler. */
  #lost(error: KafkaError): void {
    // Closing the cluster has closed the consumer.
    this.#lanes?.stop()
    this.#rest.end()
    if (!(error instanceof ClosedError)) return this.#end(error)
    if (!this.#isClosing) this.#stopped.resolve()
  }

  /**
   * Fails with an error that may be anything that a handler throws: another client's ClosedError, or something that
   * throws when it is looked at.
   */
  #fail(error: unknown): void {
    this.#lanes?.leave()
    if (this.#isClosing) this.#lastThrown ??= { error }
    if (this.#isClosing || this.#hasStopped) return
    this.#failure ??= { error }
    this.#endFailed()
  }

  /** Ends the run that has failed, when the other calls of its handler have ended. */
  #endFailed(): void {
    if (this.#failure === null || this.#isClosing || this.#lanes?.areWaiting === true) return
    this.#end(this.#failure.error)
  }

  #end(error: unknown): void {
    if (this.#isClosing || this.#hasStopped) return
    this.#failure = null
    this.#lanes?.letGo()
    this.#hasStopped = true
    this.#rest.end()
    this.#parts.front.onTurn = () => NEVER
    if (this.#parts.front.member !== null) this.#parts.front.member.isResting = false
    this.#parts.onEnd()
    this.#stopped.reject(error)
  }
}

function cannotRun(url: string, why: string): ConfigError {
  return new ConfigError('module', `Cannot run the handler module ${url}: ${why}`)
}

/** Between two attempts of a handler. */
const BACKOFF_MS = 300
