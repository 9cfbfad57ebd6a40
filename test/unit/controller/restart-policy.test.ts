import { expect, test } from 'vitest'
import { timestamp } from '../../../src/base/ids.js'
import { RestartPolicy } from '../../../src/controller/restart-policy.js'

/** What becomes of a broker that crashes at these times. */
function decisions(intensity: number, times: readonly number[]): string[] {
  const policy = new RestartPolicy({ intensity, periodMs: 100 })
  return times.map((now) => policy.crashed(1, timestamp(now)))
}

test.each<[string, number, number[], string]>([
  ['a crash is followed by a restart', 1, [0], 'restart'],
  ['one crash too many within the period is the last', 2, [0, 50, 99], 'restart restart give up'],
  ['crashes that are a period past do not count', 2, [0, 50, 100], 'restart restart restart'],
  ['with an intensity of 0 nothing is restarted', 0, [0], 'give up'],
])('%s', (_title, intensity, times, expected) => {
  expect(decisions(intensity, times).join(' ')).toBe(expected)
})

test('each broker has a history of its own', () => {
  const policy = new RestartPolicy({ intensity: 1, periodMs: 100 })
  expect([1, 2, 1].map((brokerId) => policy.crashed(brokerId, timestamp(0)))).toEqual(['restart', 'restart', 'give up'])
})

test('a broker that was started by hand begins anew', () => {
  const policy = new RestartPolicy({ intensity: 1, periodMs: 100 })
  policy.crashed(1, timestamp(0))
  policy.forget(1)
  expect(policy.crashed(1, timestamp(1))).toBe('restart')
})
