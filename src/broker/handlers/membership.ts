import type { Handlers } from '../../actor/handler-table.js'
import type { Connection } from '../../actor/types.js'
import type { ClusterView } from '../cluster-view.js'

export interface MembershipParts {
  readonly brokerId: number
  /** That of the incarnation before; -1: there was none, or it has left nothing. */
  readonly epochBefore: number
  readonly cluster: ClusterView
}

/** Answers whoever waits until this incarnation of a broker is a part of the cluster, and knows it. */
export class MembershipHandler {
  readonly handlers: Handlers = {
    AwaitBroker: (connection, correlationId) => {
      this.#waiting = [...this.#waiting, { connection, correlationId }]
      this.noteNews()
    },
  }
  readonly #parts: MembershipParts
  #waiting: readonly { readonly connection: Connection; readonly correlationId: number }[] = []

  constructor(parts: MembershipParts) {
    this.#parts = parts
  }

  /** There is a new image. */
  noteNews(): void {
    if (this.#waiting.length === 0 || !this.#isMember()) return
    for (const { connection, correlationId } of this.#waiting) connection.reply(correlationId, { api: 'AwaitBroker' })
    this.#waiting = []
  }

  #isMember(): boolean {
    const { brokerId, epochBefore, cluster } = this.#parts
    const self = cluster.brokers.find((broker) => broker.brokerId === brokerId)
    return self !== undefined && !self.isFenced && self.brokerEpoch > epochBefore
  }
}
