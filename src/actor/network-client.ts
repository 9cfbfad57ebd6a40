import { assert } from '../base/assert.js'
import type { Request, Response } from '../protocol/messages.js'
import type { Address, Connection, Context, Message } from './types.js'

/** What became of a request: its response, or null when the connection was lost before it came. */
export type Answer = (response: Response | null, context: Context) => void

interface InFlightRequest {
  readonly correlationId: number
  readonly answer: Answer
}

interface Peer {
  connection: Connection | null
  /** Nobody has this address, or its thread has ended. */
  isGone: boolean
  /**
   * Oldest first, which is the order of the answers. (`InFlightRequests` in Kafka.) A map would leave a trail of tables behind
   * that the collector takes for old ones.
   */
  readonly inFlight: InFlightRequest[]
}

/**
 * The client side of an actor's connections: opens them when they are first needed, numbers requests, and brings each
 * answer to whoever asked. (`NetworkClient` in Kafka.)
 */
export class NetworkClient {
  readonly #peers = new Map<Address, Peer>()
  readonly #onConnected: (connection: Connection, context: Context) => void
  #correlationId = 0

  /** `onConnected` is called before anything can be sent on a new connection. */
  constructor(onConnected: (connection: Connection, context: Context) => void = () => {}) {
    this.#onConnected = onConnected
  }

  /** The connection, or null while there is none; asks for one if nobody has. */
  connectionTo(to: Address, context: Context): Connection | null {
    let peer = this.#peers.get(to)
    if (peer === undefined) {
      peer = { connection: null, isGone: false, inFlight: [] }
      this.#peers.set(to, peer)
      context.connect(to)
    }
    return peer.connection
  }

  /** Whether the peer's thread has ended, or it never existed. */
  isGone(to: Address): boolean {
    return this.#peers.get(to)?.isGone === true
  }

  inFlight(to: Address): number {
    return this.#peers.get(to)?.inFlight.length ?? 0
  }

  /** `answer: null` for requests that are never answered (acks=0). */
  send(to: Address, body: Request, context: Context, answer: Answer | null): 'sent' | 'full' | 'connecting' | 'gone' {
    const connection = this.connectionTo(to, context)
    const peer = this.#peers.get(to) as Peer
    if (peer.isGone) return 'gone'
    if (connection === null) return 'connecting'
    const correlationId = this.#correlationId
    const outcome = connection.send(correlationId, body)
    if (outcome === 'closed') return 'gone'
    if (outcome === 'full') return 'full'
    this.#correlationId = (correlationId + 1) & 0x7fffffff
    if (answer !== null) peer.inFlight.push({ correlationId, answer })
    return 'sent'
  }

  /** Takes a message that concerns a connection opened here; false: it does not. */
  receive(message: Message, context: Context): boolean {
    if (message.type === 'refused') {
      // Whose question was refused is not said, so every client of the actor is to hear of it.
      this.#lose(message.peer, context)
      return false
    }
    if (message.type === 'request') return false
    const peer = this.#peers.get(message.connection.peer)
    if (peer === undefined) return false
    if (message.type === 'connected') {
      if (peer.connection !== null) return false
      peer.connection = message.connection
      this.#onConnected(message.connection, context)
      return true
    }
    if (peer.connection !== message.connection) return false
    if (message.type === 'disconnected') return this.#lose(message.connection.peer, context)
    const request = peer.inFlight.shift()
    assert(request?.correlationId === message.correlationId, 'Requests of a connection are answered in their order')
    request.answer(message.body, context)
    return true
  }

  #lose(address: Address, context: Context): boolean {
    const peer = this.#peers.get(address)
    if (peer === undefined) return false
    peer.isGone = true
    peer.connection = null
    const lost = peer.inFlight.splice(0)
    for (const { answer } of lost) answer(null, context)
    return true
  }
}
