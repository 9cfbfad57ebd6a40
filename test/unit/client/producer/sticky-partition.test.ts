import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import { type Random, seededRandom } from '../../../../src/base/random.js'
import {
  StickyPartition,
  type StickyPartitionOptions,
  type StickyPartitionParts,
} from '../../../../src/client/producer/sticky-partition.js'
import { HandClock } from '../batches/given-accumulator.js'

interface Load {
  bytesEver: number
  batches: number
  quietSince: number
}

const loads = (batches: readonly number[]): Load[] =>
  batches.map((batches) => ({ bytesEver: 0, batches, quietSince: -1 }))
const idle = (count: number): Load[] => loads(new Array<number>(count).fill(0))

interface Given extends Partial<Omit<StickyPartitionParts, 'options'>> {
  readonly options?: Partial<StickyPartitionOptions>
}

function givenSticky({ options, ...parts }: Given = {}): StickyPartition {
  return new StickyPartition({
    random: seededRandom(1),
    clock: new HandClock(),
    options: parseProducerOptions({ 'batch.size': 100, ...options }),
    ...parts,
  })
}

/** Queues are quiet after 50 ms without a report: linger.ms does not count. */
const QUIET_AFTER_50 = { 'partitioner.availability.timeout.ms': 40, 'linger.ms': 10 }

/** The middle of the first of so many steps, then of the second one, and so on. */
function counting(of: number): Random {
  let next = 0
  return { ...seededRandom(1), next: () => (next++ + 0.5) / of, below: (n) => next++ % n }
}

/** How often each partition is drawn, of as many draws as there are tickets. */
function drawn(partitions: readonly Load[], tickets: number, parts: Given = {}): number[] {
  const counts = new Array<number>(partitions.length).fill(0)
  const random = counting(tickets)
  for (let draw = 0; draw < tickets; draw++) counts[givenSticky({ ...parts, random }).choose(partitions)]! += 1
  return counts
}

/** The partitions of so many records of one byte, where a batch leaves after `recordsPerBatch` of them, full or not. */
function chosen(
  records: number,
  options: { batchBytes: number; recordsPerBatch: number; isFull: boolean; partitions: number },
): number[] {
  const sticky = givenSticky({ options: { 'batch.size': options.batchBytes } })
  const partitions = idle(options.partitions)
  return Array.from({ length: records }, () => {
    let partition = sticky.choose(partitions)
    if (partitions[partition]!.bytesEver % options.recordsPerBatch === 0) {
      partition = sticky.chooseForNewBatch(partitions, options.isFull)
    }
    partitions[partition]!.bytesEver += 1
    return partition
  })
}
/** Lengths of the runs of equal partitions. */
function runsOf(partitions: readonly number[]): number[] {
  const runs: number[] = []
  partitions.forEach((partition, index) => {
    if (index > 0 && partition === partitions[index - 1]) runs[runs.length - 1]! += 1
    else runs.push(1)
  })
  return runs
}

test('records without a key stay in one partition until batch.size bytes have gone there', () => {
  const runs = runsOf(chosen(10_000, { batchBytes: 100, recordsPerBatch: 50, isFull: false, partitions: 1_000 }))
  for (const run of runs.slice(0, -1)) expect(run % 100).toBe(0)
})

test('records without a key move on with each full batch, and leave none behind that is not', () => {
  const runs = runsOf(chosen(10_000, { batchBytes: 100, recordsPerBatch: 99, isFull: true, partitions: 1_000 }))
  for (const run of runs.slice(0, -1)) expect(run % 99).toBe(0)
})

test('the partition does not change while its batch has room', () => {
  const sticky = givenSticky()
  const partitions = idle(100_000)
  const first = sticky.choose(partitions)
  const after = (bytesEver: number): number => {
    partitions[first]!.bytesEver = bytesEver
    return sticky.chooseForNewBatch(partitions, false)
  }
  expect([after(0), after(99), sticky.choose(partitions)]).toEqual([first, first, first])
  expect(after(150)).not.toBe(first)
})

test('bytes that a partition had before it was chosen do not count', () => {
  const sticky = givenSticky()
  const partitions = idle(100_000)
  const first = sticky.choose(partitions)
  for (const bytesEver of [5_000, 5_050]) {
    partitions[first]!.bytesEver = bytesEver
    expect(sticky.chooseForNewBatch(partitions, false)).toBe(first)
  }
})

test('all partitions get about as much over time', () => {
  const counts = new Array<number>(5).fill(0)
  for (const partition of chosen(500_000, { batchBytes: 100, recordsPerBatch: 100, isFull: false, partitions: 5 }))
    counts[partition]! += 1
  for (const count of counts) expect(Math.abs(count - 100_000)).toBeLessThan(15_000)
})

test('a topic that has lost partitions is not sent to one that is gone', () => {
  const sticky = givenSticky()
  for (let count = 50; count > 0; count--) expect(sticky.choose(idle(count))).toBeLessThan(count)
})

test('with batch.size 0 hardly two records in a row stay together', () => {
  expect(
    runsOf(chosen(1_000, { batchBytes: 0, recordsPerBatch: 1, isFull: true, partitions: 1_000 })).length,
  ).toBeGreaterThan(400)
})

// `BuiltInPartitionerTest.adaptivePartitionsTest` in Kafka.
test('the shorter the queue of a partition, the more often it is chosen', () => {
  expect(drawn(loads([5, 0, 3, 0, 1]), 21)).toEqual([1, 6, 3, 6, 5])
})

test('queues of one length give all partitions the same', () => {
  expect(drawn(loads([3, 3, 3, 3]), 4)).toEqual([1, 1, 1, 1])
})

test('queues of many partitions count as those of a few', () => {
  const partitions = loads(Array.from({ length: 100 }, (_, partition) => partition % 2))
  expect(drawn(partitions, 150)).toEqual(partitions.map(({ batches }) => 2 - batches))
})

test('the queues of many partitions are looked at again after a few batches', () => {
  const sticky = givenSticky()
  const partitions = idle(256)
  sticky.choose(partitions)
  for (const load of partitions.slice(1)) load.batches = 1_000_000
  const chosen = Array.from({ length: 10 }, () => {
    sticky.chooseForNewBatch(partitions, true)
    return sticky.chooseForNewBatch(partitions, true)
  })
  expect(chosen.slice(4)).toEqual(Array(6).fill(0))
})

test('without adaptive partitioning queues do not matter', () => {
  expect(drawn(loads([5, 0, 3]), 3, { options: { 'partitioner.adaptive.partitioning.enable': false } })).toEqual([
    1, 1, 1,
  ])
})

test('a partition whose batches were not reported for too long is not chosen until one is', () => {
  const clock = new HandClock()
  const partitions = loads([1, 0, 1])
  const draws = (): number[] =>
    drawn(partitions, 6, { clock, options: QUIET_AFTER_50 }).map((count) => Math.sign(count))
  expect(draws()).toEqual([1, 1, 1])
  clock.time += 50
  expect(draws()).toEqual([1, 1, 1])
  clock.time += 1
  expect(draws()).toEqual([0, 1, 0])
  partitions[2]!.quietSince = -1
  expect(draws()).toEqual([0, 1, 1])
})

test('a partition is chosen all the same where nothing is heard of any', () => {
  const clock = new HandClock()
  const partitions = loads([1, 2])
  const draws = (): number[] => drawn(partitions, 2, { clock, options: QUIET_AFTER_50 })
  draws()
  clock.time += 51
  expect(draws()).toEqual([1, 1])
})
