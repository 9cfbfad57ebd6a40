import type { Address } from '../actor/address.js'
import { brokerAddress } from '../actor/address.js'
import { HandlerTable } from '../actor/handler-table.js'
import type { Actor, Connection, Context, Message } from '../actor/types.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { ApiName } from '../protocol/api.js'
import { BrokerDoors, type DoorMaker, type Opening } from './broker-doors.js'
import { BrokerEndpoints, type EndpointsParts } from './broker-endpoints.js'
import type { ByteStream, StreamListener } from './byte-stream.js'
import { ClientCuts } from './client-cuts.js'
import { ClientLink } from './client-link.js'
import { Conversation, type ConversationParts } from './conversation.js'
import type { SeenCluster } from './exchange.js'
import { FetchSessionCache } from './fetch-sessions/fetch-session-cache.js'
import { HeldBack } from './held-back.js'
import { LimitedLog } from './limited-log.js'
import { PendingAnswers } from './pending-answers.js'
import { ReceiveMemory } from './receive-memory.js'
import type { AuthenticatorParts } from './sasl/authenticator.js'
import { Credentials, type CredentialsData } from './sasl/credentials.js'
import type { TlsData } from './tls/tls-options.js'
import { TopicDirectory } from './topic-directory.js'

/** What a gateway's thread is started with. */
export interface GatewayData {
  readonly clusterId: string
  readonly endpoints: EndpointsParts
  /** The host at which it listens. */
  readonly host: string
  /** The brokers for which it listens, with the ports that are wanted; 0: any. */
  readonly brokers: readonly { readonly brokerId: number; readonly port: number }[]
  readonly limits: ConversationParts['limits']
  /** Fetch sessions of each broker's clients. */
  readonly fetchSessions: number
  /** Clients must speak TLS; null: they speak plaintext. */
  readonly tls: TlsData | null
  /** Memory of `ClientCuts`. */
  readonly cuts: SharedArrayBuffer
  /** Who may come in, and how; null: everybody. */
  readonly sasl: SaslData | null
}

/** How clients authenticate (SASL, with the mechanism PLAIN). */
export interface SaslData {
  readonly credentials: CredentialsData
  readonly sessionMs: AuthenticatorParts['sessionMs']
  /** How long a client that has failed waits for its answer. */
  readonly failureDelayMs: number
}

export interface GatewayParts {
  readonly data: GatewayData
  readonly makeDoor: DoorMaker
  /** Told once: all doors are open, or one cannot be opened. */
  readonly opened: (opening: Opening) => void
  /** Writes a line into the log. */
  readonly warn: (says: string) => void
  /** Asks the host for a turn. */
  readonly wake: () => void
}

/** Ids of fetch sessions are positive numbers of 32 bits. A prime keeps those of neighbouring moments apart. */
const SESSION_IDS = 2 ** 31 - 2
const SESSION_ID_STEP = 7_919
/** How often conversations are looked at that say nothing. */
const SWEEP_MS = 1_000

/**
 * Lets clients in that speak Kafka's protocol over byte streams: listens for some of the brokers, and joins each stream
 * with a connection of its own to the broker for which it came. (`SocketServer` in Kafka.)
 *
 * Owned by the gateway's thread. What streams and doors tell comes between turns, and is worked on in the next one.
 */
export class Gateway implements Actor {
  readonly #handlers = new HandlerTable({
    AwaitBroker: (connection, correlationId, { brokerId }) => {
      const isDue = (): boolean => !this.#doors.isAwaited(brokerId)
      this.#answers.add({ isDue, connection, correlationId, response: { api: 'AwaitBroker' } })
    },
    EndConversations: (connection, correlationId) => {
      const isDue = this.#endConversations()
      this.#answers.add({ isDue, connection, correlationId, response: { api: 'EndConversations' } })
    },
  })
  readonly serves: ReadonlySet<ApiName> = this.#handlers.serves
  readonly #parts: GatewayParts
  readonly #cluster: SeenCluster
  readonly #memory = new ReceiveMemory()
  readonly #doors: BrokerDoors
  readonly #sasl: AuthenticatorParts | null
  /** Answers to clients that have failed to authenticate. */
  readonly #heldBack: HeldBack
  /** Accepted since the last turn. */
  #accepted: { readonly address: Address; readonly conversation: Conversation }[] = []
  /** Conversations that wait for their connection, in the order in which these come. */
  readonly #joining = new Map<Address, Conversation[]>()
  readonly #conversations = new Map<Connection, Conversation>()
  /** Conversations that want a turn. */
  readonly #ready = new Set<Conversation>()
  readonly #answers = new PendingAnswers()
  /** Of each broker. */
  readonly #fetchSessions = new Map<number, FetchSessionCache>()
  #random: Random | null = null
  readonly #cuts: ClientCuts
  #cutsSeen = 0
  #sweepAt: Timestamp = NEVER
  #now: Timestamp = timestamp(0)
  readonly #log: LimitedLog

  constructor(parts: GatewayParts) {
    this.#parts = parts
    this.#log = new LimitedLog(parts.warn)
    this.#cuts = new ClientCuts(parts.data.cuts)
    const { clusterId, endpoints, brokers, sasl } = parts.data
    this.#sasl = sasl && { credentials: new Credentials(sasl.credentials), sessionMs: sasl.sessionMs }
    this.#heldBack = new HeldBack(sasl?.failureDelayMs ?? 0)
    this.#cluster = { clusterId, endpoints: new BrokerEndpoints(endpoints), topics: new TopicDirectory() }
    this.#doors = new BrokerDoors({
      // An earlier incarnation may have listened: clients know its ports.
      brokers: brokers.map(({ brokerId, port }) => ({
        brokerId,
        port: this.#cluster.endpoints.portOf(brokerId) || port,
      })),
      endpoints: this.#cluster.endpoints,
      makeDoor: parts.makeDoor,
      accept: (brokerId, stream) => this.#accept(brokerId, stream),
      opened: parts.opened,
      gone: (brokerId) => this.#fetchSessions.get(brokerId)?.clear(),
      warn: (says) => this.#log.warn(says),
      wake: parts.wake,
    })
  }

  receive(message: Message, context: Context): void {
    if (this.#doors.receive(message, context)) return
    switch (message.type) {
      case 'request':
        return this.#handlers.serve(message.connection, message.correlationId, message.body, context)
      case 'connected':
        // Who comes to the gateway itself is no broker.
        return message.connection.isInitiator ? this.#join(message.connection) : undefined
      case 'refused':
        return this.#joining.get(message.peer)?.shift()?.lost()
      case 'response': {
        const conversation = this.#conversations.get(message.connection)
        if (conversation === undefined) return
        conversation.receive(message.correlationId, message.body)
        this.#ready.add(conversation)
        return
      }
      case 'disconnected':
        this.#conversations.get(message.connection)?.lost()
        this.#conversations.delete(message.connection)
    }
  }

  tick(context: Context): Timestamp {
    this.#now = context.now
    this.#random = context.random
    this.#log.tick(context.now)
    for (const { address, conversation } of this.#accepted.splice(0)) {
      const joining = this.#joining.get(address)
      if (joining === undefined) this.#joining.set(address, [conversation])
      else joining.push(conversation)
      context.connect(address)
    }
    this.#heldBack.run(context.now)
    if (this.#cuts.version !== this.#cutsSeen) this.#lookAtCuts()
    for (const conversation of [...this.#ready]) {
      this.#ready.delete(conversation)
      conversation.turn(context)
    }
    if (this.#ready.size > 0) context.noteWork()
    const due = earliest(this.#doors.tick(context), earliest(this.#sweep(context), this.#heldBack.due))
    this.#answers.answer()
    return earliest(due, this.#log.tick(context.now))
  }

  /**
   * Resets all clients, so that nothing that they have asked for is served afterwards. Tells whether that is over: a
   * conversation is when the gateway has heard of the end of its connection, from which the broker reads nothing then.
   * It is not before all doors are open: who waits connects next.
   */
  #endConversations(): () => boolean {
    for (const sessions of this.#fetchSessions.values()) sessions.clear()
    const ends = new Set(this.#all())
    for (const conversation of ends) conversation.reset()
    return () => this.#doors.areOpen && [...ends].every(({ isOver }) => isOver)
  }

  /** Whoever is cut off no more has its turn. */
  #lookAtCuts(): void {
    this.#cutsSeen = this.#cuts.version
    for (const conversation of this.#conversations.values()) this.#ready.add(conversation)
  }

  *#all(): Iterable<Conversation> {
    for (const { conversation } of this.#accepted) yield conversation
    for (const joining of this.#joining.values()) yield* joining
    yield* this.#conversations.values()
  }

  #accept(brokerId: number, stream: ByteStream): StreamListener {
    const conversation = new Conversation({
      stream,
      cluster: this.#cluster,
      memory: this.#memory,
      link: new ClientLink(this.#cuts, brokerId),
      limits: this.#parts.data.limits,
      fetchSessions: this.#sessionsOf(brokerId),
      sasl: this.#sasl,
      later: (run) => this.#heldBack.add(this.#now, run),
      wake: (ready) => {
        this.#ready.add(ready)
        this.#parts.wake()
      },
      warn: (says) => this.#log.warn(says),
    })
    this.#accepted.push({ address: brokerAddress(brokerId), conversation })
    this.#parts.wake()
    return conversation
  }

  #sessionsOf(brokerId: number): FetchSessionCache {
    let sessions = this.#fetchSessions.get(brokerId)
    if (sessions === undefined) {
      sessions = new FetchSessionCache(this.#parts.data.fetchSessions, () => this.#newSessionId())
      this.#fetchSessions.set(brokerId, sessions)
    }
    return sessions
  }

  /** A client may come with the id of a session of an earlier incarnation, whose numbers were drawn like these. */
  #newSessionId(): number {
    const drawn = (this.#random as Random).below(SESSION_IDS)
    return ((drawn + Math.floor(this.#now) * SESSION_ID_STEP) % SESSION_IDS) + 1
  }

  #join(connection: Connection): void {
    const conversation = this.#joining.get(connection.peer)?.shift()
    if (conversation === undefined) return connection.close()
    this.#conversations.set(connection, conversation)
    conversation.join(connection)
    this.#ready.add(conversation)
  }

  /** Looks at all conversations now and then: most of them say nothing. */
  #sweep(context: Context): Timestamp {
    if (this.#conversations.size === 0) {
      this.#sweepAt = NEVER
      return NEVER
    }
    if (this.#sweepAt !== NEVER && context.now < this.#sweepAt) return this.#sweepAt
    for (const conversation of this.#conversations.values()) conversation.sweep(context)
    const { idleMs } = this.#parts.data.limits
    this.#sweepAt = timestamp(context.now + Math.max(1, Math.min(SWEEP_MS, idleMs / 4)))
    return this.#sweepAt
  }
}
