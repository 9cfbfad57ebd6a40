import type { Connection, Context, Message } from '../../actor/types.js'
import { NEVER, type Timestamp } from '../../base/ids.js'
import type { RequestOf } from '../../protocol/api.js'
import { Emitter, emitToNobody } from './emitter.js'
import type { FetchedPartitions } from './fetching/fetched-partitions.js'
import { SharedPositions } from './fetching/shared-positions.js'
import type { HandingOutOptions } from './handing-out.js'
import type { HandlerContext, LoadedHandler } from './handler.js'
import { ModuleRun } from './module-run.js'
import type { News } from './parts/news.js'
import type { ConsumerPart } from './parts/part-list.js'

export interface HandlerRunsParts {
  readonly options: HandingOutOptions
  readonly partitions: FetchedPartitions
  readonly news: News
  /** Makes the handler that was attached; calls back once, between two turns. */
  readonly loadHandler: LoadHandler
  /** Rings the own bell: the handler was made, or a promise of it has settled. */
  readonly wake: () => void
  /** Called when the handler was handed something, and when it waits for more. */
  readonly onPoll: (isWaiting: boolean, now: Timestamp) => void
}

export type LoadHandler = (
  attached: unknown,
  emit: HandlerContext['emit'],
  ready: (loaded: LoadedHandler) => void,
) => void

/** What comes with a handler module, beside what its host looks at. */
interface AttachedModule {
  /** The memory in which it says where it is, and where in it. */
  readonly positions: SharedArrayBuffer
  readonly positionsFrom: number
  /** Whether the application listens to what it emits. */
  readonly emits: boolean
}

const STEPS_PER_TURN = 8

/**
 * Runs the user's handler module inside the consumer's thread. `Run` is answered when its module was loaded, or is not
 * there, and has ended when its handler has or none could be made, or with `EndRun`.
 */
export class HandlerRuns implements ConsumerPart {
  readonly serves = ['Run', 'EndRun', 'Emitted'] as const
  readonly #parts: HandlerRunsParts
  #running: ModuleRun | null = null
  /** Runs that have ended; each may still be at work on what it has promised to finish. */
  #leaving: ModuleRun[] = []
  /** What the run has emitted that runs, or that ran last; null: nobody listens. */
  #emitter: Emitter | null = null
  /** Whether the handler waits for records. */
  #isWaiting = false

  constructor(parts: HandlerRunsParts) {
    this.#parts = parts
  }

  receive(message: Message): boolean {
    if (message.type !== 'request') return false
    const { body, connection, correlationId } = message
    if (body.api === 'Run') this.#run(body, connection, correlationId)
    else if (body.api === 'EndRun') {
      this.#running?.stop()
      connection.reply(correlationId, { api: 'EndRun' })
    } else if (body.api !== 'Emitted') return false
    else if (this.#emitter !== null) this.#emitter.ask(connection, correlationId)
    else connection.reply(correlationId, { api: 'Emitted', count: 0, isLast: true })
    return true
  }

  tick(context: Context): Timestamp {
    for (const leaving of this.#leaving) leaving.step()
    if (this.#leaving.length > 0) this.#leaving = this.#leaving.filter(({ isOver }) => !isOver)
    this.#emitter?.tick()
    // The answer leaves with the end of the turn, and a handler may never return: it is called from the next one on.
    if (this.#running?.takeUp() === true) {
      context.noteWork()
      return NEVER
    }
    for (let step = 0; step < STEPS_PER_TURN; step++) {
      if (this.#running?.step() !== true) break
      context.noteWork()
      this.#parts.onPoll(false, context.now)
      this.#isWaiting = false
    }
    const isWaiting = this.#running?.isAtWork === false
    if (isWaiting && !this.#isWaiting) {
      this.#parts.onPoll(true, context.now)
      // Others may have waited for that.
      context.noteWork()
    }
    this.#isWaiting = isWaiting
    return NEVER
  }

  /** Whether a handler is at work on a record of this partition. */
  isAtWorkOn(index: number): boolean {
    return this.#running?.held === index || this.#leaving.some(({ held }) => held === index)
  }

  /** Whether nothing runs, and the application was told all that was emitted. */
  get areOver(): boolean {
    return this.#running === null && this.#leaving.length === 0 && this.#emitter?.isOver !== false
  }

  stop(): void {
    this.#running?.stop()
  }

  /** A handler may finish what it is at work on. */
  get isStopping(): boolean {
    return this.#leaving.some(({ isAtWork }) => isAtWork)
  }

  #run({ call, attachment }: RequestOf<'Run'>, connection: Connection, correlationId: number): void {
    const { options, partitions, news, wake, loadHandler } = this.#parts
    const attached = connection.attachment(attachment) as AttachedModule
    partitions.share(new SharedPositions(attached.positions, attached.positionsFrom))
    const emitter = attached.emits ? new Emitter(wake) : null
    this.#emitter = emitter
    const running = new ModuleRun({
      source: partitions,
      options,
      wake,
      mayHandOver: () => emitter?.isFull !== true,
      onOver: () => emitter?.close(),
      onBegun: () => connection.reply(correlationId, { api: 'Run' }),
      onRefused: (says) => {
        this.#running = null
        this.#emitter = null
        connection.reply(correlationId, { api: 'Refused', error: 'INVALID_CONFIG', says })
      },
      onEnd: (error, says) => {
        this.#running = null
        this.#leaving.push(running)
        news.end(call, error, says)
      },
    })
    this.#running = running
    loadHandler(attached, emitter === null ? emitToNobody : (value) => emitter.emit(value), (loaded) =>
      running.noteLoaded(loaded),
    )
  }
}
