import { expect, test } from 'vitest'
import { parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { timestamp } from '../../../src/base/ids.js'
import { LogCleaner } from '../../../src/broker/log-cleaner.js'
import { Partition } from '../../../src/broker/partition.js'
import { SegmentPool } from '../../../src/log/segment-pool.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { keyed, rows } from '../log/given-compaction.js'
import { partitionOf } from './given-broker.js'

const BACKOFF_MS = 100
const CONFIGS = { 'cleanup.policy': 'compact', 'segment.bytes': 1_024 } as const

class Given {
  readonly #pool = new SegmentPool({ segmentBytes: 2 ** 20 })
  readonly partitions: Partition[] = []
  readonly cleaner = new LogCleaner(this.partitions, BACKOFF_MS)
  now = 0

  partition(configs: object = CONFIGS): Partition {
    const parts = {
      pool: this.#pool,
      options: parseTopicOptions(configs),
      brokerId: 1,
      lagMsMax: 100,
      isInternal: false,
      point: () => {},
    }
    const partition = new Partition(1, this.partitions.length, parts)
    partition.update(partitionOf({ leaderEpoch: 4 }), timestamp(0))
    this.partitions.push(partition)
    return partition
  }

  /** Has the cleaner called whenever it wants to be, for so long. */
  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) this.now = Math.min(end, this.cleaner.tick(timestamp(this.now)))
  }
}

function write(partition: Partition, count: number, key = 'a', bytes = 100): void {
  for (let n = 0; n < count; n++) {
    const batch = keyed([[key, `${n}`.padEnd(bytes, '.')]])
    partition.append(batch, 0, batchBytes(batch, 0), timestamp(0))
    partition.advanceHighWatermark(new Map(), timestamp(0))
  }
}

test('a broker compacts each log that is dirty, and no log that is not to be compacted', () => {
  const given = new Given()
  const [one, other, deleted] = [given.partition(), given.partition(), given.partition({ 'segment.bytes': 1_024 })]
  for (const partition of given.partitions) write(partition, 40)
  given.pass(BACKOFF_MS)
  expect([one, other, deleted].map(({ log }) => rows(log).length < 10)).toEqual([true, true, false])
})

test('a long log is compacted in steps, so that its broker serves others in between', () => {
  const given = new Given()
  const partition = given.partition({ ...CONFIGS, 'segment.bytes': 2 ** 20 })
  write(partition, 60, 'a', 50_000)
  given.cleaner.tick(timestamp(0))
  expect(rows(partition.log).length).toBe(60)
  given.pass(BACKOFF_MS)
  expect(rows(partition.log).length).toBeLessThan(25)
})

test('the log with the largest dirty share is compacted first', () => {
  const given = new Given()
  const [half, whole] = [given.partition({ ...CONFIGS, 'min.cleanable.dirty.ratio': 0.1 }), given.partition()]
  for (let n = 0; n < 24; n++) write(half, 1, `${n}`)
  given.pass(BACKOFF_MS)
  write(half, 12)
  write(whole, 40)
  const before = rows(half.log).length
  given.now += BACKOFF_MS
  given.cleaner.tick(timestamp(given.now))
  expect([rows(half.log).length, rows(whole.log).length < 10]).toEqual([before, true])
  given.pass(BACKOFF_MS)
  expect(rows(half.log).length).toBeLessThan(before)
})

test('a broker that finds nothing to compact looks again after log.cleaner.backoff.ms', () => {
  const given = new Given()
  const partition = given.partition()
  expect(given.cleaner.tick(timestamp(0))).toBe(BACKOFF_MS)
  write(partition, 40)
  given.cleaner.tick(timestamp(BACKOFF_MS - 1))
  expect(rows(partition.log).length).toBe(40)
  given.cleaner.tick(timestamp(BACKOFF_MS))
  expect(rows(partition.log).length).toBeLessThan(10)
})

test('a partition that is gone in the middle of its compaction leaves the cleaner to the others', () => {
  const given = new Given()
  const [gone, other] = [given.partition({ ...CONFIGS, 'segment.bytes': 2 ** 20 }), given.partition()]
  write(gone, 60, 'a', 50_000)
  given.cleaner.tick(timestamp(0))
  gone.close()
  given.partitions.splice(0, 1)
  write(other, 40)
  given.pass(BACKOFF_MS)
  expect(rows(other.log).length).toBeLessThan(10)
})
