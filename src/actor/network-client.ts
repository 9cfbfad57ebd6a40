import { assert } from '../base/assert.js'
import type { GivenOptions } from '../base/config/definition.js'
import { RECONNECT_OPTIONS } from '../base/config/reconnect-options.js'
import { KafkaError } from '../base/errors.js'
import { backoffMs } from '../base/exponential-backoff.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import { type Request, type Response, refusalTo } from '../protocol/api.js'
import type { Address } from './address.js'
import type { Connection, Context, Message } from './types.js'

/** What became of a request: its response, or null when the connection was lost before it came. */
export type Answer = (response: Response | null, context: Context) => void

export interface NetworkOptions extends GivenOptions<typeof RECONNECT_OPTIONS> {
  /** The longest that a request may take; absent: for ever. */
  readonly 'request.timeout.ms'?: number | undefined
}

interface InFlightRequest {
  readonly correlationId: number
  /** When it has taken too long. */
  readonly deadline: Timestamp
  readonly answer: Answer
}

/**
 * What a peer can be, and what leads from one to the next (`ClusterConnectionStates` in Kafka):
 *
 *     idle        no connection; may be asked for again once `readyAt` has passed. connecting: somebody needs it
 *     connecting  asked for. connected, or idle: nobody has this address at the moment
 *     connected   may be sent to. closing: a request took too long; idle: the other end is gone
 *     closing     is over, but the word of it has not come: what was lent may still be read. idle
 */
type PeerState = 'idle' | 'connecting' | 'connected' | 'closing'

interface Peer {
  state: PeerState
  connection: Connection | null
  readyAt: Timestamp
  /** Attempts to connect that failed since the last one that did not. */
  failures: number
  /**
   * Oldest first, which is the order of the answers. (`InFlightRequests` in Kafka.) A map would leave a trail of tables
   * behind that the collector takes for old ones.
   */
  readonly inFlight: InFlightRequest[]
}

/**
 * The client side of an actor's connections: opens them when they are first needed and again when they were lost,
 * numbers requests, brings each answer to whoever asked, and ends connections that do not answer in time.
 * (`NetworkClient` in Kafka.)
 *
 * Whoever has one passes it every message, and calls `tick` with each turn.
 */
export class NetworkClient {
  readonly #peers = new Map<Address, Peer>()
  readonly #onConnected: (connection: Connection, context: Context) => void
  readonly #backoff: { readonly initialMs: number; readonly maxMs: number }
  readonly #requestTimeoutMs: number
  /** Tell that a request could not be written. */
  readonly #unwritable: ((context: Context) => void)[] = []
  #correlationId = 0
  /** Nothing is due before; it may be earlier than need be. */
  #due: Timestamp = NEVER

  /**
   * `onConnected` is called before anything can be sent on a new connection, the first one to a peer or a later one.
   */
  constructor(
    onConnected: (connection: Connection, context: Context) => void = () => {},
    options: NetworkOptions = {},
  ) {
    this.#onConnected = onConnected
    const { 'reconnect.backoff.ms': initial, 'reconnect.backoff.max.ms': max } = RECONNECT_OPTIONS
    this.#backoff = {
      initialMs: options['reconnect.backoff.ms'] ?? initial.default,
      maxMs: options['reconnect.backoff.max.ms'] ?? max.default,
    }
    this.#requestTimeoutMs = options['request.timeout.ms'] ?? Number.POSITIVE_INFINITY
  }

  /** The connection, or null while there is none; asks for one if nobody has, unless the peer backs off. */
  connectionTo(to: Address, context: Context): Connection | null {
    const peer = this.#peerAt(to)
    if (peer.state === 'connected') return peer.connection
    if (peer.state === 'idle' && peer.readyAt <= context.now) {
      peer.state = 'connecting'
      context.connect(to)
    }
    return null
  }

  /**
   * Whether it cannot be reached at the moment: nobody had this address, or the connection was lost, and it backs off.
   */
  isGone(to: Address, context: Context): boolean {
    return this.readyAt(to) > context.now
  }

  /**
   * The moment from which the peer may be asked for again, or sent to: NEVER while word of a lost connection is on its
   * way.
   */
  readyAt(to: Address): Timestamp {
    const peer = this.#peers.get(to)
    return peer?.state === 'closing' ? NEVER : (peer?.readyAt ?? timestamp(0))
  }

  inFlight(to: Address): number {
    return this.#peers.get(to)?.inFlight.length ?? 0
  }

  /**
   * The peer to ask what any of them knows: one that is connected and has the least to answer, else one that is being
   * connected to, else one that may be. Null: all of them back off. Kafka: `NetworkClient.leastLoadedNode`.
   */
  leastLoaded(addresses: readonly Address[], context: Context): Address | null {
    const start = addresses.length > 1 ? context.random.below(addresses.length) : 0
    let best: Address | null = null
    let bestLoad = Number.POSITIVE_INFINITY
    for (let step = 0; step < addresses.length; step++) {
      const address = addresses[(start + step) % addresses.length] as Address
      const load = this.#load(address, context)
      if (load >= bestLoad) continue
      best = address
      bestLoad = load
    }
    return best
  }

  /**
   * `answer: null` for requests that are never answered (acks=0). `connecting`: a later turn brings the connection, or
   * a refusal. `gone`: not before `readyAt`. `timeoutMs`: the longest that it may take, if not request.timeout.ms.
   */
  send(
    to: Address,
    body: Request,
    context: Context,
    answer: Answer | null,
    timeoutMs = this.#requestTimeoutMs,
  ): 'sent' | 'full' | 'connecting' | 'gone' {
    const connection = this.connectionTo(to, context)
    const peer = this.#peerAt(to)
    if (connection === null) return peer.state === 'connecting' ? 'connecting' : 'gone'
    const correlationId = this.#correlationId
    const outcome = this.#write(connection, body, context, answer)
    if (outcome === 'closed') peer.state = 'closing'
    if (outcome === 'unwritable') return 'sent'
    if (outcome !== 'sent') return outcome === 'closed' ? 'gone' : 'full'
    this.#correlationId = (correlationId + 1) & 0x7fffffff
    if (answer === null) return 'sent'
    const deadline = timestamp(context.now + timeoutMs)
    peer.inFlight.push({ correlationId, deadline, answer })
    this.#due = earliest(this.#due, deadline)
    // Whoever sends may have called `tick` in this turn already.
    context.noteDue(deadline)
    return 'sent'
  }

  /**
   * Takes a message that concerns a connection of this client; false: it does not. What is in flight on a connection is
   * answered with null when its end is told, not before: until then the peer may read what it was lent.
   */
  receive(message: Message, context: Context): boolean {
    if (message.type === 'request' || message.type === 'crashed') return false
    if (message.type === 'refused') return this.#refused(message.peer, context)
    const { connection } = message
    const peer = this.#peers.get(connection.peer)
    if (peer === undefined) return false
    if (message.type === 'connected') return this.#connected(peer, connection, context)
    if (peer.connection !== connection) return false
    if (message.type === 'disconnected') this.#lose(peer, context)
    else {
      const request = peer.inFlight.shift()
      assert(request?.correlationId === message.correlationId, 'Requests of a connection are answered in their order')
      request.answer(message.body, context)
    }
    return true
  }

  /**
   * Ends connections on which a request has waited for request.timeout.ms (Kafka: `handleTimedOutRequests`). Returns
   * when that is due next, or a peer may be asked for again.
   */
  tick(context: Context): Timestamp {
    if (context.now < this.#due) return this.#due
    for (const tell of this.#unwritable.splice(0)) tell(context)
    let due = NEVER
    for (const peer of this.#peers.values()) {
      if (peer.state === 'connected') due = earliest(due, this.#timeOut(peer, context))
      else if (peer.state === 'idle' && peer.readyAt > context.now) due = earliest(due, peer.readyAt)
    }
    this.#due = due
    return due
  }

  /** A request that cannot be written, such as one with a text that is too long, is refused in a later turn. */
  #write(
    connection: Connection,
    body: Request,
    context: Context,
    answer: Answer | null,
  ): ReturnType<Connection['send']> | 'unwritable' {
    try {
      return connection.send(this.#correlationId, body)
    } catch (error) {
      const refusal = error instanceof KafkaError ? refusalTo(body, 'INVALID_REQUEST', error.message) : null
      if (refusal === null) throw error
      this.#unwritable.push((later) => answer?.(refusal, later))
      this.#due = timestamp(0)
      context.noteWork()
      return 'unwritable'
    }
  }

  #timeOut(peer: Peer, context: Context): Timestamp {
    const oldest = peer.inFlight[0]
    if (oldest === undefined) return NEVER
    if (context.now < oldest.deadline) return oldest.deadline
    peer.state = 'closing'
    peer.connection?.close()
    return NEVER
  }

  #peerAt(address: Address): Peer {
    let peer = this.#peers.get(address)
    if (peer === undefined) {
      peer = { state: 'idle', connection: null, readyAt: timestamp(0), failures: 0, inFlight: [] }
      this.#peers.set(address, peer)
    }
    return peer
  }

  /** `connected` does not say who asked: clients of one actor that ask for the same peer get an answer each. */
  #connected(peer: Peer, connection: Connection, context: Context): boolean {
    if (peer.state !== 'connecting' || !connection.isInitiator) return false
    peer.state = 'connected'
    peer.connection = connection
    peer.failures = 0
    this.#onConnected(connection, context)
    return true
  }

  #refused(address: Address, context: Context): boolean {
    const peer = this.#peers.get(address)
    if (peer?.state !== 'connecting') return false
    this.#lose(peer, context)
    return true
  }

  #lose(peer: Peer, context: Context): void {
    peer.state = 'idle'
    peer.connection = null
    peer.readyAt = timestamp(context.now + backoffMs(this.#backoff, peer.failures, context.random))
    peer.failures += 1
    this.#due = earliest(this.#due, peer.readyAt)
    for (const { answer } of peer.inFlight.splice(0)) answer(null, context)
  }

  #load(address: Address, context: Context): number {
    const peer = this.#peers.get(address)
    if (peer?.state === 'connected') return peer.inFlight.length
    if (peer?.state === 'connecting') return Number.MAX_SAFE_INTEGER - 1
    return this.isGone(address, context) ? Number.POSITIVE_INFINITY : Number.MAX_SAFE_INTEGER
  }
}
