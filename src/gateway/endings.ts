import type { Connection } from '../actor/types.js'
import type { Conversation } from './conversation.js'

interface Ending {
  readonly ends: ReadonlySet<Conversation>
  readonly connection: Connection
  readonly correlationId: number
}

/**
 * Whoever waits for conversations to end, so that nothing that their clients have asked for is served afterwards. A
 * conversation is over when the gateway has heard of the end of its connection: the broker reads nothing of it from
 * then on.
 *
 * Owned by the gateway's thread.
 */
export class Endings {
  #endings: readonly Ending[] = []

  /** Resets all of them, and answers once they are over. */
  begin(conversations: Iterable<Conversation>, connection: Connection, correlationId: number): void {
    const ends = new Set(conversations)
    for (const conversation of ends) conversation.reset()
    this.#endings = [...this.#endings, { ends, connection, correlationId }]
  }

  /** Answers those whose conversations are over. Not before all doors are open: who waits connects next. */
  answer(areDoorsOpen: boolean): void {
    if (this.#endings.length === 0 || !areDoorsOpen) return
    this.#endings = this.#endings.filter(({ ends, connection, correlationId }) => {
      if ([...ends].some(({ isOver }) => !isOver)) return true
      connection.reply(correlationId, { api: 'EndConversations' })
      return false
    })
  }
}
