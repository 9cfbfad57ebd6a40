import { type MessagePort, workerData } from 'node:worker_threads'
import { END, Receiver } from './receiver.js'

const { port } = workerData as { port: MessagePort }
const receiver = new Receiver()

port.on('message', (message: Uint8Array | typeof END) => {
  if (message === END) receiver.acknowledge()
  else receiver.take(message, 0)
})
receiver.ready()
