import { BroadcastChannel } from 'node:worker_threads'
import { templateValue, writeNumber } from './numbered-values.js'
import { END } from './receiver.js'
import { threadPeer } from './thread-peer.js'

let channelsOpened = 0

/** One to many by name, as the web has it; here with one listener. */
export const broadcastChannel = threadPeer({
  name: 'broadcast-channel',
  says: 'BroadcastChannel with one listener, one Uint8Array for each message; the sender reuses it',
  worker: new URL('./broadcast-channel-worker.js', import.meta.url),
  open(recordBytes) {
    const name = `records-${++channelsOpened}`
    const channel = new BroadcastChannel(name)
    const value = templateValue(recordBytes)
    return {
      workerData: { name },
      transferList: [],
      send(first, end) {
        for (let number = first; number < end; number++) {
          writeNumber(value, 0, number)
          channel.postMessage(value)
        }
      },
      finish: () => channel.postMessage(END),
      close: () => channel.close(),
    }
  },
})
