/**
 * Where clients reach each broker. The ports stand in shared memory, a word for each broker: the gateway that listens
 * for a broker writes its word once it does, and all gateways and the application read it. 0: nobody listens yet.
 */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface EndpointsParts {
  readonly ports: SharedArrayBuffer
  /** The host that clients are told. */
  readonly host: string
  /** The ports that clients are told, broker 1 first; null: those at which the gateways listen. */
  readonly advertisedPorts: readonly number[] | null
}

export class BrokerEndpoints {
  readonly #ports: Int32Array
  readonly #parts: EndpointsParts

  constructor(parts: EndpointsParts) {
    this.#parts = parts
    this.#ports = new Int32Array(parts.ports)
  }

  static memoryFor(brokers: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * brokers)
  }

  /** The endpoint of a broker; null: there is no such broker, or nobody listens for it yet. */
  of(brokerId: number): Endpoint | null {
    const { host, advertisedPorts } = this.#parts
    if (brokerId < 1 || brokerId > this.#ports.length) return null
    const port = advertisedPorts?.[brokerId - 1] ?? Atomics.load(this.#ports, brokerId - 1)
    return port === 0 ? null : { host, port }
  }

  /** The port at which a gateway listens, or has listened, for a broker; 0: none has. */
  portOf(brokerId: number): number {
    return Atomics.load(this.#ports, brokerId - 1)
  }

  /** A gateway listens for a broker from now on. */
  listens(brokerId: number, port: number): void {
    Atomics.store(this.#ports, brokerId - 1, port)
  }

  /** All of them, as clients are given them to begin with. */
  get bootstrapServers(): string {
    return Array.from(this.#ports, (_, index) => this.of(index + 1))
      .flatMap((endpoint) => (endpoint === null ? [] : `${bracketed(endpoint.host)}:${endpoint.port}`))
      .join(',')
  }
}

/** An address of IPv6 stands in brackets, since it has colons of its own. */
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)
