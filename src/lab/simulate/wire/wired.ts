import type { Address } from '../../../actor/address.js'
import type { Random } from '../../../base/random.js'
import type { SimulatedCluster } from '../../../cluster/simulated.js'
import type { SimulatedGateways } from '../../../cluster/simulated-gateways.js'
import { checkHistory } from '../../history/check-history.js'
import { HistoryRecorder } from '../../history/history-recorder.js'
import type { BrokenInvariant } from '../broken-invariant.js'
import { type FaultKind, type Swarm, withoutRest } from '../swarm.js'
import type { WhiteBox } from '../white-box.js'
import { WireClient } from './wire-client.js'
import { WireConnection } from './wire-connection.js'
import { type BatchShape, WireProducer } from './wire-producer.js'
import { WireReader } from './wire-reader.js'
import type { WireFaultKind, WireSwarm } from './wire-swarm.js'

const TOPIC = 'wired'
const SEGMENT_BYTES = 8_192
const SHORT: BatchShape = { recordsMin: 1, recordsMax: 3, valueBytesMin: 0, valueBytesMax: 60 }
/** Batches so long that they are written from where the log has them, and two to a segment. */
const LONG: BatchShape = { recordsMin: 2, recordsMax: 2, valueBytesMin: 2_100, valueBytesMax: 2_600 }
const READER = 0
/** Milliseconds that a client takes nothing, at most. */
const HOLD_MS_MAX = 1_000

/** Faults after which a broker has not taken a connection's requests in their order. */
const REORDERING: ReadonlySet<FaultKind> = new Set(['delay', 'drop'])

/** What is found of records that were gone before anybody has read them. */
const NOT_READ: ReadonlySet<string> = new Set(['A1', 'A2'])

/** What starts as a request, and is none. */
const NONSENSE: readonly Buffer[] = [
  Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 0]),
  Buffer.from([0xff, 0xff, 0xff, 0xff]),
  Buffer.from([0, 0, 0, 2, 0, 1]),
  Buffer.from([0, 0, 0, 10, 0, 1, 0, 12, 0, 0, 0, 1, 0, 1]),
]

export interface WiredParts {
  readonly swarm: Swarm
  readonly wire: WireSwarm
  readonly gateways: SimulatedGateways
  readonly random: Random
}

/**
 * Producers and a consumer that come through the gateways and speak Kafka's protocol, while gateways crash and
 * connections are torn, held and reset. What is acknowledged to them is read by them once, and in order.
 */
export class Wired {
  readonly counts: Partial<Record<WireFaultKind, number>> = {}
  readonly #cluster: SimulatedCluster
  readonly #parts: WiredParts
  readonly #recorder: HistoryRecorder
  readonly #producers: readonly { readonly client: WireClient; readonly producer: WireProducer }[]
  readonly #reading: { readonly client: WireClient; readonly reader: WireReader }
  #lastProducer = 0
  #nextAt: number
  #nextFaultAt: number
  /** What lasts for a while. */
  #lasting: { readonly until: number; readonly end: () => void }[] = []
  readonly #stalled = new Set<WireConnection>()
  #violation: BrokenInvariant | null = null
  #isSending = true

  readonly #broken = (error: BrokenInvariant): void => {
    this.#violation ??= error
  }

  constructor(cluster: SimulatedCluster, parts: WiredParts) {
    const { swarm, wire, random } = parts
    this.#cluster = cluster
    this.#parts = parts
    this.#recorder = new HistoryRecorder(() => cluster.now)
    this.#nextAt = cluster.now
    this.#nextFaultAt = cluster.now
    this.#producers = Array.from({ length: wire.producers }, (_, index) => {
      const client = this.#client(`producer ${index}`)
      const producer = new WireProducer({
        client,
        recorder: this.#recorder,
        random: random.fork(`batches ${index}`),
        nextProducer: () => ++this.#lastProducer,
        now: () => cluster.now,
        batches: wire.isOverwritten ? LONG : SHORT,
        isInOrder: !swarm.kinds.some((kind) => REORDERING.has(kind)),
        broken: this.#broken,
      })
      return { client, producer }
    })
    const client = this.#client('reader')
    const reader = new WireReader({
      client,
      random: random.fork('fetches'),
      mayBeLate: wire.isOverwritten,
      broken: this.#broken,
      take: (batch) => this.#recorder.take(READER, batch, () => {}),
    })
    this.#reading = { client, reader }
  }

  async start(): Promise<void> {
    const { swarm, wire } = this.#parts
    const { replicationFactor, minIsr } = swarm
    const retention = wire.isOverwritten ? { 'segment.bytes': SEGMENT_BYTES, 'retention.bytes': SEGMENT_BYTES } : {}
    const configs = { 'min.insync.replicas': minIsr, ...retention }
    const topics = [{ topic: TOPIC, numPartitions: wire.partitions, replicationFactor, configs }]
    await this.#cluster.admin().createTopics({ topics })
  }

  get acknowledged(): number {
    return this.#producers.reduce((sum, { producer }) => sum + producer.acknowledged, 0)
  }

  /** Sends and asks what is due, and makes go wrong what is due to. Throws a BrokenInvariant. */
  goOn(): void {
    if (this.#violation !== null) throw this.#violation
    const { now } = this.#cluster
    const { random, wire } = this.#parts
    for (const { client } of this.#clients) client.goOn()
    this.#endLasting(now)
    this.#reading.reader.goOn()
    if (!this.#isSending) return
    this.#nextAt = withoutRest(this.#nextAt, now)
    for (; this.#nextAt <= now; this.#nextAt += 2 * wire.batchEveryMs * random.next())
      random.pick(this.#producers).producer.send()
    if (now < this.#nextFaultAt) return
    this.#nextFaultAt = now + 2 * wire.faultEveryMs * random.next()
    this.#strike(random.pick(wire.kinds))
  }

  /** Nothing is sent any more, and nothing goes wrong any more. */
  heal(): void {
    this.#isSending = false
    this.#endLasting(Number.POSITIVE_INFINITY)
  }

  /** Whether every record is acknowledged or given up. */
  get isSettled(): boolean {
    return this.#producers.every(({ producer }) => producer.isSettled)
  }

  /** Whether all that is committed was read. */
  isReadAlong(whiteBox: WhiteBox): boolean {
    const topicId = whiteBox.topicIdOf(TOPIC)
    const { reader } = this.#reading
    return Array.from({ length: this.#parts.wire.partitions }, (_, partition) => partition).every(
      (partition) => reader.position(partition) >= whiteBox.invariants.committedOf(topicId, partition),
    )
  }

  /** Returns what clients should not have seen; null when they saw nothing of the kind. */
  anomaly(): { readonly id: string; readonly says: string } | null {
    if (this.#violation !== null) return { id: this.#violation.invariant, says: this.#violation.message }
    const { isOverwritten } = this.#parts.wire
    const { anomalies } = checkHistory(this.#recorder.history(isOverwritten ? [] : [READER]))
    const found = anomalies.find(({ id, isPromised }) => isPromised && !(isOverwritten && NOT_READ.has(id)))
    return found === undefined
      ? null
      : { id: found.id, says: `partition ${found.partition} of ${TOPIC}: ${found.says}` }
  }

  get #clients(): readonly { readonly client: WireClient }[] {
    return [...this.#producers, this.#reading]
  }

  #client(name: string): WireClient {
    const { gateways, random } = this.#parts
    return new WireClient({
      network: gateways.network,
      ports: gateways.ports,
      topic: TOPIC,
      random: random.fork(name),
      now: () => this.#cluster.now,
    })
  }

  #endLasting(now: number): void {
    const over = this.#lasting.filter(({ until }) => until <= now)
    this.#lasting = this.#lasting.filter(({ until }) => until > now)
    for (const { end } of over) end()
  }

  #strike(kind: WireFaultKind): void {
    const { random } = this.#parts
    const connections = this.#clients.flatMap(({ client }) => client.connections)
    const one = connections.length === 0 ? null : random.pick(connections)
    if (this.#inflict(kind, one)) this.counts[kind] = (this.counts[kind] ?? 0) + 1
  }

  #inflict(kind: WireFaultKind, any: WireConnection | null): boolean {
    const { random, gateways } = this.#parts
    switch (kind) {
      case 'gateway-crash': {
        const there = gateways.addresses.filter((address: Address) => this.#cluster.seats.includes(address))
        if (there.length === 0) return false
        this.#cluster.kill(random.pick(there)).catch(() => {})
        return true
      }
      case 'client-reset':
        any?.reset()
        return any !== null
      case 'client-closes':
        any?.close()
        return any !== null
      case 'client-stalls': {
        const connection = any === null ? null : random.pick([...this.#reading.client.connections, any])
        if (connection === null || this.#stalled.has(connection)) return false
        connection.hold(true)
        this.#stalled.add(connection)
        const end = (): void => {
          connection.hold(false)
          this.#stalled.delete(connection)
        }
        this.#lasting.push({ until: this.#cluster.now + HOLD_MS_MAX * random.next(), end })
        return true
      }
      case 'nonsense': {
        const stranger = new WireConnection(gateways.network, random.pick(gateways.ports), () => this.#cluster.now)
        stranger.write(random.pick(NONSENSE))
        this.#lasting.push({ until: this.#cluster.now + HOLD_MS_MAX, end: () => stranger.reset() })
        return true
      }
    }
  }
}
