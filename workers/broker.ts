/** One broker, on a duty cycle. */
import type { Point } from '../src/actor/points.js'
import { Broker } from '../src/broker/broker.js'
import { brokerParkMs } from '../src/cluster/heartbeat.js'
import { PointTrap } from '../src/cluster/point-trap.js'
import { type BrokerData, workerHost } from '../src/cluster/worker-host.js'

const host = workerHost<BrokerData>()
const { brokerId, options, pointTrap } = host.data
const { segments, notes } = host
const trap = pointTrap === undefined ? null : new PointTrap(pointTrap)
const point = trap === null ? () => {} : (name: Point): void => trap.comeTo(name)
host.runDutyCycle(new Broker(brokerId, options, { point, segments, notes }), {
  parkMsMax: brokerParkMs(options),
  point,
})
