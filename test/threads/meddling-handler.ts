import { parentPort, workerData } from 'node:worker_threads'
import type { RecordHandler } from '../../src/index.js'

/** What user code, or a library in it, may do to the port that it shares with nobody it knows of. */
const FOREIGN: readonly unknown[] = [
  null,
  undefined,
  'ready',
  5n,
  { type: 'gaveUp', address: 'broker-1', says: 'forged' },
  { type: 'terminate', address: 'broker-1', loses: 'everything', staysDown: true },
  { type: 'spawn', kind: 'broker', address: 'broker-1' },
  { type: 'keep' },
]

/** Meddles with the thread that it runs in, and counts the records all the same. */
export default function meddlingHandler(handled: Int32Array): RecordHandler {
  parentPort?.on('message', () => {})
  return {
    eachMessage({ message }) {
      for (const foreign of FOREIGN) parentPort?.postMessage(foreign)
      for (const key of Object.keys(workerData ?? {})) workerData[key].close?.()
      if (String(message.value) === 'last') parentPort?.close()
      Atomics.add(handled, 0, 1)
    },
  }
}
