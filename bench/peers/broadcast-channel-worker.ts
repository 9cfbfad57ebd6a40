import { BroadcastChannel, workerData } from 'node:worker_threads'
import { END, Receiver } from './receiver.js'

const { name } = workerData as { name: string }
const channel = new BroadcastChannel(name)
const receiver = new Receiver()

channel.onmessage = (event: unknown): void => {
  const message = (event as { readonly data: Uint8Array | typeof END }).data
  if (message === END) receiver.acknowledge()
  else receiver.take(message, 0)
}
receiver.ready()
