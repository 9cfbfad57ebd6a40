import type { Address } from '../actor/address.js'
import type { Doorbell } from '../actor/control-block.js'
import type { Simulation } from '../actor/simulation.js'
import type { Actor } from '../actor/types.js'
import { PRODUCER_MEMORIES } from '../client/batches/producer-memory.js'
import { ConsumerBack, type ConsumerData } from '../client/consumer/consumer-back.js'
import { openSender } from '../client/sender/open-sender.js'
import type { SenderObserver } from '../client/sender/sender-observer.js'
import { type ClientHost, Clients } from './clients.js'
import { loadHandlerModule } from './handler-module.js'
import { AS_A_CRASH, FOR_GOOD } from './incarnations.js'
import { ModuleProducers } from './module-producers.js'
import type { SimulatedThreads } from './simulated-threads.js'
import type { SimulationDriver } from './simulation-driver.js'

export interface SimulatedClientsParts {
  readonly simulation: Simulation
  readonly threads: SimulatedThreads
  readonly driver: SimulationDriver
  readonly brokers: readonly Address[]
  readonly exitOf: ClientHost['exitOf']
  readonly observeSender?: () => SenderObserver
  /** False: nobody reads what consumers warn of, such as a campaign of seeds, which looks at everything by itself. */
  readonly warns?: boolean
}

/** The clients of a simulated cluster: their actors take turns beside those of the brokers. */
export function simulatedClients(parts: SimulatedClientsParts): Clients {
  const { simulation, threads, driver, brokers, exitOf, observeSender } = parts
  let lastClient = 0
  const clients: Clients = new Clients({
    clock: simulation.clock,
    random: simulation.random.fork('clients'),
    brokers,
    nextClient: () => ++lastClient,
    memories: PRODUCER_MEMORIES,
    isPoisoning: true,
    ...(parts.warns === false && { warn: () => {} }),
    waitOutside: (promise) => driver.waitOutside(promise),
    seat(address) {
      const seat = threads.seat(address)
      const run = (actor: Actor): (() => void) => {
        threads.start(seat, () => actor)
        return () => threads.unseat(address)
      }
      return { bell: seat.bell, control: seat.control, run }
    },
    startSender: (address, data, application) => {
      const observer = observeSender?.()
      return threads.spawn(address, () => openSender(data, application, observer))
    },
    startConsumer: (address, data) => {
      const bell: Doorbell = threads.spawn(address, () =>
        openConsumer(data, { driver, wake: () => bell.ring(), clients: () => clients }),
      )
    },
    end: async (address, asCrash) => threads.terminate(address, asCrash ? AS_A_CRASH : FOR_GOOD),
    exitOf,
    letGo: (address) => new Promise((resolve) => threads.whenLetGo(address, resolve)),
  })
  return clients
}

interface ConsumerHost {
  readonly driver: SimulationDriver
  readonly wake: () => void
  /** The clients of the cluster, of which the producers of a handler module are some. */
  readonly clients: () => Clients
}

/** A handler's module is loaded outside of simulated time. */
function openConsumer(data: ConsumerData, { driver, wake, clients }: ConsumerHost): ConsumerBack {
  return new ConsumerBack({
    ...data,
    wake,
    loadHandler: (attached, emit, ready) => {
      const producers = new ModuleProducers(() => ({
        producer: (config = {}, extras = {}) => clients().producer(config, extras),
        close: async () => {},
      }))
      const context = { emit, producer: producers.producer, close: () => producers.close() }
      const loaded = new Promise<void>((resolve) => {
        loadHandlerModule(attached, context, (handler) => {
          ready(handler)
          resolve()
        })
      })
      driver.waitOutside(loaded)
    },
  })
}
