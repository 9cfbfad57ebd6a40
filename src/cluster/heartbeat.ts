import type { ControlBlock } from '../actor/control-block.js'
import type { BrokerOptions } from '../base/config/broker-options.js'
import { LOOKS_PER_SESSION } from '../controller/broker-sessions.js'

/** How long a broker may sleep: it is to be seen alive whenever the controller looks. */
export function brokerParkMs(options: BrokerOptions): number {
  return Math.min(options['broker.heartbeat.interval.ms'], options['broker.session.timeout.ms'] / LOOKS_PER_SESSION)
}

/** See `ControllerHost.heartbeatOf`. */
export function heartbeatIn(control: ControlBlock | undefined): number | null {
  return control === undefined || control.hasEnded ? null : control.heartbeat
}
