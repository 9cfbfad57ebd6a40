import { type MessagePort, workerData } from 'node:worker_threads'
import { END, Receiver } from './receiver.js'

const { port, recordBytes } = workerData as { port: MessagePort; recordBytes: number }
const receiver = new Receiver()

port.on('message', (message: Uint8Array | typeof END) => {
  if (message === END) receiver.acknowledge()
  else for (let at = 0; at < message.length; at += recordBytes) receiver.take(message, at)
})
receiver.ready()
