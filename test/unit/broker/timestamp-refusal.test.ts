import { expect, test } from 'vitest'
import { parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { type GivenTopicOptions, parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { timestamp } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'
import { timestampRefusal } from '../../../src/broker/timestamp-refusal.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { codecNamed } from '../../../src/record/codecs/codecs.js'
import { compressRecords } from '../../../src/record/compressed-batch.js'
import { BATCH_LENGTH_AT, GZIP, LOG_OVERHEAD } from '../../../src/record/layout.js'
import { batchBytes } from '../../../src/record/record-batch.js'

const NOW = timestamp(1_700_000_000_000.5)
const HOUR_MS = 3_600_000

function refusalOf(offsetsMs: readonly number[], given: GivenTopicOptions, broker = {}): string {
  const batch = buildBatch(offsetsMs.map((offsetMs) => ({ value: 'v', timestamp: Math.floor(NOW) + offsetMs })))
  return timestampRefusal(batch, 0, NOW, parseTopicOptions(given, parseBrokerOptions(broker)))
}

// KIP-937, KIP-1030
test('a record may be an hour ahead and as old as it likes, unless the topic says otherwise', () => {
  expect(refusalOf([HOUR_MS], {})).toBe('NONE')
  expect(refusalOf([HOUR_MS + 1], {})).toBe('INVALID_TIMESTAMP')
  expect(refusalOf([-Math.floor(NOW)], {})).toBe('NONE')
})

test('one record out of the limits has its batch refused, whichever of them it is', () => {
  const limits = { 'message.timestamp.before.max.ms': 1000, 'message.timestamp.after.max.ms': 500 }
  expect(refusalOf([-999, 0, 500], limits)).toBe('NONE')
  expect(refusalOf([0, -1001, 0], limits)).toBe('INVALID_TIMESTAMP')
  expect(refusalOf([-1001, 0, 0], limits)).toBe('INVALID_TIMESTAMP')
  expect(refusalOf([0, 501, 0], limits)).toBe('INVALID_TIMESTAMP')
})

test('an option that a topic does not have is that of its broker', () => {
  const broker = { 'log.message.timestamp.before.max.ms': 1000, 'log.message.timestamp.after.max.ms': 500 }
  expect([refusalOf([-1001], {}, broker), refusalOf([501], {}, broker)]).toEqual(Array(2).fill('INVALID_TIMESTAMP'))
  expect(refusalOf([501], { 'message.timestamp.after.max.ms': 600 }, broker)).toBe('NONE')
})

test('with LogAppendTime the timestamps of producers are not looked at', () => {
  const limits = { 'message.timestamp.before.max.ms': 0, 'message.timestamp.after.max.ms': 0 } as const
  expect(refusalOf([-5000, 5000], { ...limits, 'message.timestamp.type': 'LogAppendTime' })).toBe('NONE')
})

test('a compressed batch is opened to find its earliest record', () => {
  const offsets = [0, -1001, ...Array<number>(50).fill(0)]
  const batch = buildBatch(
    offsets.map((offsetMs) => ({ value: 'v'.repeat(50), timestamp: Math.floor(NOW) + offsetMs })),
  )
  const bytes = compressRecords(batch, 0, batchBytes(batch, 0), codecNamed('gzip'))
  batch.view.setInt32(BATCH_LENGTH_AT, bytes - LOG_OVERHEAD)
  batch.view.setInt16(21, GZIP)
  const options = (beforeMs: number) => parseTopicOptions({ 'message.timestamp.before.max.ms': beforeMs })
  expect(timestampRefusal(batch, 0, NOW, options(1002))).toBe('NONE')
  expect(timestampRefusal(batch, 0, NOW, options(1000))).toBe('INVALID_TIMESTAMP')
})

test('a batch whose records cannot be read is refused, where they must be', () => {
  const batch = buildBatch([{ value: 'v', timestamp: NOW }])
  const broken = Memory.allocate(batch.size)
  broken.bytes.set(batch.bytes)
  broken.bytes.fill(0xff, 61)
  expect(timestampRefusal(broken, 0, NOW, parseTopicOptions({}))).toBe('NONE')
  const options = parseTopicOptions({ 'message.timestamp.before.max.ms': 1000 })
  expect(timestampRefusal(broken, 0, NOW, options)).toBe('CORRUPT_MESSAGE')
})
