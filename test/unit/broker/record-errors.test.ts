import { expect, test } from 'vitest'
import { parseTopicOptions } from '../../../src/base/config/topic-options.js'
import { timestamp } from '../../../src/base/ids.js'
import { recordErrorsOf } from '../../../src/broker/record-errors.js'
import { faultOf, refusedBatch } from '../../../src/protocol/apis/produce.js'
import { produceResponseFrame } from '../../../src/protocol/ring/produce-frame.js'
import { buildBatch } from '../../../src/record/batch-builder.js'

const NOW = timestamp(1_000_000)
const records = [
  { key: 'a', value: '1', timestamp: NOW },
  { value: '2', timestamp: NOW - 5_000 },
  { key: 'b', value: '3', timestamp: NOW - 500 },
  { value: '4', timestamp: NOW + 5_000 },
]
const refused = { memory: buildBatch(records), at: 0, now: NOW }

// KIP-467
test('a batch that was refused for the times of records names those that are too old or too new', () => {
  const limits = { 'message.timestamp.before.max.ms': 1_000, 'message.timestamp.after.max.ms': 1_000 }
  expect(recordErrorsOf('INVALID_TIMESTAMP', refused, parseTopicOptions(limits))).toEqual([1, 3])
})

test('a batch that a compacted topic has refused names the records without a key', () => {
  const compacted = parseTopicOptions({ 'cleanup.policy': 'compact' })
  expect(recordErrorsOf('INVALID_RECORD', refused, compacted)).toEqual([1, 3])
  expect(recordErrorsOf('INVALID_RECORD', refused, parseTopicOptions({}))).toEqual([])
})

test('an answer on a ring carries the records of each partition', () => {
  const result = {
    topicId: 1,
    partition: 0,
    error: 'NONE',
    baseOffset: 0,
    logAppendTimeMs: -1,
    logStartOffset: 0,
  } as const
  const partitions = [[1, 3], undefined, [7]].map((recordErrors) => ({
    ...result,
    currentLeader: null,
    ...(recordErrors && { recordErrors }),
  }))
  const response = { api: 'Produce', partitions } as const
  const view = new DataView(new ArrayBuffer(produceResponseFrame.bytes(response)))
  produceResponseFrame.write(response, view, 0)
  expect(produceResponseFrame.read(view, 0)).toEqual(response)
})

test.each(['UNKNOWN_SERVER_ERROR', 'CORRUPT_MESSAGE', 'INVALID_RECORD'] as const)(
  'what stands for a batch that a gateway has refused with %s says so',
  (error) => {
    const where = { topicId: 1, partition: 0, memoryId: 2 }
    for (const isSeenFirst of [true, false])
      expect(faultOf(refusedBatch(where, { error, isSeenFirst }))).toEqual({ error, isSeenFirst })
    expect(faultOf({ ...where, position: 0, bytes: 80 })).toBeNull()
  },
)
