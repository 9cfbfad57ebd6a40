import type { Address } from '../../actor/address.js'
import { NetworkClient } from '../../actor/network-client.js'
import type { Connection, Context, Message } from '../../actor/types.js'
import type { ResponseOf } from '../../protocol/api.js'
import type { TakeResponse } from '../../protocol/inner/take.js'
import type { BroughtSlices } from './brought-slices.js'
import type { ConsumerCalls } from './consumer-calls.js'

export interface TakingParts {
  readonly consumer: Address
  readonly calls: ConsumerCalls
  /** Gets the slices that are taken. */
  readonly slices: BroughtSlices
  /** Called with news, in the turn in which they come. */
  readonly onNews: (told: ResponseOf<'News'>) => void
  /** Whether news are to be heard at any time; absent: with slices, and as long as a call has not ended. */
  readonly hearsAlways?: () => boolean
}

/**
 * Takes from the consumer's back what was fetched, once somebody wants it here, and hears of news: how calls have
 * ended, and what is assigned. One `Take` is under way at a time, on a connection of its own; a `Hurry` ends the wait
 * of one that brings news alone. Its other half is TakeAnswers. Lives on the application's thread.
 */
export class Taking {
  /** Whether slices are to be brought here. */
  wantsSlices = false
  readonly #parts: TakingParts
  readonly #network: NetworkClient
  #connection: Connection | null = null
  /** The `Take` under way; null: there is none. */
  #underWay: { readonly slices: boolean; isHurried: boolean } | null = null
  #newsSeen = 0
  #newsPending = 0
  #isStopped = false

  constructor(parts: TakingParts) {
    this.#parts = parts
    this.#network = new NetworkClient((connection) => {
      this.#connection = connection
    })
  }

  /** Whether news were asked for and have not come. */
  get awaitsNews(): boolean {
    return this.#newsPending > 0
  }

  connect(context: Context): void {
    this.#network.connectionTo(this.#parts.consumer, context)
  }

  /** Takes a message that concerns its connection; false: it concerns another one. */
  receive(message: Message, context: Context): boolean {
    return this.#network.receive(message, context)
  }

  /** Asks for slices when there are none left to hand out, and for news as long as a call has not ended. */
  tick(context: Context): void {
    if (this.#isStopped) return
    const { slices: brought, calls } = this.#parts
    const slices = this.wantsSlices && !brought.hasNext
    const underWay = this.#underWay
    if (underWay !== null) {
      if (!slices || underWay.slices || underWay.isHurried) return
      underWay.isHurried = true
      calls.askInTurn({ api: 'Hurry' }, () => {})
    } else if (slices || ((calls.hasBegun || this.#parts.hearsAlways?.() === true) && !this.awaitsNews))
      this.#take(slices, context)
  }

  /** Asks for nothing any more. */
  stop(): void {
    this.#isStopped = true
  }

  #take(slices: boolean, context: Context): void {
    const sent = this.#network.send(this.#parts.consumer, { api: 'Take', slices }, context, (response, later) => {
      this.#underWay = null
      if (response?.api !== 'Take') return
      this.#taken(response)
      later.noteWork()
    })
    if (sent === 'sent') this.#underWay = { slices, isHurried: false }
  }

  #taken({ news, slices, ended = [] }: TakeResponse): void {
    this.#parts.calls.end(ended)
    if (news !== this.#newsSeen && !this.#isStopped) {
      this.#newsSeen = news
      this.askForNews()
    }
    for (const slice of slices) this.#parts.slices.accept(slice, this.#connection as Connection)
  }

  /**
   * Asks for news. Slices of partitions unknown here wait meanwhile. `come` is called when they were taken in, or when
   * none will come: the other half has ended then, and whoever calls next is told why.
   */
  askForNews(come: () => void = () => {}): void {
    this.#newsPending += 1
    this.#parts.calls.askInTurn({ api: 'News' }, (told) => {
      this.#newsPending -= 1
      if (told !== null) this.#parts.onNews(told)
      come()
    })
  }
}
