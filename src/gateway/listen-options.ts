import type { Shape } from '../base/arguments/shape.js'
import { either, exactly, listOf, objectWith, optional, wholeNumber } from '../base/arguments/shapes.js'
import { BROKERS_MAX } from '../base/config/internal-limits.js'
import { ConfigError } from '../base/errors.js'
import { counted } from '../base/words.js'
import { type SaslOptions, saslOptions } from './sasl/sasl-options.js'
import { checkedTls, type ReadTlsOptions, type TlsData, type TlsOptions, tlsOptions } from './tls/tls-options.js'

/** Where a cluster listens for Kafka's clients. */
export interface ListenOptions {
  /** An address or a name of this machine. Default `127.0.0.1`, so that nobody else gets in. */
  readonly host?: string
  /**
   * The port of broker 1; the others follow, one port each. 0: any ports that are free. Or a port for each broker.
   * Default 0.
   */
  readonly port?: number | readonly number[]
  /** The host that clients are told, where it is another one for them, as in a container. Default: `host`. */
  readonly advertisedHost?: string
  /** The ports that clients are told, like `port`. Default: those at which the brokers listen. */
  readonly advertisedPort?: number | readonly number[]
  /** How many threads share the brokers' ports out among them. Default 1; there are no more of them than brokers. */
  readonly threads?: number
  /**
   * Clients must speak TLS: with this certificate, or, if it is true, with one that is made at the start and that
   * `cluster.certificate` lets them trust. Default: they speak plaintext.
   */
  readonly tls?: boolean | TlsOptions
  /** Clients must authenticate, with SASL's mechanism PLAIN. Default: everybody gets in. */
  readonly sasl?: SaslOptions
}

const PORT_MAX = 65_535
const LOOPBACK = '127.0.0.1'
/** Every address of this machine, which nobody can connect to. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::', '']

const hostName = exactly(
  'the name or the address of a host',
  (given): given is string => typeof given === 'string' && given.length <= 255 && /^[\w.:%-]+$/.test(given),
)
const ports = (min: number): Shape<number | readonly number[]> =>
  either(wholeNumber(min, PORT_MAX), listOf('ports', wholeNumber(min, PORT_MAX), BROKERS_MAX))

const LISTENERS = 'listen.tls is for TLS (SSL), listen.sasl for SASL, and both together for SASL_SSL'
/** What clients and Kafka's brokers call the same. */
const foreign = {
  ssl: 'listen.tls has the key and the certificate, or is true',
  listeners: LISTENERS,
  'security.protocol': LISTENERS,
  securityProtocol: LISTENERS,
}

const fields = objectWith(
  {
    host: optional(hostName),
    port: optional(ports(0)),
    advertisedHost: optional(hostName),
    advertisedPort: optional(ports(1)),
    threads: optional(wholeNumber(1, BROKERS_MAX)),
    tls: optional(tlsOptions),
    sasl: optional(saslOptions),
  },
  foreign,
)

type ReadListenOptions = ListenOptions & { readonly tls?: boolean | ReadTlsOptions }

/** The argument `listen` of `Cluster.start`. */
export const listenOptions: Shape<ReadListenOptions> = fields

/** What was asked for, for so many brokers. */
export interface ListenPlan {
  readonly host: string
  readonly advertisedHost: string
  /** The port wanted for each broker, broker 1 first; 0: any. */
  readonly ports: readonly number[]
  readonly advertisedPorts: readonly number[] | null
  /** The brokers of each thread. */
  readonly shares: readonly (readonly number[])[]
  /** `made`: with a certificate that is made at the start; null: in plaintext. */
  readonly tls: TlsData | 'made' | null
  /** The users with their passwords; null: everybody gets in. */
  readonly sasl: SaslOptions | null
}

export function listenPlan(options: ReadListenOptions, brokers: number): ListenPlan {
  const { host = LOOPBACK, port = 0, advertisedHost, advertisedPort, threads = 1, tls = false, sasl = null } = options
  const wanted = portsFor('port', port, brokers)
  const shares = Math.min(threads, brokers)
  return {
    host,
    advertisedHost: advertisedHost ?? (WILDCARDS.includes(host) ? LOOPBACK : host),
    ports: wanted,
    advertisedPorts: advertisedPort === undefined ? null : portsFor('advertisedPort', advertisedPort, brokers),
    shares: Array.from({ length: shares }, (_, share) =>
      Array.from({ length: brokers }, (__, index) => index + 1).filter((brokerId) => brokerId % shares === share),
    ),
    tls: typeof tls === 'object' ? checkedTls(tls) : tls ? 'made' : null,
    sasl,
  }
}

function portsFor(
  name: 'port' | 'advertisedPort',
  given: number | readonly number[],
  brokers: number,
): readonly number[] {
  const refused = (says: string): ConfigError => new ConfigError(`listen.${name}`, `Cannot listen for clients: ${says}`)
  if (typeof given !== 'number') {
    if (given.length !== brokers)
      throw refused(`listen.${name} names ${counted(given.length, 'port')} for ${counted(brokers, 'broker')}`)
    const fixed = given.filter((port) => port !== 0)
    if (name === 'port' && new Set(fixed).size < fixed.length) throw refused('listen.port names a port twice')
    return given
  }
  if (given === 0) return Array.from({ length: brokers }, () => 0)
  const last = given + brokers - 1
  if (last > PORT_MAX) throw refused(`broker ${brokers} would be at port ${last}, and ${PORT_MAX} is the last one`)
  return Array.from({ length: brokers }, (_, index) => given + index)
}
