import { expect, test } from 'vitest'
import { NetworkClient } from '../../../../src/actor/network-client.js'
import type { Context } from '../../../../src/actor/types.js'
import { type ProducerOptions, parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import { timestamp } from '../../../../src/base/ids.js'
import { Memory } from '../../../../src/base/memory.js'
import { AccumulatorMemory } from '../../../../src/client/batches/accumulator-memory.js'
import { BatchOutcomes } from '../../../../src/client/sender/batch-outcomes.js'
import { BatchSealer } from '../../../../src/client/sender/batch-sealer.js'
import { BatchSplitter } from '../../../../src/client/sender/batch-splitter.js'
import { PartitionQueues } from '../../../../src/client/sender/partition-queues.js'
import { ReadyQueues } from '../../../../src/client/sender/ready-queues.js'
import { type PartitionQueue, SealedBatch } from '../../../../src/client/sender/sealed-batch.js'
import { SenderCounters } from '../../../../src/client/sender/sender-counters.js'
import { SenderMemories } from '../../../../src/client/sender/sender-memories.js'
import { SenderMetadata } from '../../../../src/client/sender/sender-metadata.js'
import type { TopicMetadata } from '../../../../src/protocol/apis/metadata.js'
import { partitionMetadata } from '../given-metadata.js'

const START = 1000
const LIMITS = { 'linger.ms': 10, 'delivery.timeout.ms': 500, 'request.timeout.ms': 100, 'max.block.ms': 200 }

/** Queues of the topic `orders`, of which the test says what was announced, who leads, and what the time is. */
class GivenQueues {
  readonly shared = AccumulatorMemory.allocate(16)
  readonly metadata: SenderMetadata
  readonly ready: ReadyQueues
  readonly #queues: PartitionQueues
  now = START
  rings = 0
  /** Turns in which there was more to be done. */
  work = 0
  #slots = 0

  /** `leaders`: the broker of each partition; -1 is none. */
  constructor(leaders: readonly number[] = [1], given: Partial<ProducerOptions> = {}) {
    const options = { ...parseProducerOptions({ ...LIMITS, 'enable.idempotence': false }), ...given }
    const { shared } = this
    const memories = new SenderMemories(Memory.allocate(64))
    const sealer = new BatchSealer(memories, options)
    const applicationBell = {
      ring: (): void => {
        this.rings += 1
      },
    }
    this.metadata = new SenderMetadata({ bootstrap: [], network: new NetworkClient(), options, onUpdate: () => {} })
    this.#queues = new PartitionQueues(shared, () => 'orders')
    const own = { shared, queues: this.#queues, metadata: this.metadata, idempotence: null, options, applicationBell }
    const splitter = new BatchSplitter(shared, memories)
    const outcomes = new BatchOutcomes({ ...own, splitter, sealer, counters: new SenderCounters(options) })
    this.ready = new ReadyQueues({ ...own, outcomes })
    this.elect(...leaders)
  }

  elect(...leaders: readonly number[]): void {
    this.say({
      topicId: 1,
      partitions: leaders.map((leader, partition) => partitionMetadata({ partition, leader })),
    })
  }

  /** A broker says this of the topic. */
  say(said: Partial<TopicMetadata>): void {
    const topic = { error: 'NONE' as const, name: 'orders', topicId: 1, isInternal: false, partitions: [], ...said }
    this.metadata.known.update({ api: 'Metadata', brokers: [1], controller: 0, topics: [topic] })
  }

  /** The application announces a batch with one record. Returns its slot. */
  open(partition = 0): number {
    const slot = this.#slots++
    const place = { memoryId: 0, position: 0, baseTimestamp: 0, createdAt: this.now }
    this.shared.open(slot, { topicId: 1, partition, ...place })
    this.shared.stage(slot, 1, 100, 0)
    this.shared.commit(slot, 1)
    this.shared.announce(slot)
    this.#queues.takeOpened()
    return slot
  }

  /** The queue that was filled first. */
  get queue(): PartitionQueue {
    return this.#queues.filled[0]!
  }

  get filled(): number {
    return this.#queues.filled.length
  }

  /** Looks as in a turn of its own. Returns the partitions that are ready, by leader, and when it is to look again. */
  look(): { readonly ready: Readonly<Record<number, number[]>>; readonly next: number } {
    const { ready } = this
    const noteWork = (): void => {
      this.work += 1
    }
    const next = ready.look({ now: timestamp(this.now), noteWork } as Context)
    const found = ready.leaders.map((leader) => {
      return [leader, ready.queuesOf(leader).map(({ partition }) => partition)] as const
    })
    ready.clear()
    return { ready: Object.fromEntries(found), next }
  }

  /** The first batch is sealed, as if it had been sent and come back. */
  comeBack({ retryAt, leaderEpoch = 0 }: { readonly retryAt: number; readonly leaderEpoch?: number }): void {
    const { queue } = this
    const batch = SealedBatch.ofSlot(queue, queue.slots.shift()!, this.shared)
    batch.attempts = 1
    batch.retryAt = timestamp(retryAt)
    batch.leaderEpoch = leaderEpoch
    this.#queues.putBack(batch)
  }

  /** The errors of the batches that were reported. */
  get errors(): string[] {
    return Array.from({ length: this.shared.reports.written }, (_, number) => this.shared.reports.read(number).error)
  }
}

test('a batch is ready when it has waited for linger.ms, and until then it is known when that will be', () => {
  const given = new GivenQueues()
  given.open()
  expect(given.look()).toEqual({ ready: {}, next: START + 10 })
  given.now += 10
  expect(given.look().ready).toEqual({ 1: [0] })
})

test.each<[why: string, make: (given: GivenQueues, slot: number) => void]>([
  ['it is full', ({ shared }, slot) => shared.close(slot)],
  ['another one was opened behind it', (given) => given.open()],
  [
    'somebody waits for memory',
    ({ shared }) => {
      shared.isWaiting = true
    },
  ],
  [
    'a flush is under way',
    ({ shared }) => {
      shared.isFlushing = true
    },
  ],
])('a batch does not linger where %s', (_, make) => {
  const given = new GivenQueues()
  make(given, given.open())
  expect(given.look().ready).toEqual({ 1: [0] })
})

test('what is ready is listed by leader, in the order of filling, and anew in each turn', () => {
  const given = new GivenQueues([2, 1, 2])
  given.shared.isFlushing = true
  for (const partition of [2, 1, 0]) given.open(partition)
  for (let turn = 0; turn < 2; turn++) expect(given.look().ready).toEqual({ 1: [1], 2: [2, 0] })
})

test('a queue that is empty is looked at no more, until something is announced for it', () => {
  const given = new GivenQueues()
  given.open()
  const { queue } = given
  queue.slots.length = 0
  given.look()
  expect([given.filled, queue.isListed]).toEqual([0, false])
  given.open()
  expect([given.filled, given.queue]).toEqual([1, queue])
})

test('a queue whose batch is on its way and must not be passed is not ready', () => {
  const given = new GivenQueues()
  given.shared.close(given.open())
  given.queue.isMuted = true
  expect(given.look()).toEqual({ ready: {}, next: START + 500 })
})

test('a batch that came back waits for its backoff, but not where there is another leader by then', () => {
  const given = new GivenQueues()
  given.open()
  given.comeBack({ retryAt: START + 100 })
  expect(given.look()).toEqual({ ready: {}, next: START + 100 })
  given.say({ partitions: [partitionMetadata({ partition: 0, leader: 2, leaderEpoch: 1 })] })
  expect(given.look().ready).toEqual({ 2: [0] })
})

test('a batch without a leader is not ready, and that it lacks one is told in the same turn alone', () => {
  const given = new GivenQueues([-1])
  given.shared.close(given.open())
  expect([given.look(), given.ready.lacksLeader]).toEqual([{ ready: {}, next: START + 500 }, true])
  given.say({ partitions: [partitionMetadata({ partition: 0, leader: 1, leaderEpoch: 1 })] })
  expect([given.look().ready, given.ready.lacksLeader]).toEqual([{ 1: [0] }, false])
})

test.each<[what: string, hold: (given: GivenQueues) => void]>([
  ['nothing', () => {}],
  [
    'a batch before it',
    ({ queue }) => {
      queue.isMuted = true
    },
  ],
  ['the want of a leader', (given) => given.say({ partitions: [partitionMetadata({ partition: 0, leader: -1 })] })],
  ['its backoff', (given) => given.comeBack({ retryAt: START + 10_000 })],
])('a batch is given up after delivery.timeout.ms, held back by %s', (_, hold) => {
  const given = new GivenQueues([1], { 'linger.ms': 10_000 })
  given.open()
  hold(given)
  given.now += 499
  given.look()
  expect(given.errors).toEqual([])
  given.now += 1
  // Those behind it may be late as well.
  expect([given.look().next, given.work]).toEqual([given.now, 1])
  expect([given.errors, given.rings]).toEqual([['REQUEST_TIMED_OUT'], 1])
})

test('a queue whose topic was created again moves there, and the application is told', () => {
  const given = new GivenQueues()
  given.shared.close(given.open())
  given.say({ topicId: 2, partitions: [partitionMetadata({ partition: 0, leader: 3 })] })
  expect([given.look().ready, given.work]).toEqual([{}, 1])
  expect([given.queue.topicId, given.shared.topicChanges, given.rings]).toEqual([2, 1, 1])
  expect(given.look().ready).toEqual({ 3: [0] })
})

test('a batch of a partition that is gone is given up after max.block.ms, of which the application is told once', () => {
  const given = new GivenQueues()
  given.shared.close(given.open())
  given.say({ error: 'UNKNOWN_TOPIC_OR_PARTITION', topicId: -1 })
  expect(given.look().next).toBe(START + 200)
  given.now += 199
  expect(given.look().next).toBe(START + 200)
  expect([given.errors, given.shared.topicChanges]).toEqual([[], 1])
  given.now += 1
  given.look()
  expect(given.errors).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
})

test('a partition that comes back in time is sent to, and has all of max.block.ms when it goes again', () => {
  const given = new GivenQueues([1], { 'max.block.ms': 200 })
  given.shared.close(given.open())
  given.say({ error: 'UNKNOWN_TOPIC_OR_PARTITION', topicId: -1 })
  given.look()
  given.now += 150
  given.elect(1)
  expect(given.look().ready).toEqual({ 1: [0] })
  given.say({ error: 'UNKNOWN_TOPIC_OR_PARTITION', topicId: -1 })
  expect(given.look().next).toBe(START + 350)
})

test.each<[reason: string, make: (given: GivenQueues, slot: number) => void]>([
  ['linger', () => {}],
  [
    'memory',
    ({ shared }) => {
      shared.isWaiting = true
    },
  ],
  [
    'full',
    ({ shared }, slot) => {
      shared.isWaiting = true
      shared.close(slot)
    },
  ],
  ['full', (given) => given.open()],
  [
    'flush',
    ({ shared }, slot) => {
      shared.close(slot)
      shared.isFlushing = true
    },
  ],
  [
    'close',
    ({ shared }) => {
      shared.isFlushing = true
      shared.isClosing = true
    },
  ],
])('a batch leaves for the first reason that there is: %s', (reason, make) => {
  const given = new GivenQueues()
  make(given, given.open())
  expect(given.ready.reasonOf(given.queue)).toBe(reason)
})
