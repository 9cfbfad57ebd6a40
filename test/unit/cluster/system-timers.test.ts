import { expect, test } from 'vitest'
import { afterInBackground, systemTimers } from '../../../src/cluster/system-timers.js'

const timersAlive = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('a timer in the background fires, and does not keep the process alive as another one does', async () => {
  const before = timersAlive()
  const other = systemTimers.after(1_000, () => {})
  const background = afterInBackground(1_000, () => {})
  expect(timersAlive() - before).toBe(1)
  other.cancel()
  background.cancel()

  const fired = await new Promise((resolve) => {
    const alive = systemTimers.after(1_000, () => resolve('too late'))
    afterInBackground(0, () => {
      alive.cancel()
      resolve('fired')
    })
  })
  expect(fired).toBe('fired')
})
