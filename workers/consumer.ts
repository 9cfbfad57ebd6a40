/** The half of one consumer that fetches, on an event loop: the user's handler module may run here too. */
import { loadNativeCrc32c } from '../src/base/crc32c.js'
import { ConsumerBack } from '../src/client/consumer/consumer-back.js'
import { type ConsumerData, consumerBackOptions } from '../src/cluster/consumer-data.js'
import { loadHandlerModule } from '../src/cluster/handler-module.js'
import { workerHost } from '../src/cluster/worker-host.js'

const host = workerHost<ConsumerData>()
loadNativeCrc32c()
host.runEventLoop(
  new ConsumerBack({
    options: consumerBackOptions(host.data.options),
    bootstrap: host.data.bootstrap,
    loadHandler: loadHandlerModule,
    wake: () => host.control.ring(),
  }),
)
