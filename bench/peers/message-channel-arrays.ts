import { MessageChannel } from 'node:worker_threads'
import { templateValue, writeNumber } from './numbered-values.js'
import { END } from './receiver.js'
import { threadPeer } from './thread-peer.js'

const RECORDS_PER_MESSAGE = 100

/** Batching as JavaScript offers it: an array of values in one message. */
export const messageChannelArrays = threadPeer({
  name: 'message-channel-arrays',
  says: `MessagePort, an array of ${RECORDS_PER_MESSAGE} Uint8Array in each message; the sender reuses them`,
  worker: new URL('./message-channel-arrays-worker.js', import.meta.url),
  open(recordBytes) {
    const { port1, port2 } = new MessageChannel()
    const values = Array.from({ length: RECORDS_PER_MESSAGE }, () => templateValue(recordBytes))
    return {
      workerData: { port: port2 },
      transferList: [port2],
      send(first, end) {
        for (let number = first; number < end; number += RECORDS_PER_MESSAGE) {
          const message = number + RECORDS_PER_MESSAGE <= end ? values : values.slice(0, end - number)
          for (const [index, value] of message.entries()) writeNumber(value, 0, number + index)
          port1.postMessage(message)
        }
      },
      finish: () => port1.postMessage(END),
      close: () => port1.close(),
    }
  },
})
