import { expect, test } from 'vitest'
import { autoCommitLosesOrRepeats } from '../../src/lab/experiments/auto-commit.js'
import { cooperativeAgainstEager } from '../../src/lab/experiments/cooperative-against-eager.js'
import { idempotentHandler } from '../../src/lab/experiments/idempotent-handler.js'
import { moreConsumersThanPartitions } from '../../src/lab/experiments/more-consumers-than-partitions.js'
import { rebalanceRedelivers } from '../../src/lab/experiments/rebalance-redelivers.js'
import { slowHandlerIsExpelled } from '../../src/lab/experiments/slow-handler.js'
import { groupCellOf, runOn } from '../unit/lab/experiments/given-experiment.js'

// CommitFailedException: "The commit was failed because the consumer group has rebalanced and assigned the partitions to
// another member"; KafkaConsumer: "at least once delivery".
test('on threads, too, a commit that a rebalance has overtaken fails, and its records are read again', async () => {
  const { result, shown } = await runOn('threads', rebalanceRedelivers, [groupCellOf({ 'session.timeout.ms': 500 })])
  expect(result).toMatchObject({ host: 'threads', verdict: 'holds', lost: 0, duplicated: 0 })
  expect(Number(shown[0]?.outcome?.facts['read twice'])).toBeGreaterThan(0)
})

test('on threads, too, a number kept beside the effect makes a second reading harmless', async () => {
  const { result, shown } = await runOn('threads', idempotentHandler, [groupCellOf({ 'session.timeout.ms': 500 })])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'effects, sequence': 20, 'effects, timestamp': 20 })
})

// ConsumerConfig max.poll.interval.ms: "If poll() is not called before expiration of this timeout, then the consumer is
// considered failed and the group will rebalance in order to reassign the partitions to another member."
test('on threads, too, a slow handler is expelled, and with a longer interval it is not', async () => {
  const cells = [1_000, 60_000].map((ms) => groupCellOf({ 'max.poll.records': 10, 'max.poll.interval.ms': ms }))
  const { result, shown } = await runOn('threads', slowHandlerIsExpelled, cells)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0 })
  expect(shown.map(({ outcome }) => outcome?.facts.expelled)).toEqual(['yes', 'no'])
})

// ConsumerConfig enable.auto.commit: "If true the consumer's offset will be periodically committed in the background."
test('on threads, too, auto-commit loses what a handler has passed on, and a commit behind the work does not', async () => {
  const cells = [{ 'enable.auto.commit': true, 'auto.commit.interval.ms': 100 }, { 'enable.auto.commit': false }]
  const given = cells.map((cell) => groupCellOf(cell))
  const { result } = await runOn('threads', autoCommitLosesOrRepeats, given)
  expect(result.verdict).toBe('holds')
  expect(result.runs.map(({ lost }) => lost > 0)).toEqual([true, false])
})

// KafkaConsumer: "a partition is consumed by exactly one consumer in the group"; "this is achieved by balancing the
// partitions between all members".
test('on threads, too, members beyond one for each partition read nothing, and step in for those that go', async () => {
  const cells = ['range', 'cooperative-sticky'].map((one) => groupCellOf({ 'partition.assignment.strategy': [one] }))
  const { result, shown } = await runOn('threads', moreConsumersThanPartitions, cells)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0 })
  for (const { outcome } of shown)
    expect(outcome?.facts).toMatchObject({ members: 4, 'with a partition': 2, 'without one': 2, 'read twice': 0 })
})

// CooperativeStickyAssignor, KIP-429: "consumers continue to own and fetch their partitions during a rebalance".
test('on threads, too, who loses nothing goes on in a cooperative rebalance, and stops in an eager one', async () => {
  const cells = ['sticky', 'cooperative-sticky'].map((one) => ({
    ...groupCellOf({ 'partition.assignment.strategy': [one] }, { partitions: 5 }),
    records: 5,
  }))
  const { result, shown } = await runOn('threads', cooperativeAgainstEager, cells)
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0 })
  expect(shown.map(({ outcome }) => outcome?.facts['members that stopped'])).toEqual(['2 of 2', '0 of 2'])
})
