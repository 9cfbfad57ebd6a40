import { expect, test } from 'vitest'
import { LEASE_SLOTS } from '../../../../src/actor/types.js'
import { align8 } from '../../../../src/base/memory.js'
import type { FetchPartition, PartitionFetchResult } from '../../../../src/protocol/apis/fetch.js'
import { buildBatch } from '../../../../src/record/batch-builder.js'
import { batchBytes } from '../../../../src/record/record-batch.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { GivenBroker, ordersOf, partitionOf } from '../given-broker.js'

const BACKOFF_MS = 1_000

/** Broker 1 follows broker 2, which the test plays, in that many partitions of a topic. */
class GivenFollower {
  readonly broker = new GivenBroker({ 'replica.fetch.backoff.ms': BACKOFF_MS })
  readonly #leader = new ScriptedActor()
  #memories = 0

  constructor(count = 1) {
    this.broker.stage.seat('broker-2', this.#leader)
    this.lead(0, count)
  }

  lead(leaderEpoch: number, count = 1): void {
    const partitions = Array.from({ length: count }, (_, partition) => {
      return partitionOf({ partition, leader: 2, leaderEpoch, replicas: [1, 2], isr: [1, 2] })
    })
    this.broker.publish({ ...ordersOf(), partitions })
  }

  /** What is asked for by now; empty: nothing. */
  get asked(): readonly FetchPartition[] {
    return this.#leader.unanswered('Fetch')[0]?.body.partitions ?? []
  }

  /** What is said of those that are named; the others get nothing. */
  answer(said: Readonly<Record<number, Partial<PartitionFetchResult>>> = {}): void {
    const partitions = this.asked.map(({ topicId, partition }): PartitionFetchResult => {
      const offsets = { highWatermark: 0, lastStableOffset: 0, logStartOffset: 0 }
      const nothing = { error: 'NONE' as const, currentLeader: null, divergingEpoch: null, slice: null }
      return { topicId, partition, ...offsets, ...nothing, ...said[partition] }
    })
    this.#leader.answer({ api: 'Fetch', partitions })
    this.broker.stage.settle()
  }

  /** A slice of one batch of one record, the first of the log. */
  slice(): Partial<PartitionFetchResult> {
    const batch = buildBatch([{ value: 'a' }])
    const segment = this.#memories++
    this.#leader.unanswered('Fetch')[0]?.connection.lend(segment, batch)
    return { slice: { segment, position: 0, bytes: align8(batchBytes(batch, 0)), lease: 1 } }
  }
}

test.each(['UNKNOWN_LEADER_EPOCH', 'UNKNOWN_TOPIC_OR_PARTITION'] as const)(
  'a leader whose image is older (%s) is asked again after 5 ms',
  (error) => {
    const follower = new GivenFollower()
    follower.answer({ 0: { error } })
    follower.broker.stage.pass(4)
    expect(follower.asked).toEqual([])
    follower.broker.stage.pass(1)
    expect(follower.asked).toHaveLength(1)
  },
)

test('a follower waits for replica.fetch.backoff.ms after any other refusal', () => {
  const follower = new GivenFollower()
  follower.answer({ 0: { error: 'NOT_LEADER_OR_FOLLOWER' } })
  follower.broker.stage.pass(BACKOFF_MS - 1)
  expect(follower.asked).toEqual([])
  follower.broker.stage.pass(1)
  expect(follower.asked).toHaveLength(1)
})

test("a new leader epoch ends a follower's wait", () => {
  const follower = new GivenFollower()
  follower.answer({ 0: { error: 'NOT_LEADER_OR_FOLLOWER' } })
  follower.lead(1)
  expect(follower.asked).toMatchObject([{ currentLeaderEpoch: 1 }])
})

test('a follower whose end the leader has not begins where the log of the leader begins', () => {
  const follower = new GivenFollower()
  follower.answer({ 0: follower.slice() })
  expect(follower.asked).toMatchObject([{ fetchOffset: 1 }])
  follower.answer({ 0: { error: 'OFFSET_OUT_OF_RANGE', logStartOffset: 7 } })
  expect(follower.asked).toMatchObject([{ fetchOffset: 7, lastFetchedEpoch: -1 }])
})

test('an answer of a leader of an earlier epoch is dropped', () => {
  const follower = new GivenFollower()
  follower.lead(1)
  follower.answer({ 0: follower.slice() })
  expect(follower.asked).toMatchObject([{ fetchOffset: 0, currentLeaderEpoch: 1 }])
})

test('partitions that were served are asked for after the others', () => {
  const follower = new GivenFollower(4)
  const order = (): number[] => follower.asked.map(({ partition }) => partition)
  expect(order()).toEqual([0, 1, 2, 3])
  follower.answer({ 0: follower.slice(), 1: follower.slice() })
  expect(order()).toEqual([2, 3, 0, 1])
  follower.answer({ 2: follower.slice() })
  expect(order()).toEqual([3, 0, 1, 2])
})

test('a fetch asks for no more partitions than a connection has lease slots, and the next one for the others first', () => {
  const follower = new GivenFollower(LEASE_SLOTS + 50)
  expect([follower.asked.length, follower.asked.at(-1)?.leaseSlot]).toEqual([LEASE_SLOTS, LEASE_SLOTS - 1])
  follower.answer()
  expect(follower.asked[0]).toMatchObject({ partition: LEASE_SLOTS, leaseSlot: 0 })
  expect(follower.asked[50]).toMatchObject({ partition: 0, leaseSlot: 50 })
})
