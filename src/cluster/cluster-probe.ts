import type { Actor } from '../actor/types.js'
import { assert } from '../base/assert.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import type { Timestamp } from '../base/ids.js'
import { Broker } from '../broker/broker.js'
import type { HostedStates } from '../broker/replicated-states.js'
import type { Controller } from '../controller/controller.js'
import type { SimulatedGateways } from './simulated-gateways.js'
import type { SimulatedHost } from './simulated-threads.js'

/** Looks at the actors themselves, and not only at what they say; it may give brokers states to host. */
export interface ClusterProbe {
  /** Returns the states that the next incarnation of a broker hosts. Absent: none. */
  statesOf?(brokerId: number): readonly HostedStates[]
  /** How many gateways let clients of Kafka's protocol in. Absent or 0: nobody listens. */
  readonly gateways?: number
  /** The gateways were started: `network` is where clients connect. */
  gatewaysStarted?(gateways: SimulatedGateways): void
  /** A new incarnation was started. */
  brokerStarted(brokerId: number, broker: Broker): void
  controllerStarted(controller: Controller): void
  /** The broker has taken a turn. What this throws ends the run. */
  brokerTurned(brokerId: number, now: Timestamp): void
  controllerTurned(): void
}

/** A broker that is looked at after each of its turns. */
export function brokerOn(host: SimulatedHost, brokerId: number, options: BrokerOptions, probe?: ClusterProbe): Actor {
  const broker = new Broker(brokerId, options, host, probe?.statesOf?.(brokerId))
  probe?.brokerStarted(brokerId, broker)
  return checked(broker, {
    checkInvariants(now) {
      broker.checkInvariants()
      probe?.brokerTurned(brokerId, now)
    },
  })
}

/** The actor, with invariants that are checked after each turn. */
export function checked(actor: Actor, state: { checkInvariants(now: Timestamp): void }): Actor {
  return {
    ...(actor.serves && { serves: actor.serves }),
    receive: (message, context) => actor.receive(message, context),
    tick(context) {
      const due = actor.tick(context)
      assert(due > context.now, 'Nothing waits beyond its deadline')
      state.checkInvariants(context.now)
      return due
    },
  }
}
