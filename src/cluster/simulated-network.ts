import type { Address } from '../actor/address.js'
import type { Actor, Context } from '../actor/types.js'
import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { DoorListener, DoorMaker } from '../gateway/broker-doors.js'
import type { ApiName } from '../protocol/api.js'
import { type ClientEnd, type ClientListener, SimulatedConnection } from './simulated-connection.js'

export interface SimulatedNetworkParts {
  readonly random: Random
  readonly now: () => Timestamp
  /** Asks for a turn. */
  readonly wake: () => void
  /** Starts the next incarnation of a gateway. */
  readonly restart: (gateway: Address) => void
}

/** One incarnation of a gateway, as the system sees it. */
interface Listening {
  readonly gateway: Address
  readonly connections: Set<SimulatedConnection>
  isOver: boolean
}

/** The first port that is given to whoever asks for any. */
const FIRST_PORT = 40_000
const DELAY_MS = 2
/** How long a gateway is away that has crashed. */
const AWAY_MS = 100

/**
 * The system's half of the sockets of a simulation: ports, connections, and the bytes under way. An actor like the
 * others, so that what it does has its place in the order of things.
 */
export class SimulatedNetwork implements Actor {
  readonly serves: ReadonlySet<ApiName> = new Set()
  readonly #parts: SimulatedNetworkParts
  readonly #ports = new Map<number, { readonly listening: Listening; readonly listener: DoorListener }>()
  readonly #gateways = new Map<Address, Listening>()
  readonly #connections = new Set<SimulatedConnection>()
  /** What happens later, in the order in which it was asked for. */
  #events: { readonly at: Timestamp; readonly happen: () => void }[] = []
  #lastPort = FIRST_PORT - 1
  #lastClient = 0

  constructor(parts: SimulatedNetworkParts) {
    this.#parts = parts
  }

  /** What makes the doors of the next incarnation of a gateway. */
  doorsOf(gateway: Address): DoorMaker {
    const listening: Listening = { gateway, connections: new Set(), isOver: false }
    this.#gateways.set(gateway, listening)
    return (listener) => {
      let own = 0
      return {
        open: (port) =>
          this.#later(DELAY_MS, () => {
            if (listening.isOver) return
            own = port === 0 ? ++this.#lastPort : port
            if (this.#ports.has(own)) return listener.failed({ option: 'port', says: `port ${own} is taken` })
            this.#ports.set(own, { listening, listener })
            listener.opened(own)
          }),
        close: () => void this.#ports.delete(own),
      }
    }
  }

  /** A gateway's thread has ended: its ports refuse, its connections are reset, and it is started again. */
  ended(gateway: Address): void {
    this.#later(AWAY_MS, () => this.#parts.restart(gateway))
    const listening = this.#gateways.get(gateway)
    // It may have ended before it has asked for a door: what is known is the incarnation before then.
    if (listening === undefined || listening.isOver) return
    listening.isOver = true
    for (const [port, { listening: of }] of this.#ports) if (of === listening) this.#ports.delete(port)
    for (const connection of listening.connections) connection.lose()
  }

  /** A client connects to a port; its listener is told whether somebody was there. */
  connect(port: number, client: ClientListener): ClientEnd {
    const { random, now, wake } = this.#parts
    const peer = `127.0.0.1:${50_000 + ++this.#lastClient}`
    const connection = new SimulatedConnection({ peer, random: random.fork(peer), now, client, wake })
    this.#later(DELAY_MS, () => {
      const door = this.#ports.get(port)
      if (door === undefined) return client.closed('refused')
      this.#connections.add(connection)
      door.listening.connections.add(connection)
      connection.accept(door.listener.accepted(connection))
    })
    return connection.client
  }

  receive(): void {}

  tick({ now }: Context): Timestamp {
    const due = this.#events.filter(({ at }) => at <= now)
    this.#events = this.#events.filter(({ at }) => at > now)
    for (const { happen } of due) happen()
    for (const connection of [...this.#connections]) {
      if (connection.due <= now) connection.tick(now)
      if (connection.isOver) this.#forget(connection)
    }
    return this.#nextDue
  }

  get #nextDue(): Timestamp {
    let next = NEVER
    for (const { at } of this.#events) next = earliest(next, at)
    for (const { due } of this.#connections) next = earliest(next, due)
    return next
  }

  #forget(connection: SimulatedConnection): void {
    this.#connections.delete(connection)
    for (const { connections } of this.#gateways.values()) connections.delete(connection)
  }

  #later(msMax: number, happen: () => void): void {
    const { now, random, wake } = this.#parts
    this.#events.push({ at: timestamp(now() + msMax * random.next()), happen })
    wake()
  }
}
