import { expect, test } from 'vitest'
import { GroupLife } from './group-life.js'

const SEEDS = 60
const STEPS = 300

/** Without them the test would prove less than it says. */
const MUST_HAPPEN = [
  ...['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead'],
  ...['moved in Empty', 'moved in PreparingRebalance', 'moved in CompletingRebalance', 'moved in Stable'],
  ...[
    'refusing',
    'deleted',
    'offset deleted',
    'compacted',
    'static again',
    'told to skip',
    'asked twice',
    'synced twice',
    'watched twice',
    'killed',
    'static killed',
  ],
  ...['commit', 'commit ILLEGAL_GENERATION', 'commit REBALANCE_IN_PROGRESS', 'commit FENCED_INSTANCE_ID'],
  ...['join NONE', 'join FENCED_INSTANCE_ID', 'join GROUP_MAX_SIZE_REACHED', 'join INCONSISTENT_GROUP_PROTOCOL'],
  ...['told REBALANCE_IN_PROGRESS', 'told UNKNOWN_MEMBER_ID', 'told FENCED_INSTANCE_ID'],
  ...['leave NONE', 'leave UNKNOWN_MEMBER_ID', 'leave FENCED_INSTANCE_ID'],
]

test('a group keeps its promises whatever its clients, its log and its coordinator do', () => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= SEEDS; seed++) {
    const life = new GroupLife(seed)
    try {
      for (let step = 1; step <= STEPS; step++) {
        life.step()
        if (step % 20 > 0) continue
        const { rebuilt, live } = life.compare()
        expect(rebuilt).toEqual(live)
      }
      life.rest()
      life.recover()
    } catch (error) {
      throw new Error(`Seed ${seed} breaks a promise: ${String(error)}`, { cause: error })
    }
    for (const [what, times] of life.seen) seen.set(what, (seen.get(what) ?? 0) + times)
  }
  expect(MUST_HAPPEN.filter((what) => !seen.has(what))).toEqual([])
})
