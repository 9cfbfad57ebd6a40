import { expect, test } from 'vitest'
import { parseTopicOptions } from '../../../../src/base/config/topic-options.js'
import { timestamp } from '../../../../src/base/ids.js'
import { Partition } from '../../../../src/broker/partition.js'
import { CompactedLogs } from '../../../../src/lab/simulate/compacted-logs.js'
import type { SeenBroker } from '../../../../src/lab/simulate/invariants.js'
import { SegmentPool } from '../../../../src/log/segment-pool.js'
import { batchBytes } from '../../../../src/record/record-batch.js'
import { partitionOf } from '../../broker/given-broker.js'
import { type Keyed, keyed } from '../../log/given-compaction.js'

/** A broker whose replica of one partition was written like this, all of it committed. */
function replicaOf(brokerId: number, batches: readonly (readonly Keyed[])[]): SeenBroker & { partition: Partition } {
  const options = parseTopicOptions({ 'cleanup.policy': 'compact', 'segment.bytes': 1_024 })
  const pool = new SegmentPool({ segmentBytes: 1_024 })
  const partition = new Partition(1, 0, {
    pool,
    options,
    brokerId: 1,
    lagMsMax: 100,
    isInternal: false,
    point: () => {},
  })
  partition.update(partitionOf({ leaderEpoch: 4 }), timestamp(0))
  for (const records of batches) {
    const batch = keyed(records)
    partition.append(batch, 0, batchBytes(batch, 0), timestamp(0))
    partition.advanceHighWatermark(new Map(), timestamp(0))
  }
  return { brokerId, partition, partitions: [partition], isCountedOn: () => true }
}

const PAD = 'x'.repeat(300)
const WRITTEN = Array.from({ length: 12 }, (_, n): Keyed[] => [[`${n % 3}`, `${n}${PAD}`]])

test('replicas that are compacted at different times tell the same', () => {
  const [one, other] = [replicaOf(1, WRITTEN), replicaOf(2, WRITTEN)]
  const logs = new CompactedLogs()
  logs.afterTurn(one)
  one.partition.compact(2 ** 20, timestamp(0))
  expect(one.partition.log.bytesFrom(one.partition.log.logStartOffset)).toBeLessThan(3_000)
  for (const replica of [one, other]) {
    logs.afterTurn(replica)
    logs.whole(replica)
  }
})

test('a replica with another record at an offset is found out', () => {
  const logs = new CompactedLogs()
  logs.afterTurn(replicaOf(1, WRITTEN))
  const other = replicaOf(2, [...WRITTEN.slice(0, 11), [['2', `else${PAD}`]]])
  expect(() => logs.afterTurn(other)).toThrow('other records at offset 11')
})

test('a replica that has lost the latest record of a key is found out', () => {
  const logs = new CompactedLogs()
  const whole = [...WRITTEN, [['0', null]] as Keyed[]]
  const known = replicaOf(1, whole)
  logs.afterTurn(known)
  // What the broker has lost with its memory, and a leader that took too much has not sent again.
  const lost = replicaOf(2, whole)
  lost.partition.startAt(lost.partition.log.logEndOffset)
  logs.afterTurn(lost)
  expect(() => logs.whole(lost)).toThrow('1 is undefined and was 10')
})
