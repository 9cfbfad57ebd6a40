import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { Cluster } from '../../src/index.js'

/** The library as a program imports it; it loads in half the time of its single files. */
export const LIBRARY = new URL('../../index.mjs', import.meta.url).href

/** A worker thread of a test, and what it says. */
export interface Guest {
  readonly worker: Worker
  /** The next message of it that nobody has taken. Rejects when the thread ends before. */
  next(): Promise<unknown>
  /** Resolves when the thread has ended, however. */
  readonly ended: Promise<void>
}

/**
 * Starts a thread that has attached to the cluster as `cluster`, and then runs these lines of a module; `say(value)`
 * posts a message to the test.
 */
export function startGuest(cluster: Pick<Cluster, 'handle'>, ...lines: readonly string[]): Guest {
  const code = [
    `import { Cluster } from '${LIBRARY}'`,
    `import { parentPort, workerData, Worker } from 'node:worker_threads'`,
    'const say = (value) => parentPort.postMessage(value)',
    'const cluster = await Cluster.attach(workerData.handle)',
    ...lines,
  ].join('\n')
  const handle = cluster.handle()
  return guestIn(new Worker(moduleOf(code), { workerData: { handle }, transferList: handle.transfer }))
}

/** A module that a worker can be started with. */
export const moduleOf = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

export function guestIn(worker: Worker): Guest {
  onTestFinished(() => void worker.terminate())
  const said: unknown[] = []
  const waiting: ((value: unknown) => void)[] = []
  worker.on('message', (value) => {
    const take = waiting.shift()
    if (take === undefined) said.push(value)
    else take(value)
  })
  let error: unknown = new Error('The thread has ended')
  worker.on('error', (thrown) => {
    error = thrown
  })
  const ended = new Promise<void>((resolve) => void worker.on('exit', () => resolve()))
  return {
    worker,
    ended,
    next: () =>
      said.length > 0
        ? Promise.resolve(said.shift())
        : Promise.race([
            new Promise((take) => waiting.push(take)),
            ended.then(() => {
              throw error
            }),
          ]),
  }
}
