import { expect, test } from 'vitest'
import { inTime } from '../../../src/cluster/system-timers.js'

const timersAlive = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
const forever = new Promise<void>(() => {})

test('what does not settle is waited for until its time is over', async () => {
  await inTime(forever, 1)
})

test.each([60_000, Number.POSITIVE_INFINITY])('what settles within %d ms leaves no timer behind', async (timeoutMs) => {
  const before = timersAlive()
  await inTime(Promise.resolve(), timeoutMs)
  await expect(inTime(Promise.reject(new Error('no')), timeoutMs)).rejects.toThrow('no')
  expect(timersAlive()).toBe(before)
})
