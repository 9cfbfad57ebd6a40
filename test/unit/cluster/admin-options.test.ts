import { expect, test } from 'vitest'
import type { GivenAdminOptions } from '../../../src/index.js'
import { given } from '../../support/given.js'

test("an admin's call is over after its default.api.timeout.ms", async () => {
  const { simulated } = await given({ host: 'simulation' })
  const admin = simulated.admin({ 'default.api.timeout.ms': 300, 'request.timeout.ms': 100 })
  await simulated.run(simulated.killBroker(1))
  await expect(simulated.run(admin.listTopics(), { msMax: 1_000 })).rejects.toThrow(
    'Metadata was not answered within default.api.timeout.ms (300 ms)',
  )
})

test.each([
  [{ 'retries.backoff.ms': 1 }, 'There is no admin option retries.backoff.ms: the nearest one is retry.backoff.ms'],
  [
    { 'default.api.timeout.ms': 1_000 },
    'Cannot set default.api.timeout.ms to 1000: it must be at least request.timeout.ms, which is 30000',
  ],
])('the options %o are refused', async (options, says) => {
  const { simulated } = await given({ host: 'simulation' })
  expect(() => simulated.admin(options as GivenAdminOptions)).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: says }),
  )
})

test('a longer request.timeout.ms raises the default of default.api.timeout.ms', async () => {
  const { simulated } = await given({ host: 'simulation' })
  const admin = simulated.admin({ 'request.timeout.ms': 90_000 })
  await simulated.run(simulated.killBroker(1))
  await expect(simulated.run(admin.listTopics())).rejects.toThrow('default.api.timeout.ms (90000 ms)')
})
