import { expect, test } from 'vitest'
import type { GroupStep, ToldStep } from '../../../../src/lab/experiments/group-step.js'
import { type GroupStory, groupStoriesOf } from '../../../../src/lab/experiments/group-story.js'
import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'

const entry = (atMs: number, member: string, generation: number, step: ToldStep, group = 'tea'): TimelineEntry => ({
  atMs,
  actor: member,
  event: step.step,
  says: '',
  group: { ...step, group, member, generation } as GroupStep,
})

const EXPELLED: readonly TimelineEntry[] = [
  { atMs: 0, actor: 'producer', event: 'send', says: '' },
  entry(1, 'a', -1, { step: 'starts' }),
  entry(2, 'a', 1, { step: 'generation' }),
  entry(2, 'a', 1, { step: 'assigned', partitions: [1, 0] }),
  entry(3, 'a', 1, { step: 'handed-out', partition: 0, from: 0, to: 4, isAgain: false }),
  entry(4, 'a', 1, { step: 'stalls' }),
  entry(5, 'b', -1, { step: 'starts' }),
  entry(6, 'a', 1, { step: 'expelled' }),
  entry(7, 'b', 2, { step: 'generation' }),
  entry(7, 'b', 2, { step: 'assigned', partitions: [0, 1] }),
  entry(8, 'b', 2, { step: 'handed-out', partition: 0, from: 0, to: 4, isAgain: true }),
  entry(9, 'a', 1, { step: 'goes-on' }),
  entry(10, 'a', 1, { step: 'committed', partition: 0, offset: 4, error: 'UNKNOWN_MEMBER_ID' }),
  entry(11, 'a', -1, { step: 'lost', partitions: [0, 1] }),
  entry(12, 'b', 2, { step: 'dies' }),
  { atMs: 20, actor: 'consumer', event: 'read', says: '' },
]

function storyOf(timeline: readonly TimelineEntry[]): GroupStory {
  const [story] = groupStoriesOf(timeline)
  expect(story).toBeDefined()
  return story as GroupStory
}

test('a story says who had which partition from when to when, as the member saw it', () => {
  const { owned, partitions } = storyOf(EXPELLED)
  expect(partitions).toEqual([0, 1])
  const spans = owned.map((one) => [one.member, one.partition, one.fromMs, one.untilMs, one.end, one.goneMs])
  expect(spans).toEqual([
    ['a', 1, 2, 11, 'lost', 6],
    ['a', 0, 2, 11, 'lost', 6],
    ['b', 0, 7, 12, 'dies', null],
    ['b', 1, 7, 12, 'dies', null],
  ])
})

test('a story has generations, records that were handed out again, refused commits, stalls and ends', () => {
  const { generations, handedOut, commits, members } = storyOf(EXPELLED)
  expect(generations).toEqual([
    { generation: 1, atMs: 2 },
    { generation: 2, atMs: 7 },
  ])
  expect(handedOut.filter(({ isAgain }) => isAgain)).toMatchObject([{ member: 'b', generation: 2, from: 0, to: 4 }])
  expect(commits).toEqual([
    { member: 'a', generation: 1, atMs: 10, partition: 0, offset: 4, error: 'UNKNOWN_MEMBER_ID' },
  ])
  expect(members).toEqual([
    { member: 'a', startsMs: 1, end: null, stalls: [{ fromMs: 4, untilMs: 9 }], expelledMs: [6] },
    { member: 'b', startsMs: 5, end: { atMs: 12, how: 'dies' }, stalls: [], expelledMs: [] },
  ])
})

test('what is open when the timeline ends lasts until then', () => {
  const { owned, members, untilMs } = storyOf([...EXPELLED.slice(0, 6), ...EXPELLED.slice(-1)])
  expect(untilMs).toBe(20)
  expect(owned.map((one) => [one.untilMs, one.end])).toEqual([
    [20, 'open'],
    [20, 'open'],
  ])
  expect(members[0]?.stalls).toEqual([{ fromMs: 4, untilMs: 20 }])
})

test('each group has a story of its own, and effects say whether they were there before', () => {
  const range = { partition: 0, from: 0, to: 1 }
  const timeline = [
    ...EXPELLED,
    entry(20, 'a', -1, { step: 'starts' }, 'coffee'),
    entry(21, 'a', 1, { step: 'handled', ...range, isAgain: false }, 'coffee'),
    entry(22, 'a', 1, { step: 'handled', ...range, isAgain: true }, 'coffee'),
    entry(23, 'a', 1, { step: 'skipped', ...range }, 'coffee'),
  ]
  const [tea, coffee] = groupStoriesOf(timeline)
  expect([tea?.group, coffee?.group, coffee?.fromMs]).toEqual(['tea', 'coffee', 20])
  expect(coffee?.effects.map(({ kind }) => kind)).toEqual(['once', 'again', 'skipped'])
})
