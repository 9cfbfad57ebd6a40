/** One broker, on a duty cycle. */
import type { BrokerOptions } from '../src/base/config/broker-options.js'
import { Broker } from '../src/broker/broker.js'
import { workerHost } from '../src/cluster/worker-host.js'

const host = workerHost<{ readonly brokerId: number; readonly options: BrokerOptions }>()
host.runDutyCycle(new Broker(host.data.brokerId, host.data.options, () => {}))
