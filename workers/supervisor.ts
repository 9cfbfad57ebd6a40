/** The controller, on an event loop that also serves the application's control surface. */
import type { MessagePort } from 'node:worker_threads'
import { brokerAddress } from '../src/actor/address.js'
import { ControlBlock } from '../src/actor/control-block.js'
import { heartbeatIn } from '../src/cluster/heartbeat.js'
import { type SupervisorData, serveSupervisor, supervisorSurface } from '../src/cluster/supervisor-surface.js'
import { workerHost } from '../src/cluster/worker-host.js'
import { Controller } from '../src/controller/controller.js'

const host = workerHost<SupervisorData>()
const { brokerOptions, brokerControls } = host.data
const controls = new Map([...brokerControls].map(([brokerId, shared]) => [brokerId, new ControlBlock(shared)]))
const controller = new Controller(brokerOptions, {
  point: () => {},
  segments: host.segments,
  heartbeatOf: (brokerId) => heartbeatIn(controls.get(brokerId)),
  restart: (brokerId) => host.ask({ type: 'restart', address: brokerAddress(brokerId) }),
  gaveUp: (brokerId, says) => host.ask({ type: 'gaveUp', address: brokerAddress(brokerId), says }),
})
serveSupervisor(supervisorSurface(controller, host.wake), host.surface as MessagePort)
host.runEventLoop(controller)
