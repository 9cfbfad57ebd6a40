import { expect, test, vi } from 'vitest'
import { autoCommitLosesOrRepeats } from '../../../../src/lab/experiments/auto-commit.js'
import type { Experiment, LabConfig } from '../../../../src/lab/experiments/experiment.js'
import { type GroupStory, groupStoriesOf } from '../../../../src/lab/experiments/group-story.js'
import { idempotentHandler } from '../../../../src/lab/experiments/idempotent-handler.js'
import { rebalanceRedelivers } from '../../../../src/lab/experiments/rebalance-redelivers.js'
import type { LabReport } from '../../../../src/lab/experiments/run-experiment.js'
import { slowHandlerIsExpelled } from '../../../../src/lab/experiments/slow-handler.js'
import { labTable } from '../../../../src/lab/report/lab-table.js'
import { groupCellOf, runOn } from './given-experiment.js'

/** Ten records take longer than the interval; four do not. */
const SLOW = { 'max.poll.records': 10, 'max.poll.interval.ms': 1_500 }
const SESSION = { 'session.timeout.ms': 300 }

const factsOf = ({ shown }: LabReport) => shown.map(({ outcome }) => outcome?.facts)
const storiesOf = ({ shown }: LabReport): readonly GroupStory[] =>
  groupStoriesOf(shown[0]?.outcome?.recording.timeline ?? [])

test.each(['range', 'cooperative-sticky'])(
  'with %s, what a refused commit was to cover is read again',
  async (strategy) => {
    const cell = groupCellOf({ ...SESSION, 'partition.assignment.strategy': [strategy] })
    const report = await runOn('simulation', rebalanceRedelivers, [cell], [1, 2])
    expect(report.result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, anomalies: [] })
    const [kitchen] = storiesOf(report)
    const refused = kitchen?.commits.find(({ error }) => error !== 'NONE')
    expect(refused).toMatchObject({ member: 'a', generation: 1, error: 'UNKNOWN_MEMBER_ID' })
    const again = kitchen?.handedOut.find(({ isAgain }) => isAgain)
    expect(again).toMatchObject({ member: 'b', generation: 2, partition: refused?.partition, to: refused?.offset })
    const lost = kitchen?.owned.filter(({ member, end }) => member === 'a' && end === 'lost') ?? []
    expect(lost.map(({ partition, goneMs, untilMs }) => [partition, goneMs !== null && goneMs < untilMs])).toEqual([
      [0, true],
      [1, true],
    ])
  },
)

test('a number beside the effect makes a second reading harmless, and one in memory does not', async () => {
  const report = await runOn('simulation', idempotentHandler, [groupCellOf(SESSION)], [1, 2])
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0 })
  const [facts] = factsOf(report)
  const twice = Number(facts?.['read twice'])
  expect(twice).toBeGreaterThan(0)
  expect(facts).toMatchObject({
    'effects, naive': 20 + twice,
    'effects, in memory': 20 + twice,
    'effects, sequence': 20,
    'effects, timestamp': 20,
  })
  const [kitchen] = storiesOf(report)
  expect(new Set(kitchen?.effects.map(({ kind }) => kind))).toEqual(new Set(['once', 'skipped']))
})

test('a handler that is slower than max.poll.interval.ms is expelled, unless it has fewer records or more time', async () => {
  const cells = [
    { 'max.poll.records': 4, 'max.poll.interval.ms': 600 },
    { 'max.poll.records': 1, 'max.poll.interval.ms': 600 },
    { 'max.poll.records': 4, 'max.poll.interval.ms': 60_000 },
  ]
  const report = await runOn(
    'simulation',
    slowHandlerIsExpelled,
    cells.map((cell) => ({ ...groupCellOf(cell), records: 8 })),
  )
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0 })
  expect(factsOf(report)).toMatchObject([
    { expelled: 'yes', 'commit refused with': 'UNKNOWN_MEMBER_ID', 'read twice': 4 },
    { expelled: 'no', 'commit refused with': '', 'read twice': 0 },
    { expelled: 'no', 'commit refused with': '', 'read twice': 0 },
  ])
})

test('auto-commit repeats what was handled since, and loses what was passed on; commits behind the work lose nothing', async () => {
  const cells = [{ 'enable.auto.commit': true, 'auto.commit.interval.ms': 100 }, { 'enable.auto.commit': false }]
  const report = await runOn(
    'simulation',
    autoCommitLosesOrRepeats,
    cells.map((cell) => groupCellOf(cell)),
    [1, 2],
  )
  expect(report.result.verdict).toBe('holds')
  expect(report.result.runs.map(({ lost }) => lost > 0)).toEqual([true, false])
  const [auto, byHand] = factsOf(report)
  expect(auto).toMatchObject({ 'in order, never': 0, 'passed on, twice': 0 })
  expect(byHand).toMatchObject({ 'in order, never': 0, 'passed on, never': 0 })
  for (const facts of [auto, byHand]) expect(facts?.['in order, twice']).toBeGreaterThan(0)
  expect(storiesOf(report).map(({ group }) => group)).toEqual(['in-order', 'passed-on'])
  expect(labTable(report, { hasColors: false })).not.toContain('undefined')
})

test('the same seed gives the same history of a group', async () => {
  const once = async () => (await runOn('simulation', rebalanceRedelivers, [groupCellOf(SESSION)], [3])).result
  expect(await once()).toEqual(await once())
})

test('options that no member of a group may have are refused, and so is too little to show it with', async () => {
  const impossible = groupCellOf({ 'session.timeout.ms': 10, 'heartbeat.interval.ms': 10 })
  await expect(runOn('simulation', rebalanceRedelivers, [impossible])).rejects.toThrow(
    'must be below session.timeout.ms',
  )
  const refused: readonly (readonly [Experiment, LabConfig, string])[] = [
    [rebalanceRedelivers, groupCellOf({ 'enable.auto.commit': true }), 'commit by themselves'],
    [rebalanceRedelivers, groupCellOf({ 'session.timeout.ms': 45_000 }), 'it must be at most 20000 here'],
    [rebalanceRedelivers, { ...groupCellOf(SESSION), records: 1 }, 'each partition needs at least 2'],
    [slowHandlerIsExpelled, groupCellOf({}, { partitions: 1 }), 'each of the two members needs one'],
    [slowHandlerIsExpelled, groupCellOf({ ...SLOW }, { partitions: 5 }), 'a partition has 4 of them'],
    [autoCommitLosesOrRepeats, groupCellOf({ 'group.id': 'mine' }), 'names its groups and members itself'],
    [autoCommitLosesOrRepeats, groupCellOf({ 'auto.offset.reset': 'latest' }), 'it must be earliest'],
  ]
  for (const [experiment, cell, why] of refused)
    await expect(runOn('simulation', experiment, [cell])).rejects.toThrow(why)
})

test('records of acks=0, whose offsets no acknowledgement tells, count as handled where a group has handled them', async () => {
  const report = await runOn('simulation', rebalanceRedelivers, [groupCellOf({ ...SESSION, acks: 0 })])
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0, anomalies: [] })
  const auto = groupCellOf({ 'enable.auto.commit': true, 'auto.commit.interval.ms': 100, acks: 0 })
  const losing = await runOn('simulation', autoCommitLosesOrRepeats, [auto])
  expect(losing.result.lost).toBe(factsOf(losing)[0]?.['passed on, never'])
})

test.each([
  ['an assignor that does not exist', { 'partition.assignment.strategy': ['rang'] }, /the nearest one is range/],
  ['a group for one member', { 'group.max.size': 1 }, /GROUP_MAX_SIZE_REACHED/],
  ['sessions that the broker allows nobody', { 'group.min.session.timeout.ms': 6_000 }, /session.timeout.ms/],
  ['offsets on brokers that do not exist', { 'offsets.topic.replication.factor': 3 }, /with 1 broker: /],
])('%s is refused, and breaks no claim', async (_, options, says) => {
  await expect(runOn('simulation', rebalanceRedelivers, [groupCellOf({ ...SESSION, ...options })])).rejects.toThrow(
    says,
  )
})

test('experiments of the simulation warn the process of no member that they have made slow', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const slow = groupCellOf({ 'max.poll.records': 4, 'max.poll.interval.ms': 600 })
  const report = await runOn('simulation', slowHandlerIsExpelled, [{ ...slow, records: 8 }])
  expect(factsOf(report)).toMatchObject([{ expelled: 'yes' }])
  expect(warned.mock.calls).toEqual([])
  warned.mockRestore()
})
