import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/base/random.js'
import { murmur2, partitionForKey, StickyPartition } from '../../../src/client/partitioner.js'

// `UtilsTest.testMurmur2` in Kafka.
const VECTORS: readonly [key: string, hash: number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test.each(VECTORS)("'%s' hashes as in Kafka's own test", (key, hash) => {
  expect(murmur2(key)).toBe(hash)
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

test('a text hashes as its UTF-8 bytes do, whatever its letters and its length', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ minLength: 60, maxLength: 70 }))
  fc.assert(
    fc.property(text, (key) => {
      expect(murmur2(key)).toBe(murmur2(Buffer.from(key)))
    }),
  )
})

test('a key lives in one partition, one of those there are', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (key, partitionCount) => {
      const partition = partitionForKey(key, partitionCount)
      expect(partition).toBe(partitionForKey(Buffer.from(key), partitionCount))
      expect(partition >= 0 && partition < partitionCount).toBe(true)
    }),
  )
})

test('keys spread over all partitions', () => {
  const counts = new Array<number>(8).fill(0)
  for (let key = 0; key < 8_000; key++) counts[partitionForKey(`key-${key}`, 8)]! += 1
  for (const count of counts) expect(count).toBeGreaterThan(800)
})

/** The partitions of so many records of one byte, where a batch leaves after `recordsPerBatch` of them, full or not. */
function chosen(
  records: number,
  options: { batchBytes: number; recordsPerBatch: number; isFull: boolean; partitions: number },
): number[] {
  const sticky = new StickyPartition(seededRandom(1), options.batchBytes)
  const counts = new Array<number>(options.partitions).fill(0)
  return Array.from({ length: records }, () => {
    let partition = sticky.choose(options.partitions)
    const bytesEver = (of: number): number => counts[of] as number
    if (bytesEver(partition) % options.recordsPerBatch === 0) {
      partition = sticky.chooseForNewBatch(bytesEver, options.isFull, options.partitions)
    }
    counts[partition]! += 1
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
  const sticky = new StickyPartition(seededRandom(1), 100)
  const first = sticky.choose(1_000_000)
  expect(sticky.chooseForNewBatch(() => 0, false, 1_000_000)).toBe(first)
  expect(sticky.chooseForNewBatch(() => 99, false, 1_000_000)).toBe(first)
  expect(sticky.choose(1_000_000)).toBe(first)
  expect(sticky.chooseForNewBatch(() => 150, false, 1_000_000)).not.toBe(first)
})

test('what a partition had before it was chosen does not count', () => {
  const sticky = new StickyPartition(seededRandom(1), 100)
  const first = sticky.choose(1_000_000)
  expect(sticky.chooseForNewBatch(() => 5_000, false, 1_000_000)).toBe(first)
  expect(sticky.chooseForNewBatch(() => 5_050, false, 1_000_000)).toBe(first)
})

test('over time all partitions get about as much', () => {
  const counts = new Array<number>(5).fill(0)
  for (const partition of chosen(500_000, { batchBytes: 100, recordsPerBatch: 100, isFull: false, partitions: 5 }))
    counts[partition]! += 1
  for (const count of counts) expect(Math.abs(count - 100_000)).toBeLessThan(15_000)
})

test('a topic that has lost partitions is not sent to one that is gone', () => {
  const sticky = new StickyPartition(seededRandom(1), 100)
  for (let partitions = 50; partitions > 0; partitions--) expect(sticky.choose(partitions)).toBeLessThan(partitions)
})

test('with batch.size 0 hardly two records in a row stay together', () => {
  expect(
    runsOf(chosen(1_000, { batchBytes: 0, recordsPerBatch: 1, isFull: true, partitions: 1_000 })).length,
  ).toBeGreaterThan(400)
})
