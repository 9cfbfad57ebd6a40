import { describe, expect, test } from 'vitest'
import { leaderEpoch } from '../../../src/base/ids.js'
import { BatchReader } from '../../../src/record/batch-reader.js'
import { LentRecord } from '../../../src/record/lent-record.js'
import * as batch from '../../../src/record/record-batch.js'
import { bytesOf, fixtures, memoryOf, recordsOf, written, writtenBy } from './fixtures.js'

const byKafka = writtenBy('kafka-clients-4.2.0')
const byLibrdkafka = writtenBy('librdkafka-2.0.2')
const byKafkajs = writtenBy('kafkajs-2.2.4')
/** What only a broker does to a batch. */
const fromClients = fixtures.filter(({ logAppendTime }) => logAppendTime === undefined)

describe("our batches are the Java client's, byte for byte", () => {
  test.each(fromClients)('$name: $why', (fixture) => {
    expect(written(fixture, 'bytes')).toBe(byKafka.get(fixture.name))
    expect(written(fixture, 'text')).toBe(byKafka.get(fixture.name))
  })
})

describe("our batches are kafkajs's, byte for byte", () => {
  test.each(fixtures.filter(({ name }) => byKafkajs.has(name)))('$name', (fixture) => {
    expect(written(fixture, 'text')).toBe(byKafkajs.get(fixture.name))
  })
})

describe("our batches are librdkafka's, byte for byte", () => {
  test.each(fixtures.filter(({ name }) => byLibrdkafka.has(name)))('$name', (fixture) => {
    // librdkafka sends 0 where the others say "no epoch"; the broker overwrites it, and no CRC covers it.
    expect(written(fixture, 'text', { leaderEpoch: leaderEpoch(0) })).toBe(byLibrdkafka.get(fixture.name))
  })
})

describe('a batch of the Java client is read back', () => {
  test.each(fixtures)('$name', (fixture) => {
    const at = 24
    const memory = memoryOf(byKafka.get(fixture.name) ?? '', at)
    const reader = new BatchReader(memory).reset(memory, at)
    const record = new LentRecord(reader)
    let expectedOffset = fixture.baseOffset ?? 0

    expect(batch.isCrcValid(memory, at)).toBe(true)
    for (const expected of recordsOf(fixture, 'bytes')) {
      expect(reader.next()).toBe(true)
      expect(record.offset).toBe(expectedOffset++)
      expect(record.timestamp).toBe(fixture.logAppendTime ?? expected.timestamp)
      expect(record.key).toEqual(expected.key)
      expect(record.value).toEqual(expected.value)
      expect(record.headers).toEqual(expected.headers)
    }
    expect(reader.next()).toBe(false)
  })

  test.each(fixtures)('$name: its header', (fixture) => {
    const memory = memoryOf(byKafka.get(fixture.name) ?? '')
    const timestamps = recordsOf(fixture, 'bytes').map(({ timestamp }) => timestamp ?? 0)

    expect(batch.batchBytes(memory, 0)).toBe((byKafka.get(fixture.name) ?? '').length / 2)
    expect(batch.baseOffset(memory, 0)).toBe(fixture.baseOffset ?? 0)
    expect(batch.lastOffset(memory, 0)).toBe((fixture.baseOffset ?? 0) + timestamps.length - 1)
    expect(batch.recordCount(memory, 0)).toBe(timestamps.length)
    expect(batch.baseTimestamp(memory, 0)).toBe(fixture.baseTimestamp)
    expect(batch.maxTimestamp(memory, 0)).toBe(fixture.logAppendTime ?? Math.max(...timestamps))
    expect(batch.attributes(memory, 0)).toBe(fixture.attributes ?? 0)
    expect(batch.producerId(memory, 0)).toBe(fixture.producerId ?? -1)
    expect(batch.producerEpoch(memory, 0)).toBe(fixture.producerEpoch ?? -1)
    expect(batch.baseSequence(memory, 0)).toBe(fixture.baseSequence ?? -1)
    expect(batch.partitionLeaderEpoch(memory, 0)).toBe(fixture.leaderEpoch ?? -1)
  })
})

test('every fixture was written by the Java client, and most of them by the others', () => {
  expect([...byKafka.keys()]).toEqual(fixtures.map(({ name }) => name))
  expect(byKafkajs.size).toBe(11)
  expect(byLibrdkafka.size).toBe(9)
  expect(bytesOf({ of: 'x', times: 3 })?.toString()).toBe('xxx')
})
