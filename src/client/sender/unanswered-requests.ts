import type { Connection } from '../../actor/types.js'
import type { ProducerOptions } from '../../base/config/producer-options.js'
import { type Timestamp, timestamp } from '../../base/ids.js'
import type { BatchOutcomes } from './batch-outcomes.js'
import type { SealedBatch } from './sealed-batch.js'

interface UnansweredRequest {
  readonly connection: Connection
  readonly cursor: number
  readonly batches: readonly SealedBatch[]
  /** When the connection is given up if the broker has not copied it by then. */
  readonly deadline: Timestamp
}

/** The requests with acks=0: nobody answers, so a batch is given back once the broker has copied it. */
export class UnansweredRequests {
  readonly #outcomes: BatchOutcomes
  readonly #timeoutMs: number
  #requests: UnansweredRequest[] = []

  constructor(outcomes: BatchOutcomes, options: Pick<ProducerOptions, 'request.timeout.ms'>) {
    this.#outcomes = outcomes
    this.#timeoutMs = options['request.timeout.ms']
  }

  get isEmpty(): boolean {
    return this.#requests.length === 0
  }

  /** Notes a request that was just written to the connection. */
  sent(connection: Connection, batches: readonly SealedBatch[], now: Timestamp): void {
    const deadline = timestamp(now + this.#timeoutMs)
    this.#requests.push({ connection, cursor: connection.cursor, batches, deadline })
  }

  /** Gives back what was copied. The broker does not ring when it has copied something that it does not answer. */
  settle(now: Timestamp): void {
    if (this.#requests.length === 0) return
    this.#requests = this.#requests.filter(({ connection, cursor, batches, deadline }) => {
      if (!connection.isRead(cursor)) {
        if (now >= deadline) connection.close()
        return true
      }
      this.#outcomes.unanswered(batches, 'NONE')
      return false
    })
  }

  /** Settles what was sent on a connection that is over: nobody knows whether the broker had copied it. */
  lost(connection: Connection, now: Timestamp): void {
    this.settle(now)
    const lost = this.#requests.filter((request) => request.connection === connection)
    this.#requests = this.#requests.filter((request) => request.connection !== connection)
    for (const { batches } of lost) this.#outcomes.unanswered(batches, 'NETWORK_EXCEPTION')
  }
}
