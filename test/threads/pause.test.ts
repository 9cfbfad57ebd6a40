import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { CAPACITY, connectionBytes } from '../../src/actor/connection-layout.js'
import { ConnectionState } from '../../src/actor/connection-state.js'
import { ControlBlock } from '../../src/actor/control-block.js'
import type { PausableThreadStart } from './pausable-thread.js'

const workers: Worker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate()
})

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await new Promise((resolve) => setImmediate(resolve))
}

/** A thread that is busy and beats. */
async function givenThread(): Promise<{ control: ControlBlock; state: ConnectionState; hasSeenTheEnd: () => boolean }> {
  const control = new ControlBlock()
  const start: PausableThreadStart = {
    control: control.memory.shared,
    connection: new SharedArrayBuffer(connectionBytes(CAPACITY)),
    seen: new SharedArrayBuffer(4),
  }
  workers.push(new Worker(new URL('./pausable-thread.js', import.meta.url), { workerData: start, execArgv: [] }))
  await until(() => control.heartbeat > 0)
  const seen = new Int32Array(start.seen)
  return { control, state: new ConnectionState(start.connection), hasSeenTheEnd: () => Atomics.load(seen, 0) === 1 }
}

test('a paused thread stops beating, and goes on when it is resumed', async () => {
  const { control } = await givenThread()
  for (let round = 0; round < 20; round++) {
    control.pause()
    await control.standingStill()
    const { heartbeat } = control
    await new Promise((resolve) => setImmediate(resolve))
    expect([control.heartbeat, control.isPaused]).toEqual([heartbeat, true])
    control.resume()
    await until(() => control.heartbeat > heartbeat)
  }
})

test('a thread that is paused and resumed at once stands still or goes on, and never hangs', async () => {
  const { control } = await givenThread()
  for (let round = 0; round < 10_000; round++) {
    control.pause()
    control.resume()
  }
  const { heartbeat } = control
  await until(() => control.heartbeat > heartbeat)
})

test('a thread that was paused while its connection was closed sees it though its mail has not come', async () => {
  const { control, state, hasSeenTheEnd } = await givenThread()
  control.pause()
  await control.standingStill()
  state.close()
  expect(hasSeenTheEnd()).toBe(false)
  control.resume()
  await until(hasSeenTheEnd)
})

test('a paused thread can be ended', async () => {
  const { control } = await givenThread()
  control.pause()
  await control.standingStill()
  expect(await workers.at(-1)?.terminate()).toBe(1)
})
