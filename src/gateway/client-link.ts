import { ANY_CLIENT, labelOf } from '../actor/client-name.js'
import type { Connection } from '../actor/types.js'
import { ClientCuts } from './client-cuts.js'

/** Who one client is, as far as faults tell clients apart, and what is cut between it and its broker. */
export class ClientLink {
  readonly #cuts: ClientCuts
  readonly #brokerId: number
  #clientId: string | undefined
  #label = ANY_CLIENT
  #version = -1
  #ways = 0

  constructor(cuts: ClientCuts, brokerId: number) {
    this.#cuts = cuts
    this.#brokerId = brokerId
  }

  /** The client says who it is with each request. */
  note(clientId: string | undefined, connection: Connection): void {
    if (clientId === this.#clientId || clientId === undefined) return
    this.#clientId = clientId
    this.#label = labelOf({ clientId })
    this.#version = -1
    connection.label = this.#label
  }

  isCut(way: 'requests' | 'responses'): boolean {
    const { version } = this.#cuts
    if (version !== this.#version) this.#ways = this.#cuts.of(this.#label, this.#brokerId)
    this.#version = version
    return ClientCuts.isCut(this.#ways, way)
  }
}
