import { expect, test } from 'vitest'
import type { Partition } from '../../../../src/broker/partition.js'
import { Isr } from '../../../../src/broker/replication/isr.js'
import { Laggards } from '../../../../src/lab/simulate/laggards.js'

const LAG_MS = 100
const ISR = [1, 2, 3]

/** A leader whose log grows by a record each ten milliseconds, and two followers: how far each of them is behind. */
class GivenLeader {
  readonly isr = new Isr(ISR)
  readonly log = { logEndOffset: 0 }
  readonly leaderEpoch = 4
  readonly behind = new Map([
    [2, 0],
    [3, 0],
  ])
  readonly #laggards = new Laggards(LAG_MS)
  #now = 1_000

  /** Looks after each record. */
  lead(forMs: number): this {
    const partition = { isLeader: true, leader: 1, replicas: ISR, topicId: 1, partition: 0, ...this }
    for (const end = this.#now + forMs; this.#now < end; this.#now += 10) {
      this.log.logEndOffset += 1
      const held = (id: number): number => this.log.logEndOffset - (this.behind.get(id) ?? 0)
      this.#laggards.look(partition as unknown as Partition, held, this.#now)
    }
    return this
  }
}

test('followers that are behind by no more than they may be are let be', () => {
  const leader = new GivenLeader()
  leader.behind.set(2, 10)
  expect(() => leader.lead(1_000)).not.toThrow()
})

test('a follower that is further behind, and that nobody has asked out of the isr, is told of', () => {
  const leader = new GivenLeader().lead(300)
  leader.behind.set(3, 20)
  expect(() => leader.lead(300)).toThrow('broker 3 holds')
})

test('a leader that has asked for another isr, or got one, has its time', () => {
  const leader = new GivenLeader().lead(300)
  leader.isr.ask([])
  leader.behind.set(3, 20)
  expect(() => leader.lead(300)).not.toThrow()
  leader.isr.commit([1, 2])
  expect(() => leader.lead(300)).not.toThrow()
  leader.isr.commit([...ISR])
  expect(() => leader.lead(100)).not.toThrow()
  expect(() => leader.lead(200)).toThrow('broker 3 holds')
})
