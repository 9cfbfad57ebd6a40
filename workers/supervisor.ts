/** The controller, on an event loop that also serves the application's control surface. */

import { type SupervisorData, serveSupervisor } from '../src/cluster/supervisor-surface.js'
import { workerHost } from '../src/cluster/worker-host.js'
import { Controller } from '../src/controller/controller.js'

const host = workerHost<SupervisorData>()
const controller = new Controller(host.data.brokerOptions, () => {})
serveSupervisor(controller, host.data.port)
host.runEventLoop(controller)
