import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { monotonicOrigin, systemClock } from '../../../src/cluster/system-clock.js'

const HOUR_MS = 3_600_000

test('the system clock counts milliseconds since 1970, with a fraction', () => {
  const clock = systemClock(monotonicOrigin())
  expect(Math.abs(clock.now() - Date.now())).toBeLessThan(HOUR_MS)
  const readings = Array.from({ length: 100 }, () => clock.now())
  expect(readings.some((reading) => !Number.isInteger(reading))).toBe(true)
})

test('the system clock never goes back', () => {
  const clock = systemClock(monotonicOrigin())
  const readings = Array.from({ length: 10_000 }, () => clock.now())
  expect(readings.every((reading, index) => index === 0 || reading >= (readings[index - 1] as number))).toBe(true)
})

test('two clocks with one origin are the same clock, whenever they were made', () => {
  const origin = monotonicOrigin()
  const older = systemClock(origin)
  const first = older.now()
  const younger = systemClock(origin)
  expect(younger.now()).toBeGreaterThanOrEqual(first)
})

test('a thread that was started later reads a later time, and its starter a later one still', async () => {
  const origin = monotonicOrigin()
  const clock = systemClock(origin)
  const before = clock.now()
  const worker = new Worker(new URL('./clock-reader.js', import.meta.url), { workerData: { origin } })
  const [reading] = await new Promise<number[]>((resolve) =>
    worker.once('message', (number: number) => resolve([number])),
  )
  await worker.terminate()
  expect(reading).toBeGreaterThan(before)
  expect(clock.now()).toBeGreaterThan(reading as number)
})
