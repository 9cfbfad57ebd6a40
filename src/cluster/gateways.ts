import { randomBytes } from 'node:crypto'
import type { Address } from '../actor/address.js'
import type { Doorbell } from '../actor/control-block.js'
import type { Clock } from '../base/clock.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { type Deferred, deferred } from '../base/deferred.js'
import { ConfigError, KafkaError } from '../base/errors.js'
import { seededRandom } from '../base/random.js'
import { counted } from '../base/words.js'
import { RestartPolicy } from '../controller/restart-policy.js'
import type { Opening } from '../gateway/broker-doors.js'
import { BrokerEndpoints, type EndpointsParts } from '../gateway/broker-endpoints.js'
import { ClientCuts, type ClientLinks } from '../gateway/client-cuts.js'
import type { GatewayData, SaslData } from '../gateway/gateway.js'
import type { ListenPlan } from '../gateway/listen-options.js'
import { credentialsData } from '../gateway/sasl/credentials.js'
import { CertificateAuthority } from '../gateway/tls/certificate-authority.js'
import type { TlsData } from '../gateway/tls/tls-options.js'
import { systemMs } from './real-time.js'
import { restartLimitsOf } from './supervisor-restarts.js'

/** The name of a cluster: 16 bytes as Kafka prints them. It is the same for the same seed. */
function clusterIdFor(seed: string): string {
  const random = seededRandom(seed).fork('cluster-id')
  return Buffer.from(Array.from({ length: 16 }, () => random.below(256))).toString('base64url')
}

export interface GatewaysParts {
  readonly plan: ListenPlan
  readonly options: BrokerOptions
  readonly seed: string
  readonly clock: Clock
}

/** What starts the threads. */
interface GatewayThreads {
  spawn(kind: 'gateway', address: Address, data: GatewayData): unknown
}

/**
 * The gateways of a cluster, as the application knows them: starts their threads, waits until they listen, and starts
 * one again that has crashed, at the same ports.
 */
export class Gateways {
  readonly #endpoints: BrokerEndpoints
  readonly #data = new Map<Address, GatewayData>()
  readonly #opening = new Map<Address, Deferred<void>>()
  readonly #restarts: RestartPolicy
  readonly #limits: ReturnType<typeof restartLimitsOf>
  readonly #clock: Clock
  readonly #cuts: ClientCuts
  /** What clients are to trust, as PEM; null: they speak plaintext. */
  readonly #certificate: string | null

  constructor({ plan, options, seed, clock }: GatewaysParts) {
    const { ports, advertisedHost, advertisedPorts, host, shares } = plan
    const endpoints: EndpointsParts = {
      ports: BrokerEndpoints.memoryFor(ports.length),
      host: advertisedHost,
      advertisedPorts,
    }
    const limits = {
      frameBytesMax: options['socket.request.max.bytes'],
      strangerBytesMax: options['sasl.server.max.receive.size'],
      idleMs: options['connections.max.idle.ms'],
    }
    const { tls, trusted } = security(plan)
    this.#certificate = trusted
    const fetchSessions = options['max.incremental.fetch.session.cache.slots']
    const cuts = ClientCuts.memory()
    this.#cuts = new ClientCuts(cuts)
    const sasl = saslData(plan, options)
    const common = { clusterId: clusterIdFor(seed), endpoints, cuts, host, limits, fetchSessions, tls, sasl }
    this.#endpoints = new BrokerEndpoints(endpoints)
    this.#limits = restartLimitsOf(options)
    this.#restarts = new RestartPolicy(this.#limits)
    this.#clock = clock
    for (const [index, share] of shares.entries()) {
      const address: Address = `gateway-${index + 1}`
      const brokers = share.map((brokerId) => ({ brokerId, port: ports[brokerId - 1] ?? 0 }))
      this.#data.set(address, { ...common, brokers })
      this.#opening.set(address, deferred<void>())
    }
  }

  get bootstrapServers(): string {
    return this.#endpoints.bootstrapServers
  }

  get certificate(): string {
    if (this.#certificate === null) throw new KafkaError('INVALID_REQUEST', WITHOUT_TLS)
    return this.#certificate
  }

  start(threads: GatewayThreads): void {
    for (const [address, data] of this.#data) threads.spawn('gateway', address, data)
  }

  get addresses(): readonly Address[] {
    return [...this.#data.keys()]
  }

  /** The gateway that listens for a broker. */
  gatewayOf(brokerId: number): Address | undefined {
    const listensFor = ({ brokers }: GatewayData): boolean => brokers.some((broker) => broker.brokerId === brokerId)
    return [...this.#data].find(([, data]) => listensFor(data))?.[0]
  }

  /** Cuts clients off from brokers, and heals that. */
  linksOf(threads: { readonly controls: ReadonlyMap<Address, Doorbell> }): ClientLinks {
    const changed = (): void => {
      for (const address of this.addresses) threads.controls.get(address)?.ring()
    }
    return {
      cut: (label, brokerId, way) => this.#cuts.cut(label, brokerId, way),
      heal: (label, brokerId, way) => {
        this.#cuts.heal(label, brokerId, way)
        changed()
      },
      healAll: () => {
        this.#cuts.healAll()
        changed()
      },
    }
  }

  /** Starts those that are down. No gateway has crashed then. */
  restart(threads: GatewayThreads & { readonly controls: ReadonlyMap<Address, unknown> }): void {
    this.#restarts.forgetAll()
    for (const [address, data] of this.#data) {
      if (!threads.controls.has(address)) threads.spawn('gateway', address, data)
    }
  }

  /** Resolves when every broker can be reached, and rejects with a ConfigError if one cannot. */
  async opened(): Promise<void> {
    await Promise.all([...this.#opening.values()].map(({ promise }) => promise))
  }

  doorsOpened(address: Address, opening: Opening): void {
    const waiting = this.#opening.get(address)
    if (opening === null) waiting?.resolve()
    else waiting?.reject(new ConfigError(`listen.${opening.option}`, opening.says))
  }

  /** A gateway has ended though nobody has asked for it. Returns what is to be said if it stays down. */
  crashed(address: Address, threads: GatewayThreads): string | null {
    const data = this.#data.get(address)
    if (data === undefined) return null
    const number = [...this.#data.keys()].indexOf(address)
    if (this.#restarts.crashed(number, this.#clock.now()) === 'restart') {
      threads.spawn('gateway', address, data)
      return null
    }
    const { intensity, periodMs } = this.#limits
    return `${address} has crashed more than ${counted(intensity, 'time')} in ${periodMs} ms: it stays down`
  }
}

const WITHOUT_TLS =
  'The cluster speaks plaintext: start it with listen.tls, as in Cluster.start({ listen: { tls: true } })'

/** How the gateways speak TLS, and what clients are to trust; null: they speak plaintext. */
function security({ tls, host, advertisedHost }: ListenPlan): {
  readonly tls: TlsData | null
  readonly trusted: string | null
} {
  if (tls !== 'made') return { tls, trusted: tls?.cert ?? null }
  const authority = new CertificateAuthority(systemMs())
  const made = authority.forServer([...new Set([advertisedHost, host, ...LOOPBACKS])])
  return { tls: { ...made, clientAuth: 'none' }, trusted: authority.certificate }
}

/** By these names a client of this machine may reach it, too. */
const LOOPBACKS: readonly string[] = ['localhost', '127.0.0.1', '::1']

function saslData({ sasl }: ListenPlan, options: BrokerOptions): SaslData | null {
  if (sasl === null) return null
  return {
    credentials: credentialsData(randomBytes(32), new Map(Object.entries(sasl.users))),
    sessionMs: options['connections.max.reauth.ms'],
    failureDelayMs: options['connection.failed.authentication.delay.ms'],
  }
}
