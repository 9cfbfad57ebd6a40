import { expect, test } from 'vitest'
import { parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { brokerParkMs } from '../../../src/cluster/heartbeat.js'

test('an idle broker shows that it is alive as often as it was told to, and never less than the controller looks', () => {
  const parkMs = (interval: number, timeout: number): number =>
    brokerParkMs(parseBrokerOptions({ 'broker.heartbeat.interval.ms': interval, 'broker.session.timeout.ms': timeout }))
  expect([parkMs(2_000, 9_000), parkMs(100, 9_000), parkMs(2_000, 2_001)]).toEqual([2_000, 100, 500.25])
})
