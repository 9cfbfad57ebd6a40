/** A thread that reads its clock once. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../../src/cluster/system-clock.js'

const { origin } = workerData as { readonly origin: number }
parentPort?.postMessage(systemClock(origin).now())
