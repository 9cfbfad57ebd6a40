import type { Connection, Context, Message } from '../../actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../../base/ids.js'
import type { TakenSlice, TakeRequest } from '../../protocol/inner/take.js'
import type { FetchedPartitions } from './fetching/fetched-partitions.js'
import type { FetchedSlice } from './fetching/fetched-slice.js'
import type { News } from './parts/news.js'
import type { ConsumerPart } from './parts/part-list.js'
import { PassedOnSlices } from './passed-on-slices.js'

export interface TakeAnswersParts {
  readonly partitions: FetchedPartitions
  readonly news: News
}

/** How often it is looked whether the application has given back what it was passed. */
const GIVEN_BACK_CHECK_MS = 5

/**
 * Passes on to the application what was fetched. A `Take` waits until there is a slice or news, or until a `Hurry`
 * comes.
 */
export class TakeAnswers implements ConsumerPart {
  readonly serves = ['Take', 'Hurry'] as const
  readonly #parts: TakeAnswersParts
  readonly #passedOn = new PassedOnSlices()
  /** The request that waits. */
  #taking: { readonly connection: Connection; readonly correlationId: number; readonly request: TakeRequest } | null =
    null
  #isHurried = false
  /** The piece of news of which the application was told last. */
  #newsTold = 0

  constructor(parts: TakeAnswersParts) {
    this.#parts = parts
  }

  receive(message: Message): boolean {
    if (message.type !== 'request') return false
    const { connection, correlationId, body } = message
    if (body.api === 'Take') this.#taking = { connection, correlationId, request: body }
    else if (body.api === 'Hurry') {
      this.#isHurried = true
      connection.reply(correlationId, { api: 'Hurry' })
    } else return false
    return true
  }

  tick(context: Context): Timestamp {
    this.#passedOn.takeBack()
    this.#answer(context)
    return this.#passedOn.areOut ? timestamp(context.now + GIVEN_BACK_CHECK_MS) : NEVER
  }

  /** Whether slices of other partitions than these have not come back. */
  areOutBut(indexes: readonly number[]): boolean {
    return this.#passedOn.areOutBut(indexes)
  }

  /** Tells the application that it need not keep the memory of what is not read any more. */
  recallUnassigned(): void {
    this.#passedOn.recallAllBut(new Set(this.#parts.partitions.all.map(({ index }) => index)))
  }

  /** Answers nothing any more. */
  stop(): void {
    this.#taking = null
  }

  #answer(context: Context): void {
    const taking = this.#taking
    if (taking === null) return
    const { connection, correlationId, request } = taking
    const { partitions, news } = this.#parts
    const { newest } = news
    const first = request.slices ? partitions.take(this.#passedOn.hasRoom) : null
    // Most turns find nothing, and make nothing.
    if (first === null && newest === this.#newsTold && !news.hasEnds && !this.#isHurried) {
      if (request.slices && partitions.waitForOthers(this.#passedOn.hasRoom)) context.noteWork()
      return
    }
    partitions.waitForOthers(null)
    const slices = first === null ? [] : this.#passOn(connection, first)
    this.#taking = null
    this.#isHurried = false
    this.#newsTold = newest
    const ended = news.hasEnds ? { ended: news.takeEnds() } : {}
    connection.reply(correlationId, { api: 'Take', slices, news: newest, ...ended })
    // What was taken makes room to fetch more.
    context.noteWork()
  }

  /** Passes on the first slice, and those that can be taken with it. */
  #passOn(connection: Connection, first: FetchedSlice): TakenSlice[] {
    const slices: TakenSlice[] = []
    const { hasRoom } = this.#passedOn
    for (let slice: FetchedSlice | null = first; slice !== null; slice = this.#parts.partitions.take(hasRoom)) {
      slices.push(this.#passedOn.passOn(connection, slice))
    }
    return slices
  }
}
