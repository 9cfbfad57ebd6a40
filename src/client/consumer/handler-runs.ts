import type { Connection, Context, Message } from '../../actor/types.js'
import { NEVER, type Timestamp } from '../../base/ids.js'
import type { RequestOf } from '../../protocol/api.js'
import type { FetchedPartitions } from './fetching/fetched-partitions.js'
import { SharedPositions } from './fetching/shared-positions.js'
import type { HandingOutOptions } from './handing-out.js'
import type { LoadedHandler } from './handler.js'
import { ModuleRun } from './module-run.js'
import type { News } from './parts/news.js'
import type { ConsumerPart } from './parts/part-list.js'

export interface HandlerRunsParts {
  readonly options: HandingOutOptions
  readonly partitions: FetchedPartitions
  readonly news: News
  /** Makes the handler that was attached; calls back once, between two turns. */
  readonly loadHandler: (attached: unknown, ready: (loaded: LoadedHandler) => void) => void
  /** Rings the own bell: the handler was made, or a promise of it has settled. */
  readonly wake: () => void
  /** Called when the handler was handed something, and when it waits for more. */
  readonly onPoll: (isWaiting: boolean, now: Timestamp) => void
}

/** The memory in which a handler module says where it is, and where in it. */
interface ModulePositions {
  readonly positions: SharedArrayBuffer
  readonly positionsFrom: number
}

const STEPS_PER_TURN = 8

/**
 * Runs the user's handler module inside the consumer's thread. `Run` is answered when its handler was made, or could
 * not be, and has ended when its handler has.
 */
export class HandlerRuns implements ConsumerPart {
  readonly serves = ['Run'] as const
  readonly #parts: HandlerRunsParts
  #running: ModuleRun | null = null
  /** The run that has ended; its handler may still be at work on what it has promised to finish. */
  #leaving: ModuleRun | null = null
  /** Whether the handler waits for records. */
  #isWaiting = false

  constructor(parts: HandlerRunsParts) {
    this.#parts = parts
  }

  receive(message: Message): boolean {
    if (message.type !== 'request' || message.body.api !== 'Run') return false
    this.#run(message.body, message.connection, message.correlationId)
    return true
  }

  tick(context: Context): Timestamp {
    this.#leaving?.step()
    if (this.#leaving?.isOver === true) this.#leaving = null
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
    if (isWaiting && !this.#isWaiting) this.#parts.onPoll(true, context.now)
    this.#isWaiting = isWaiting
    return NEVER
  }

  /** Whether a handler is at work on a record of this partition. */
  isAtWorkOn(index: number): boolean {
    return this.#running?.held === index || this.#leaving?.held === index
  }

  stop(): void {
    this.#running?.stop()
  }

  #run({ call, attachment }: RequestOf<'Run'>, connection: Connection, correlationId: number): void {
    const { options, partitions, news, wake, loadHandler } = this.#parts
    const attached = connection.attachment(attachment) as ModulePositions
    partitions.share(new SharedPositions(attached.positions, attached.positionsFrom))
    const running = new ModuleRun({
      source: partitions,
      options,
      wake,
      onBegun: () => connection.reply(correlationId, { api: 'Run' }),
      onRefused: (says) => {
        this.#running = null
        connection.reply(correlationId, { api: 'Refused', error: 'INVALID_CONFIG', says })
      },
      onEnd: (error, says) => {
        this.#running = null
        this.#leaving = running
        news.end(call, error, says)
      },
    })
    this.#running = running
    loadHandler(attached, (loaded) => running.noteLoaded(loaded))
  }
}
