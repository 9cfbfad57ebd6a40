import { type MessagePort, workerData } from 'node:worker_threads'
import { END, Receiver } from './receiver.js'

const { port } = workerData as { port: MessagePort }
const receiver = new Receiver()

port.on('message', (message: readonly Uint8Array[] | typeof END) => {
  if (message === END) receiver.acknowledge()
  else for (const value of message) receiver.take(value, 0)
})
receiver.ready()
