import { CONNECTION_BYTES } from '../actor/connection.js'
import type { Address } from '../actor/types.js'

/**
 * Joins actors by connections, and tells both ends when one is over. On threads it lives in the launcher, which is the one
 * thread that hears of every exit; the simulation has one of its own.
 */

/** What an actor's thread is told. `Line` is one end of a pair of ports. */
export type Mail<Line> =
  | {
      readonly type: 'connection'
      readonly id: number
      readonly peer: Address
      readonly isInitiator: boolean
      readonly memory: SharedArrayBuffer
      readonly peerControl: SharedArrayBuffer
      readonly line: Line
    }
  | { readonly type: 'refused'; readonly peer: Address }
  | { readonly type: 'disconnected'; readonly connection: number }

/** Where an actor can be reached. */
export interface Seat<Line> {
  readonly address: Address
  /** Of its control block, for its peers' doorbells. */
  readonly control: SharedArrayBuffer
  /** Brings the mail to the actor's wire and announces it there. */
  post(mail: Mail<Line>): void
}

interface Joined<Line> {
  readonly id: number
  readonly ends: readonly [Seat<Line>, Seat<Line>]
}

export class Switchboard<Line> {
  readonly #makeLines: () => readonly [Line, Line]
  readonly #connectionBytes: number
  readonly #seats = new Map<Address, Seat<Line>>()
  readonly #joined = new Map<number, Joined<Line>>()
  #lastId = 0

  constructor(makeLines: () => readonly [Line, Line], memoryBytes = CONNECTION_BYTES) {
    this.#makeLines = makeLines
    this.#connectionBytes = memoryBytes
  }

  join(seat: Seat<Line>): void {
    this.#seats.set(seat.address, seat)
  }

  /** The asking end hears of the connection last, so that the other one is ready for its first request. */
  connect(from: Address, to: Address): void {
    const asking = this.#seats.get(from)
    const serving = this.#seats.get(to)
    if (asking === undefined) return
    if (serving === undefined) return asking.post({ type: 'refused', peer: to })
    const id = ++this.#lastId
    this.#joined.set(id, { id, ends: [asking, serving] })
    const memory = new SharedArrayBuffer(this.#connectionBytes)
    const [askingLine, servingLine] = this.#makeLines()
    const end = (peer: Seat<Line>, isInitiator: boolean, line: Line): Mail<Line> => {
      const peerControl = peer.control
      return { type: 'connection', id, peer: peer.address, isInitiator, memory, peerControl, line }
    }
    serving.post(end(asking, false, servingLine))
    asking.post(end(serving, true, askingLine))
  }

  disconnect(id: number): void {
    const joined = this.#joined.get(id)
    if (joined === undefined) return
    this.#joined.delete(id)
    for (const seat of joined.ends)
      if (this.#seats.has(seat.address)) seat.post({ type: 'disconnected', connection: id })
  }

  /** The actor is gone: its thread has exited. */
  leave(address: Address): void {
    this.#seats.delete(address)
    for (const { id, ends } of [...this.#joined.values()]) {
      if (ends.some((seat) => seat.address === address)) this.disconnect(id)
    }
  }
}
