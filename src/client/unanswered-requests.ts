import type { Connection } from '../actor/types.js'
import type { BatchOutcomes } from './batch-outcomes.js'
import type { SealedBatch } from './partition-queues.js'

interface UnansweredRequest {
  readonly connection: Connection
  readonly cursor: number
  readonly batches: readonly SealedBatch[]
}

/** acks=0: nobody answers, so a batch is given back once the broker has copied it. */
export class UnansweredRequests {
  readonly #outcomes: BatchOutcomes
  #requests: UnansweredRequest[] = []

  constructor(outcomes: BatchOutcomes) {
    this.#outcomes = outcomes
  }

  get isEmpty(): boolean {
    return this.#requests.length === 0
  }

  /** The request was just written to the connection. */
  sent(connection: Connection, batches: readonly SealedBatch[]): void {
    this.#requests.push({ connection, cursor: connection.cursor, batches })
  }

  /** Gives back what was copied. The broker does not ring when it has copied something that it does not answer. */
  settle(): void {
    if (this.#requests.length === 0) return
    this.#requests = this.#requests.filter(({ connection, cursor, batches }) => {
      if (!connection.isRead(cursor)) return true
      this.#outcomes.unanswered(batches, 'NONE')
      return false
    })
  }

  /** The connection is over: whether the broker had copied what it did not finish with is not known. */
  lost(connection: Connection): void {
    this.settle()
    const lost = this.#requests.filter((request) => request.connection === connection)
    this.#requests = this.#requests.filter((request) => request.connection !== connection)
    for (const { batches } of lost) this.#outcomes.unanswered(batches, 'NETWORK_EXCEPTION')
  }
}
