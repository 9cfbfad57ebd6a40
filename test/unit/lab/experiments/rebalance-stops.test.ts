import { expect, test } from 'vitest'
import { type GroupStory, groupStoriesOf } from '../../../../src/lab/experiments/group-story.js'
import { rebalanceWithin, strayHandOut } from '../../../../src/lab/experiments/rebalance-stops.js'
import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'
import { step } from '../report/made-up-group.js'

const handed = (atMs: number, member: string, partition: number): TimelineEntry =>
  step(atMs, member, { step: 'handed-out', partition, from: atMs, to: atMs + 1, isAgain: false })

/** Member a keeps partition 0 and gives 1 up; b gives everything up, and has it again. */
const TIMELINE = [
  step(0, 'a', { step: 'starts' }),
  step(0, 'b', { step: 'starts' }),
  step(0, 'a', { step: 'assigned', partitions: [0, 1] }),
  step(0, 'b', { step: 'assigned', partitions: [2] }),
  handed(8, 'a', 0),
  handed(9, 'b', 2),
  step(12, 'a', { step: 'revoked', partitions: [1] }),
  handed(14, 'a', 0),
  step(15, 'b', { step: 'revoked', partitions: [2] }),
  step(25, 'b', { step: 'assigned', partitions: [2] }),
  handed(28, 'b', 2),
  handed(29, 'a', 0),
]
const storyOf = (timeline: readonly TimelineEntry[]): GroupStory => groupStoriesOf(timeline)[0] as GroupStory

test('a rebalance costs each member what it gives up, and the time in which it is handed nothing', () => {
  const { had, gaveUp, stopMs, stopped } = rebalanceWithin(storyOf(TIMELINE), ['a', 'b'], { fromMs: 10, untilMs: 29 })
  expect([...had]).toEqual([
    ['a', 2],
    ['b', 1],
  ])
  expect([...gaveUp]).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  expect([...stopMs]).toEqual([
    ['a', 15],
    ['b', 19],
  ])
  expect(stopped).toEqual(['b'])
})

test('who is handed nothing until the end has stopped until then', () => {
  const { stopMs } = rebalanceWithin(storyOf(TIMELINE.slice(0, 9)), ['a'], { fromMs: 10, untilMs: 60 })
  expect(stopMs.get('a')).toBe(46)
})

test('records of a partition that a member does not have are told', () => {
  expect(strayHandOut(storyOf(TIMELINE))).toBeNull()
  expect(strayHandOut(storyOf([...TIMELINE, handed(30, 'a', 1)]))).toBe(
    'member a was handed records of partition 1, which it did not have',
  )
})
