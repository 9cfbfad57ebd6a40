/** One broker, on a duty cycle. */
import type { BrokerOptions } from '../src/base/config/broker-options.js'
import { Broker } from '../src/broker/broker.js'
import { brokerParkMs } from '../src/cluster/heartbeat.js'
import { workerHost } from '../src/cluster/worker-host.js'

const host = workerHost<{ readonly brokerId: number; readonly options: BrokerOptions }>()
const { brokerId, options } = host.data
const { segments, notes } = host
host.runDutyCycle(new Broker(brokerId, options, { point: () => {}, segments, notes }), {
  parkMsMax: brokerParkMs(options),
})
