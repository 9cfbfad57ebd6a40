import type { Connection } from '../actor/types.js'
import type { Response } from '../protocol/api.js'

interface PendingAnswer {
  readonly isDue: () => boolean
  readonly connection: Connection
  readonly correlationId: number
  readonly response: Response
}

/** Answers of a gateway to the application that wait for something. Owned by the gateway's thread. */
export class PendingAnswers {
  #pending: readonly PendingAnswer[] = []

  add(pending: PendingAnswer): void {
    this.#pending = [...this.#pending, pending]
  }

  /** Gives those that are due. */
  answer(): void {
    if (this.#pending.length === 0) return
    this.#pending = this.#pending.filter(({ isDue, connection, correlationId, response }) => {
      if (!isDue()) return true
      connection.reply(correlationId, response)
      return false
    })
  }
}
