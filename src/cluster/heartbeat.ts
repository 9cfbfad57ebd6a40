import type { ControlBlock } from '../actor/control-block.js'
import type { BrokerOptions } from '../base/config/broker-options.js'

/** How long a broker may sleep: it is to be seen alive a few times before the controller would fence it. */
export function brokerParkMs(options: BrokerOptions): number {
  return Math.min(1000, options['broker.session.timeout.ms'] / 4)
}

/** See `ControllerHost.heartbeatOf`. */
export function heartbeatIn(control: ControlBlock | undefined): number | null {
  return control === undefined || control.hasEnded ? null : control.heartbeat
}
