import { expect, test } from 'vitest'
import type { Connection } from '../../../src/actor/types.js'
import { type GivenTopicOptions, parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { leaderEpoch, offset, timestamp } from '../../../src/base/ids.js'
import type { Memory } from '../../../src/base/memory.js'
import { type AppendResult, Partition } from '../../../src/broker/partition.js'
import { SegmentPool } from '../../../src/log/segment-pool.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { ATTRIBUTES_AT, COMPRESSION_MASK, CONTROL, GZIP } from '../../../src/record/layout.js'
import { attributes, batchBytes, partitionLeaderEpoch } from '../../../src/record/record-batch.js'
import { batchOf, batchOfBytes, leaderEpochAt, sliceAt } from '../log/given-log.js'
import { partitionOf } from './given-broker.js'

const METADATA = partitionOf({ leaderEpoch: 4 })

function givenPartition(options: GivenTopicOptions = {}, metadata = METADATA): Partition {
  const pool = new SegmentPool({ segmentBytes: 1024 })
  const said = { brokerId: 1, isInternal: false, lagMsMax: 100, point: () => {} }
  const parts = { pool, options: parseTopicOptions(options), ...said }
  const partition = new Partition(1, 0, parts)
  partition.update(metadata, timestamp(0))
  return partition
}

function append(partition: Partition, batch: Memory): AppendResult {
  const appended = partition.append(batch, 0, batchBytes(batch, 0), timestamp(1000))
  partition.advanceHighWatermark(new Map(), timestamp(1000))
  return appended
}

const reader = (): Connection => ({}) as Connection

test('a record of a partition with one replica is committed at once', () => {
  const partition = givenPartition()
  expect([append(partition, batchOf(['a', 'b'])), append(partition, batchOf(['c']))]).toEqual([0, 2])
  expect(partition.log).toMatchObject({ highWatermark: 3, logEndOffset: 3 })
})

test('batches are stamped with the epoch of the leader that appended them', () => {
  const partition = givenPartition()
  append(partition, batchOf(['a']))
  partition.update({ ...METADATA, leaderEpoch: 5, partitionEpoch: 5 }, timestamp(1))
  append(partition, batchOf(['b']))
  expect([0, 1].map((at) => leaderEpochAt(partition.log, at))).toEqual([leaderEpoch(4), leaderEpoch(5)])
  const { segment, position } = sliceAt(partition.log, 0)
  expect(partitionLeaderEpoch(partition.log.memoryOf(segment), position)).toBe(4)
})

test('a partition leads as long as its metadata says so', () => {
  const partition = givenPartition()
  expect(partition.isLeader).toBe(true)
  partition.update({ ...METADATA, leader: 2, partitionEpoch: 5 }, timestamp(1))
  expect(partition.isLeader).toBe(false)
})

test('a batch that a client may not send is refused, and not appended', () => {
  const partition = givenPartition({ 'max.message.bytes': 200 })
  const control = batchOf(['a'])
  control.view.setInt16(ATTRIBUTES_AT, CONTROL)
  expect(append(partition, control)).toBe('INVALID_RECORD')
  expect(partition.append(batchOf(['a']), 0, 20, timestamp(1))).toBe('CORRUPT_MESSAGE')
  expect(append(partition, batchOfBytes(400))).toBe('MESSAGE_TOO_LARGE')
  expect(partition.log.logEndOffset).toBe(0)
})

test('a batch larger than a segment is refused', () => {
  expect(append(givenPartition(), batchOfBytes(2000))).toBe('RECORD_LIST_TOO_LARGE')
})

test('a blocking log is full while a reader still needs its oldest segment', () => {
  const partition = givenPartition({ 'retention.bytes': 800, 'odradek.log.full': 'block' })
  const [slow, fast] = [reader(), reader()]
  partition.readers.note(slow, offset(0))
  partition.readers.note(fast, offset(2))
  expect([0, 1, 2].map(() => append(partition, batchOfBytes(800)))).toEqual([0, 1, 'full'])
  partition.readers.note(slow, offset(1))
  expect(append(partition, batchOfBytes(800))).toBe(2)
})

test('a reader of a leader that leads no more needs nothing of it when it leads again', () => {
  const partition = givenPartition({ 'retention.bytes': 800, 'odradek.log.full': 'block' })
  partition.readers.note(reader(), offset(0))
  expect([0, 1, 2].map(() => append(partition, batchOfBytes(800)))).toEqual([0, 1, 'full'])
  partition.update({ ...METADATA, leader: 2, leaderEpoch: 5, partitionEpoch: 5 }, timestamp(1))
  partition.update({ ...METADATA, leaderEpoch: 6, partitionEpoch: 6 }, timestamp(1))
  expect(append(partition, batchOfBytes(800))).toBe(2)
})

test('a reader that is gone needs nothing', () => {
  const partition = givenPartition({ 'retention.bytes': 800, 'odradek.log.full': 'block' })
  const slow = reader()
  partition.readers.note(slow, offset(0))
  expect([0, 1, 2].map(() => append(partition, batchOfBytes(800)))).toEqual([0, 1, 'full'])
  partition.readers.forget(slow)
  expect(append(partition, batchOfBytes(800))).toBe(2)
})

test.each([
  ['the next leader epoch', 5],
  ['an epoch behind one that it has not heard of', 6],
])('a leader in %s knows nothing of its followers, and commits nothing before they have fetched again', (_, epoch) => {
  const replicated = { ...METADATA, replicas: [1, 2], isr: [1, 2] }
  const partition = givenPartition({}, replicated)
  append(partition, batchOf(['a', 'b']))
  const fetched = { replicaId: 2, replicaEpoch: 2, fetchOffset: offset(2), logStartOffset: 0 }
  partition.followerFetched({ ...fetched, fetchOffset: offset(1) }, timestamp(1000))
  append(partition, batchOf(['c']))
  partition.followerFetched(fetched, timestamp(1000))
  partition.update({ ...replicated, leaderEpoch: epoch, partitionEpoch: epoch }, timestamp(1000))
  const moved = [partition.advanceHighWatermark(new Map(), timestamp(1000))]
  partition.followerFetched(fetched, timestamp(1000))
  moved.push(partition.advanceHighWatermark(new Map(), timestamp(1000)))
  expect([moved, partition.log.highWatermark]).toEqual([[false, true], 2])
})

test('batches are kept in the codec that the topic says, and are refused where that makes them too large', () => {
  const partition = givenPartition({ 'compression.type': 'gzip', 'max.message.bytes': 300 })
  const codecs = (): number[] => [0, 1].map((from) => attributesAt(partition, from) & COMPRESSION_MASK)
  append(partition, batchOf(['a'.repeat(200)]))
  partition.reconfigure(parseTopicOptions({ 'compression.type': 'uncompressed', 'max.message.bytes': 300 }))
  const compressed = (bytes: number): Memory => buildBatch([{ value: 'b'.repeat(bytes) }], { attributes: GZIP })
  expect([append(partition, compressed(200)), append(partition, compressed(400))]).toEqual([1, 'MESSAGE_TOO_LARGE'])
  expect(codecs()).toEqual([GZIP, 0])
})

function attributesAt(partition: Partition, from: number): number {
  const { segment, position } = sliceAt(partition.log, from)
  return attributes(partition.log.memoryOf(segment), position)
}
