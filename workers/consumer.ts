/** The fetching half of one consumer, on an event loop: the user's handler module may run here too. */
import { loadNativeCrc32c } from '../src/base/crc32c.js'
import { ConsumerBack, type ConsumerData } from '../src/client/consumer/consumer-back.js'
import { loadHandlerModule } from '../src/cluster/handler-module.js'
import { workerHost } from '../src/cluster/worker-host.js'

const host = workerHost<ConsumerData>()
loadNativeCrc32c()
host.runEventLoop(
  new ConsumerBack({
    ...host.data,
    loadHandler: loadHandlerModule,
    wake: () => host.control.ring(),
  }),
)
