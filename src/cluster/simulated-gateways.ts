import { type Address, roleOf } from '../actor/address.js'
import type { Simulation } from '../actor/simulation.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { Gateway, type GatewayData } from '../gateway/gateway.js'
import { listenPlan } from '../gateway/listen-options.js'
import { Gateways } from './gateways.js'
import { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedThreads } from './simulated-threads.js'

/** The actor through which bytes travel; gateways count from 1. */
const NETWORK: Address = 'gateway-0'

export interface SimulatedGatewaysParts {
  readonly simulation: Simulation
  readonly threads: SimulatedThreads
  readonly brokers: number
  readonly options: BrokerOptions
  readonly seed: number | string
  /** How many gateways share the brokers out among them. */
  readonly count: number
}

/** The gateways of a simulated cluster, and the network before them. */
export class SimulatedGateways {
  readonly network: SimulatedNetwork
  readonly #gateways: Gateways
  readonly #data = new Map<Address, GatewayData>()
  readonly #threads: SimulatedThreads

  constructor({ simulation, threads, brokers, options, seed, count }: SimulatedGatewaysParts) {
    const { clock } = simulation
    const plan = listenPlan({ threads: count }, brokers)
    const seat = threads.seat(NETWORK)
    this.#threads = threads
    this.#gateways = new Gateways({ plan, options, seed: String(seed), clock })
    this.network = new SimulatedNetwork({
      random: simulation.random.fork('network'),
      now: () => clock.now(),
      wake: () => seat.bell.ring(),
      restart: (gateway) => this.#start(gateway),
    })
    threads.start(seat, () => this.network)
    this.#gateways.start({
      spawn: (_, address, data) => {
        this.#data.set(address, data)
        this.#start(address)
      },
    })
  }

  get addresses(): readonly Address[] {
    return [...this.#data.keys()]
  }

  /** The gateway that listens for a broker. */
  gatewayOf(brokerId: number): Address | undefined {
    return this.#gateways.gatewayOf(brokerId)
  }

  /** The ports of the brokers, broker 1 first. */
  get ports(): readonly number[] {
    return this.#gateways.bootstrapServers.split(',').map((server) => Number(server.split(':')[1]))
  }

  /** Resolves when every broker can be reached. */
  async opened(): Promise<void> {
    await this.#gateways.opened()
  }

  /** A thread has ended; gateways are started again. */
  exited(address: Address): void {
    if (roleOf(address) === 'gateway') this.network.ended(address)
  }

  #start(address: Address): void {
    const threads = this.#threads
    const data = this.#data.get(address) as GatewayData
    threads.spawn(
      address,
      () =>
        new Gateway({
          data,
          makeDoor: this.network.doorsOf(address),
          opened: (opening) => this.#gateways.doorsOpened(address, opening),
          warn: () => {},
          wake: () => threads.seats.get(address)?.bell.ring(),
        }),
    )
  }
}
