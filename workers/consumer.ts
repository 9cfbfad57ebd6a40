/** The fetching half of one consumer, on an event loop: the user's handler module may run here too. */
import { loadNativeCrc32c } from '../src/base/crc32c.js'
import { ConsumerBack, type ConsumerData } from '../src/client/consumer/consumer-back.js'
import { loadHandlerModule } from '../src/cluster/handler-module.js'
import { ModuleProducers } from '../src/cluster/module-producers.js'
import { workerFunction } from '../src/cluster/worker-files.js'
import { workerHost } from '../src/cluster/worker-host.js'
import type { attachedProducers } from './attached-producers.js'

const host = workerHost<ConsumerData>()
loadNativeCrc32c()
host.runEventLoop(
  new ConsumerBack({
    ...host.data,
    loadHandler(attached, emit, ready) {
      workerFunction<typeof attachedProducers>('attached-producers', 'attachedProducers').then((load) => {
        const producers = new ModuleProducers(() => load()(host.newHandle(host.data.bootstrap)))
        loadHandlerModule(attached, { emit, producer: producers.producer, close: () => producers.close() }, ready)
      })
    },
    wake: host.wake,
  }),
)
