import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { type Guard, switchOff } from '../../../src/base/guards.js'
import type { PartitionMetadata } from '../../../src/protocol/apis/metadata.js'
import { type GivenControls, givenPartition } from './given-image.js'

/**
 * A partition on three brokers, and what each of them holds of it: whatever an isr of at least the minimum held at once
 * counts as committed. Leaders bring those that follow them to their own state, as replication does.
 */
const BROKERS = [1, 2, 3]

interface Step {
  readonly type:
    | 'append'
    | 'shrink'
    | 'expand'
    | 'delayedExpand'
    | 'askExpand'
    | 'stop'
    | 'start'
    | 'startEmpty'
    | 'silence'
    | 'unsilence'
  readonly brokerId: number
}

const step = fc.record<Step>({
  type: fc.constantFrom(
    'append',
    'shrink',
    'expand',
    'delayedExpand',
    'askExpand',
    'stop',
    'start',
    'startEmpty',
    'silence',
    'unsilence',
  ),
  brokerId: fc.constantFrom(...BROKERS),
})
const steps = fc.array(step, { maxLength: 40, size: 'max' })

class Model {
  readonly #controls: GivenControls
  readonly #minIsr: number
  /** How many brokers may still lose their memory. */
  #lossesLeft: number
  readonly #held = new Map(BROKERS.map((brokerId) => [brokerId, new Set<number>()]))
  readonly #running = new Set(BROKERS)
  readonly #committed = new Set<number>()
  /** What a leader has asked for and what is still on its way. */
  #delayed: ReturnType<GivenControls['wanted']> | null = null
  #appends = 0
  #before: PartitionMetadata

  constructor(minIsr: number) {
    this.#controls = givenPartition(minIsr)
    this.#minIsr = minIsr
    this.#lossesLeft = minIsr - 1
    this.#before = this.#controls.partition()
  }

  take({ type, brokerId }: Step): void {
    const { leader, isr } = this.#controls.partition()
    switch (type) {
      case 'append':
        return this.#append()
      case 'shrink':
        if (leader !== -1 && brokerId !== leader) this.#controls.alter(isr.filter((member) => member !== brokerId))
        return
      case 'expand':
        return this.#expand(brokerId)
      case 'askExpand':
        if (this.#canJoin(brokerId)) this.#delayed = this.#controls.wanted([...isr, brokerId])
        return
      case 'delayedExpand':
        if (this.#delayed !== null) this.#controls.commit(this.#controls.partitions.alterPartition(this.#delayed))
        this.#delayed = null
        return
      case 'stop':
        this.#running.delete(brokerId)
        return this.#controls.fence(brokerId)
      case 'start':
        return this.#start(brokerId, 'kept')
      case 'startEmpty':
        return this.#start(brokerId, 'lost')
      case 'silence':
        return this.#controls.fence(brokerId)
      case 'unsilence':
        if (this.#running.has(brokerId)) this.#controls.unfence(brokerId)
    }
  }

  check(): void {
    const { leader, leaderEpoch, partitionEpoch, isr, elr } = this.#controls.partition()
    if (isr.length >= this.#minIsr) expect(elr).toEqual([])
    expect(leaderEpoch - this.#before.leaderEpoch).toBeGreaterThanOrEqual(leader === this.#before.leader ? 0 : 1)
    expect(partitionEpoch).toBeGreaterThanOrEqual(this.#before.partitionEpoch)
    if (leader !== -1) expect([...this.#committed].filter((one) => !this.#held.get(leader)!.has(one))).toEqual([])
    this.#before = this.#controls.partition()
  }

  #append(): void {
    const { leader, isr, leaderEpoch, partitionEpoch } = this.#controls.partition()
    if (leader === -1) return
    this.#appends += 1
    this.#held.get(leader)!.add(this.#appends)
    // KIP-497: a leader waits for those too that it has asked for, as long as the partition is as it was then.
    const asked = this.#delayed?.partitions[0]
    const isPending = asked?.leaderEpoch === leaderEpoch && asked.partitionEpoch === partitionEpoch
    const members = isPending ? asked.newIsr.map((member) => member.brokerId) : isr
    if (isr.length < this.#minIsr || !members.every((member) => this.#running.has(member))) return
    for (const member of members) this.#follow(member)
    for (const one of this.#held.get(leader)!) this.#committed.add(one)
  }

  #expand(brokerId: number): void {
    if (this.#canJoin(brokerId)) this.#controls.alter([...this.#controls.partition().isr, brokerId])
  }

  /** Whether a follower has caught up, which it does here. */
  #canJoin(brokerId: number): boolean {
    const { leader, isr } = this.#controls.partition()
    if (leader === -1 || isr.includes(brokerId) || !this.#running.has(brokerId)) return false
    this.#follow(brokerId)
    return true
  }

  #follow(brokerId: number): void {
    const { leader } = this.#controls.partition()
    this.#held.set(brokerId, new Set(this.#held.get(leader)))
  }

  #start(brokerId: number, memory: 'kept' | 'lost'): void {
    if (this.#running.has(brokerId) || (memory === 'lost' && this.#lossesLeft === 0)) return
    if (memory === 'lost') {
      this.#lossesLeft -= 1
      this.#held.set(brokerId, new Set())
    }
    this.#running.add(brokerId)
    this.#controls.register(brokerId, memory)
  }
}

function run(minIsr: number, taken: readonly Step[]): void {
  const model = new Model(minIsr)
  for (const each of taken) {
    model.take(each)
    model.check()
  }
}

test.each([1, 2, 3])(
  'a leader holds all that is committed, with a minimum of %i and one loss of memory less',
  (minIsr) => {
    fc.assert(
      fc.property(steps, (taken) => run(minIsr, taken)),
      { numRuns: 400 },
    )
  },
)

afterEach(() => switchOff([]))

test.each<Guard>(['unclean-exclusion', 'elect-within-isr', 'elr-below-minimum', 'eligible-isr', 'leader-epoch-grows'])(
  'without the guard %s that is not so',
  (guard) => {
    switchOff([guard])
    const found = fc.check(
      fc.property(steps, (taken) => run(2, taken)),
      { numRuns: 20_000, seed: 1, endOnFailure: true },
    )
    expect(found.failed).toBe(true)
  },
)

/**
 * 1. The leader asks for an isr with 3 in it. 2. It gives up 2. 3. It commits alone. 4. What it has asked for in 1.
 * arrives.
 */
const overtaken: Step[] = [
  { type: 'shrink', brokerId: 3 },
  { type: 'askExpand', brokerId: 3 },
  { type: 'shrink', brokerId: 2 },
  { type: 'append', brokerId: 1 },
  { type: 'delayedExpand', brokerId: 3 },
  { type: 'stop', brokerId: 1 },
]

test('an isr that was asked for before the partition changed does no harm', () => {
  run(1, overtaken)
})

test('without the guard stale-isr-request, an isr that was asked for before the partition changed would do harm', () => {
  switchOff(['stale-isr-request'])
  expect(() => run(1, overtaken)).toThrow()
})
