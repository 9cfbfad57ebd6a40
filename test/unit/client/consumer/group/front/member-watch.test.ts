import { expect, test } from 'vitest'
import { NEVER, type Timestamp, timestamp } from '../../../../../../src/base/ids.js'
import { MemberWatch } from '../../../../../../src/client/consumer/group/front/member-watch.js'
import { SharedProgress } from '../../../../../../src/client/consumer/group/shared-progress.js'
import type { MemberNews } from '../../../../../../src/protocol/inner/group-words.js'

const STABLE: MemberNews = {
  state: 'stable',
  memberId: 'member-1',
  generationId: 1,
  coordinator: 1,
  assignor: 'range',
  isLeader: true,
  step: null,
}
const LOST: MemberNews = { ...STABLE, step: { type: 'lost', step: 7, partitions: [] } }

/** A watch over a stable member, at a time that the test sets. */
function given() {
  const progress = new SharedProgress()
  const warnings: string[] = []
  const asked: number[] = []
  let now = timestamp(100_000)
  const callback: { atWork: string | null } = { atWork: null }
  const watch = new MemberWatch({
    options: { 'group.id': 'tea', 'max.poll.interval.ms': 60_000, 'session.timeout.ms': 9_000 },
    consumer: 'consumer-3',
    progress,
    callbackAtWork: () => callback.atWork,
    askForNews: () => void asked.push(now),
    warn: (says) => void warnings.push(says),
  })
  progress.noteWaiting()
  watch.learn(STABLE)
  const at = (ms: number): Timestamp => {
    now = timestamp(100_000 + ms)
    return watch.tick(now)
  }
  const turn = (ms: number): void => progress.noteTurn(timestamp(100_000 + ms))
  return { watch, progress, warnings, asked, callback, at, turn }
}

test('a module that blocks its thread is warned of once, by name, before its session is over', () => {
  const { watch, warnings, asked, at, turn } = given()
  watch.module = 'file:///slow.js'
  turn(0)
  expect([at(0), at(2_999), asked.length]).toEqual([103_000, 103_000, 0])
  expect([at(3_000), asked.length, warnings.length]).toEqual([106_000, 1, 0])
  at(6_000)
  at(8_000)
  expect(warnings).toEqual([
    "The member member-1 of the group 'tea' (consumer-3) sends no heartbeat: the handler module file:///slow.js has kept its thread for 6,000 ms, and after session.timeout.ms (9,000 ms) the group expels it. Let the handler await something in between, or raise session.timeout.ms",
  ])
})

test('what came of it is told when the member has lost its partitions', () => {
  const { watch, warnings, at, turn } = given()
  watch.module = 'file:///slow.js'
  turn(0)
  at(6_000)
  at(9_500)
  turn(9_600)
  watch.learn({ ...LOST, memberId: '' })
  expect(warnings[1]).toBe(
    "The member member-1 of the group 'tea' (consumer-3) was expelled: the handler module file:///slow.js kept its thread for 9,500 ms, and no heartbeat was sent within session.timeout.ms. What it had not committed is read again, by whoever has its partitions now",
  )
  watch.learn(LOST)
  expect(warnings).toHaveLength(2)
})

test('a loss long after a module has given its thread back is not put down to it', () => {
  const { watch, warnings, at, turn } = given()
  watch.module = 'file:///slow.js'
  turn(0)
  at(6_000)
  for (let ms = 6_100; ms < 16_000; ms += 1_000) {
    turn(ms)
    at(ms)
  }
  watch.learn(LOST)
  expect(warnings).toHaveLength(1)
})

test('a thread that has gone to sleep answers when it is asked, and nobody is warned', () => {
  const { watch, warnings, asked, at, turn } = given()
  watch.module = 'file:///quick.js'
  turn(0)
  at(3_000)
  turn(3_001)
  at(6_000)
  at(6_001)
  expect([asked.length, warnings]).toEqual([2, []])
})

test('without a handler module the thread is left alone', () => {
  const { warnings, at, turn } = given()
  turn(0)
  at(8_000)
  expect(warnings).toEqual([])
})

test('a member that has left after max.poll.interval.ms is told of at once, with what to change', () => {
  const { watch, progress, warnings, asked, at } = given()
  progress.notePoll(timestamp(100_000))
  expect([at(0), at(59_999), asked]).toEqual([160_000, 160_000, []])
  expect([at(60_000), asked]).toEqual([NEVER, [160_000]])
  at(61_000)
  expect(asked).toHaveLength(1)
  watch.learn({ ...STABLE, state: 'expelled', memberId: '' })
  watch.learn({ ...STABLE, state: 'expelled', memberId: '' })
  expect(warnings).toEqual([
    "The member member-1 of the group 'tea' (consumer-3) has left it: the application did not ask for more records within max.poll.interval.ms (60,000 ms). What it had not committed is read again. Too much time is spent on the records of one poll: raise max.poll.interval.ms, or lower max.poll.records",
  ])
})

test('a member that has left because a callback does not end is told of with the name of the callback', () => {
  const { watch, progress, warnings, asked, callback, at } = given()
  progress.beginStep(timestamp(100_000))
  callback.atWork = 'onPartitionsAssigned'
  expect([at(0), at(59_999), asked]).toEqual([160_000, 160_000, []])
  expect([at(60_000), at(60_000.5), asked]).toEqual([NEVER, NEVER, [160_000]])
  watch.learn({ ...STABLE, state: 'expelled', memberId: '' })
  expect(warnings).toEqual([
    "The member member-1 of the group 'tea' (consumer-3) has left it: its onPartitionsAssigned has not ended within max.poll.interval.ms (60,000 ms). What it had not committed is read again. It joins again when the callback has ended",
  ])
})
