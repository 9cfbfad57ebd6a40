import type { Connection, Context, Message } from '../../../actor/types.js'
import { NEVER, type Timestamp } from '../../../base/ids.js'
import type { RequestOf } from '../../../protocol/api.js'
import type { RebalanceStep } from '../../../protocol/inner/group-words.js'
import type { PartitionName } from '../../../protocol/partition.js'
import type { News } from '../parts/news.js'
import type { ConsumerPart } from '../parts/part-list.js'
import type { Group } from './assignors/assignor.js'
import { SharedProgress } from './shared-progress.js'

type Divided = Pick<RequestOf<'GroupAssigned'>, 'assignment' | 'failure'>

/** Out of the way of what connections attach by themselves. */
const GROUP_ATTACHMENT = -2

/**
 * The steps of a rebalance that are the application's: one is pending at a time, and is told by News and by the number
 * in the shared progress. Whoever tells a step is called when it was taken; a step that is replaced is not.
 */
export class RebalanceSteps implements ConsumerPart {
  readonly serves = ['Share', 'StepTaken', 'GroupAssigned'] as const
  readonly #news: News
  #progress: SharedProgress | null = null
  #lastStep = 0
  #pending: RebalanceStep | null = null
  #taken: ((context: Context) => void) | null = null
  /** What a custom assignor works on, until it was attached. */
  #group: Group | null = null
  #divided: ((divided: Divided, context: Context) => void) | null = null

  constructor(news: News) {
    this.#news = news
  }

  /** Where the application is; null: it has not said yet. */
  get progress(): SharedProgress | null {
    return this.#progress
  }

  /** Whether the application is to take over partitions. */
  get isAssigning(): boolean {
    return this.#pending?.type === 'assigned'
  }

  /** Whether an assignor of the application's is at work. */
  get isDividing(): boolean {
    return this.#divided !== null
  }

  receive(message: Message, context: Context): boolean {
    if (message.type !== 'request') return false
    const { connection, correlationId, body } = message
    if (body.api === 'Share') {
      this.#progress = new SharedProgress(connection.attachment(body.attachment) as SharedArrayBuffer)
      connection.reply(correlationId, { api: 'Share' })
    } else if (body.api === 'StepTaken') {
      connection.reply(correlationId, { api: 'StepTaken' })
      this.#noteTaken(body.step, context)
    } else if (body.api === 'GroupAssigned') {
      connection.reply(correlationId, { api: 'GroupAssigned' })
      this.#noteDivided(body, context)
    } else return false
    context.noteWork()
    return true
  }

  tick(): Timestamp {
    return NEVER
  }

  /** The step that is pending, as news on this connection tell it. */
  pendingOn(connection: Connection): RebalanceStep | null {
    if (this.#group !== null) connection.attach(GROUP_ATTACHMENT, this.#group)
    this.#group = null
    return this.#pending
  }

  tell(
    type: 'hold' | 'revoked' | 'lost' | 'assigned',
    partitions: readonly PartitionName[],
    taken: (context: Context) => void,
  ): void {
    const names = partitions.map(({ topic, partition }) => ({ topic, partition }))
    this.#begin({ type, step: this.#nextStep(), partitions: names })
    this.#taken = taken
  }

  /** Tells the application what keeps it out of its group. */
  tellFailure(
    failure: Pick<RebalanceStep & { type: 'failed' }, 'error' | 'says'>,
    taken: (context: Context) => void,
  ): void {
    this.#begin({ type: 'failed', step: this.#nextStep(), ...failure })
    this.#taken = taken
  }

  /** Has an assignor of the application's divide the partitions. */
  divide(assignor: string, group: Group, divided: (divided: Divided, context: Context) => void): void {
    this.#begin({ type: 'assign', step: this.#nextStep(), assignor, attachment: GROUP_ATTACHMENT })
    this.#group = group
    this.#divided = divided
  }

  /** Waits for no step any more. */
  cancel(): void {
    this.#pending = null
    this.#taken = null
    this.#group = null
    this.#divided = null
  }

  #nextStep(): number {
    this.#lastStep = (this.#lastStep + 1) | 0
    return this.#lastStep
  }

  #begin(step: RebalanceStep): void {
    this.cancel()
    this.#pending = step
    if (this.#progress !== null) this.#progress.newestStep = step.step
    this.#news.note()
  }

  #noteTaken(step: number, context: Context): void {
    const taken = this.#taken
    if (this.#pending?.step !== step || taken === null) return
    this.cancel()
    taken(context)
  }

  #noteDivided({ step, assignment, failure }: RequestOf<'GroupAssigned'>, context: Context): void {
    const divided = this.#divided
    if (this.#pending?.step !== step || divided === null) return
    this.cancel()
    divided({ assignment, failure }, context)
  }
}
