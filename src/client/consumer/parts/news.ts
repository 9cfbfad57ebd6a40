import type { Connection, Context, Message } from '../../../actor/types.js'
import type { ErrorCode } from '../../../base/error-code.js'
import { NEVER, type Timestamp } from '../../../base/ids.js'
import type { CallEnd } from '../../../protocol/inner/consumer-words.js'
import type { MemberNews } from '../../../protocol/inner/group-words.js'
import type { FetchedPartitions } from '../fetching/fetched-partitions.js'
import type { ConsumerPart } from './part-list.js'

/**
 * What the application is told when it asks for news: how its calls have ended, and what is assigned. The answer to
 * `Take` says the number of the newest piece, so that the application knows when to ask.
 */
export class News implements ConsumerPart {
  readonly serves = ['News'] as const
  /** Says where the member of a group is; null: the consumer has no group. */
  describeMember: ((connection: Connection) => MemberNews) | null = null
  readonly #partitions: FetchedPartitions
  #ended: CallEnd[] = []
  #endedAlone: CallEnd[] = []
  #newest = 0
  /** Whether a partition came of which the position was not known when that was told. */
  #isUnplaced = false

  constructor(partitions: FetchedPartitions) {
    this.#partitions = partitions
  }

  /** Grows with each piece. */
  get newest(): number {
    return this.#newest
  }

  /** Tells that a call has ended, well unless the error says otherwise. */
  end(call: number, error: ErrorCode = 'NONE', says = ''): void {
    this.#ended.push({ call, error, says })
    this.note()
  }

  /** Tells that a call has ended which has changed nothing here: an answer to `Take` brings it, without `News`. */
  endAlone(end: CallEnd): void {
    this.#endedAlone.push(end)
  }

  /** Whether calls have ended that changed nothing, and were not told. */
  get hasEnds(): boolean {
    return this.#endedAlone.length > 0
  }

  /** The ends of such calls, to be told now. */
  takeEnds(): readonly CallEnd[] {
    const ended = this.#endedAlone
    this.#endedAlone = []
    return ended
  }

  /** Tells of something that is not a call's end. */
  note(): void {
    this.#newest = (this.#newest + 1) | 0
  }

  /** Tells that the assignment has changed without a call; and once more, when every position is known. */
  noteAssigned(): void {
    this.#isUnplaced = true
    this.note()
  }

  receive(message: Message): boolean {
    if (message.type !== 'request' || message.body.api !== 'News') return false
    const ended = [...this.takeEnds(), ...this.#ended]
    this.#ended = []
    const { described: partitions } = this.#partitions
    const told = { api: 'News' as const, partitions, ended }
    const member = this.describeMember?.(message.connection)
    message.connection.reply(message.correlationId, member === undefined ? told : { ...told, member })
    return true
  }

  tick(context: Context): Timestamp {
    if (this.#isUnplaced && this.#partitions.knowsPositions) {
      this.#isUnplaced = false
      this.note()
      // Whoever passes news on has had its turn.
      context.noteWork()
    }
    return NEVER
  }
}
