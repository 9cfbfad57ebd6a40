/** Attaches, and says at which rate a producer of its own sends. */
import { parentPort, workerData } from 'node:worker_threads'
import { Cluster, type ClusterHandle } from '../src/index.js'
import { type Load, rateHere } from './attached.js'

const { handle, load } = workerData as { handle: ClusterHandle; load: Load }
const cluster = await Cluster.attach(handle)
parentPort?.postMessage(await rateHere(cluster, load))
await cluster.close()
