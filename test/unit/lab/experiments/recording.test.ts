import { expect, test } from 'vitest'
import { Recording } from '../../../../src/lab/experiments/recording.js'

test('the kill is at 0 ms, whatever the clock has done meanwhile', () => {
  let now = 100
  const recording = new Recording(() => now++)
  recording.tell('producer', 'send', 'sends')
  recording.tellKill('broker-1', 'dies')
  const atMs = recording.tell('consumer', 'read', 'reads')
  expect(recording.timeline.map(({ event, atMs: at }) => [event, at])).toEqual([
    ['send', -1],
    ['kill', 0],
    ['read', 1],
  ])
  expect(atMs).toBe(1)
})
