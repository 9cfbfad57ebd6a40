import type { Random } from '../../../base/random.js'
import type { SimulatedNetwork } from '../../../cluster/simulated-network.js'
import { metadata, metadataWire } from '../../../protocol/apis/metadata.js'
import { WireConnection } from './wire-connection.js'

export const METADATA = { name: metadata.name, key: metadata.key, wire: metadataWire }

export const NO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA'

export interface WireClientParts {
  readonly network: SimulatedNetwork
  /** The ports with which it begins. */
  readonly ports: readonly number[]
  readonly topic: string
  readonly random: Random
  readonly now: () => number
}

/** Milliseconds after which a client gives up a request, and its connection. */
const REQUEST_TIMEOUT_MS = 2_000
/** Milliseconds between two questions of a client that has not found what it looks for. */
const BACKOFF_MS = 20

/**
 * What producers and consumers of Kafka's protocol have in common: they ask any broker who leads, and keep a connection
 * to each broker.
 */
export class WireClient {
  readonly #parts: WireClientParts
  readonly #connections = new Map<number, WireConnection>()
  readonly #ports = new Map<number, number>()
  #bootstrap: WireConnection | null = null
  #leaders: readonly { readonly partition: number; readonly leader: number; readonly leaderEpoch: number }[] = []
  #topicId = NO_UUID
  /** Whether every partition has a leader that is known. */
  #knowsAll = false
  #isAsking = false
  #askAgainAt = 0

  constructor(parts: WireClientParts) {
    this.#parts = parts
  }

  /** The partitions whose leader is known; empty: it must be asked for. */
  get leaders(): readonly { readonly partition: number; readonly leader: number; readonly leaderEpoch: number }[] {
    return this.#leaders
  }

  get topic(): string {
    return this.#parts.topic
  }

  get topicId(): string {
    return this.#topicId
  }

  get connections(): readonly WireConnection[] {
    const bootstrap = this.#bootstrap === null ? [] : [this.#bootstrap]
    return [...bootstrap, ...this.#connections.values()].filter(({ isOver }) => !isOver)
  }

  /** The connection to a broker, a new one if need be. */
  connectionTo(brokerId: number): WireConnection {
    const known = this.#connections.get(brokerId)
    if (known !== undefined && !known.isOver) return known
    const connection = this.#connect(this.#ports.get(brokerId) as number)
    this.#connections.set(brokerId, connection)
    return connection
  }

  /** A connection to any broker. */
  anyConnection(): WireConnection {
    if (this.#bootstrap === null || this.#bootstrap.isOver)
      this.#bootstrap = this.#connect(this.#parts.random.pick(this.#parts.ports))
    return this.#bootstrap
  }

  /** Forgets who leads: something was refused. */
  forget(): void {
    this.#leaders = []
    this.#knowsAll = false
  }

  /** Gives up what is not answered in time, and asks who leads unless that is known of every partition. */
  goOn(): void {
    const now = this.#parts.now()
    for (const connection of this.connections) if (now - connection.oldestAt > REQUEST_TIMEOUT_MS) connection.reset()
    if (this.#knowsAll || this.#isAsking || now < this.#askAgainAt) return
    this.#isAsking = true
    this.#askAgainAt = now + BACKOFF_MS
    const done = (): void => {
      this.#isAsking = false
    }
    this.#askWhoLeads().then(done, done)
  }

  #connect(port: number): WireConnection {
    const { network, now } = this.#parts
    return new WireConnection(network, port, now)
  }

  async #askWhoLeads(): Promise<void> {
    const { topic, random } = this.#parts
    const answer = await this.anyConnection().ask(METADATA, random.pick([9, 12, 13]), {
      topics: [{ name: topic, topicId: NO_UUID }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
    for (const { nodeId, port } of answer.brokers) this.#ports.set(nodeId, port)
    const [found] = answer.topics
    if (found === undefined || found.errorCode !== 'NONE') return
    this.#topicId = found.topicId ?? this.#topicId
    this.#leaders = found.partitions
      .filter(({ leaderId }) => this.#ports.has(leaderId))
      .map(({ partitionIndex, leaderId, leaderEpoch }) => ({
        partition: partitionIndex,
        leader: leaderId,
        leaderEpoch: leaderEpoch ?? -1,
      }))
    this.#knowsAll = this.#leaders.length === found.partitions.length
  }
}
