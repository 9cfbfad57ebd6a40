import { MessageChannel } from 'node:worker_threads'
import { templateValue, writeNumber } from './numbered-values.js'
import { END } from './receiver.js'
import { threadPeer } from './thread-peer.js'

/** What most people write first: `port.postMessage(bytes)` for each record. */
export const messageChannel = threadPeer({
  name: 'message-channel',
  says: 'MessagePort, one Uint8Array for each message; the sender reuses it, as postMessage copies',
  worker: new URL('./message-channel-worker.js', import.meta.url),
  open(recordBytes) {
    const { port1, port2 } = new MessageChannel()
    // Its own ArrayBuffer, not a slice of Buffer's pool: structured clone copies the whole buffer under a view.
    const value = templateValue(recordBytes)
    return {
      workerData: { port: port2 },
      transferList: [port2],
      send(first, end) {
        for (let number = first; number < end; number++) {
          writeNumber(value, 0, number)
          port1.postMessage(value)
        }
      },
      finish: () => port1.postMessage(END),
      close: () => port1.close(),
    }
  },
})
