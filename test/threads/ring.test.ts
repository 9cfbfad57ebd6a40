import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { RingReader, ringBytes } from '../../src/actor/ring.js'
import { Memory } from '../../src/base/memory.js'
import { seededRandom } from '../../src/base/random.js'
import { RingFrames } from './ring-frames.js'
import type { RingWriterStart } from './ring-writer.js'

const CAPACITY = 4096

/** A ring that another thread writes to, and its frames as they should be. */
function givenWriter(seed: string, frames: number): { worker: Worker; reader: RingReader; expected: RingFrames } {
  const memory = Memory.allocate(ringBytes(CAPACITY))
  const start: RingWriterStart = { ring: memory.shared, capacity: CAPACITY, seed, frames }
  const worker = new Worker(new URL('./ring-writer.js', import.meta.url), { workerData: start, execArgv: [] })
  return { worker, reader: new RingReader(memory, 0, CAPACITY), expected: new RingFrames(seed, CAPACITY / 2 - 8) }
}

/** Reads until the ring is empty or so many frames were read in all; throws at the first that is wrong. */
function read(reader: RingReader, expected: RingFrames, framesMax: number): void {
  for (let at = reader.peek(); at >= 0 && expected.number < framesMax; at = reader.peek()) {
    const { number } = expected
    if (!expected.isHere(reader.memory, at, reader.payloadBytes(at)))
      throw new Error(`Frame ${number} is not what was written`)
    reader.release()
  }
}

const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('frames of random sizes come through whole and in order', async () => {
  const frames = 100_000
  const { worker, reader, expected } = givenWriter('whole', frames)
  const exit = new Promise((resolve) => worker.once('exit', resolve))
  while (expected.number < frames) {
    read(reader, expected, frames)
    await eventLoopTurn()
  }
  await exit
  expect([expected.number, reader.isEmpty]).toEqual([frames, true])
})

test('a writer that is terminated at any moment leaves a prefix of its frames, all of them whole', async () => {
  const random = seededRandom('moments')
  const prefixes: number[] = []
  for (let round = 0; round < 12; round++) {
    const { worker, reader, expected } = givenWriter(`round ${round}`, Number.POSITIVE_INFINITY)
    const isEnough = 1 + random.below(5_000)
    while (expected.number < isEnough) {
      read(reader, expected, isEnough)
      await eventLoopTurn()
    }
    let hasExited = false
    const exit = worker.terminate().then(() => {
      hasExited = true
    })
    // Goes on reading, so that the writer is cut while it writes and not while it waits for room.
    while (!hasExited) {
      read(reader, expected, expected.number + 50)
      await eventLoopTurn()
    }
    await exit
    read(reader, expected, Number.POSITIVE_INFINITY)
    expect(reader.isEmpty).toBe(true)
    prefixes.push(expected.number - isEnough)
  }
  expect(Math.max(...prefixes)).toBeGreaterThan(0)
})
