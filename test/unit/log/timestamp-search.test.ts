import { describe, expect, test } from 'vitest'
import { offset, timestamp } from '../../../src/base/ids.js'
import type { SharedLog } from '../../../src/log/shared-log.js'
import { codecNamed } from '../../../src/record/codecs/codecs.js'
import { ATTRIBUTES_AT, COMPRESSION_MASK } from '../../../src/record/layout.js'
import { append, appendVisibly, batchOf, batchOfBytes, givenLog } from './given-log.js'

const at = (...timestamps: number[]) => batchOf(timestamps.map(String), { timestamps })
const find = (log: SharedLog, time: number) => log.offsetForTimestamp(timestamp(time))?.offset ?? null

test('a search by time finds the first record that is not older', () => {
  const { log } = givenLog()
  appendVisibly(log, at(10, 20, 30), at(40, 50))
  expect([0, 10, 11, 30, 31, 50, 51].map((time) => find(log, time))).toEqual([0, 0, 1, 2, 3, 4, null])
  expect(log.offsetForTimestamp(timestamp(45))).toEqual({ offset: 4, timestamp: 50 })
})

test('a search by time crosses segments and index intervals', () => {
  const { log, handles } = givenLog()
  for (let time = 0; time < 100; time++) appendVisibly(log, at(time))
  expect(handles.length).toBeGreaterThan(5)
  for (let time = 0; time < 100; time++) expect(find(log, time)).toBe(time)
})

test('times out of order do not hide a record', () => {
  const { log } = givenLog()
  appendVisibly(log, at(90), ...Array.from({ length: 30 }, () => at(10)), at(95), at(20))
  expect([find(log, 15), find(log, 91), find(log, 96)]).toEqual([0, 31, null])
})

test('earliest, latest and the largest timestamp are found without a search', () => {
  const { log } = givenLog()
  appendVisibly(log, at(10, 70, 30), at(70), at(50))
  append(log, at(60))
  log.deleteRecordsBefore(offset(1))
  expect(log.offsetForTimestamp('earliest')).toEqual({ offset: 1, timestamp: -1 })
  expect(log.offsetForTimestamp('latest')).toEqual({ offset: 5, timestamp: -1 })
  expect(log.offsetForTimestamp('latest', 'LOG_END')).toEqual({ offset: 6, timestamp: -1 })
  expect(log.offsetForTimestamp('max-timestamp')).toEqual({ offset: 1, timestamp: 70 })
})

test('deleted records are not found by their time', () => {
  const { log } = givenLog()
  appendVisibly(log, at(10, 90, 30), at(20))
  log.deleteRecordsBefore(offset(2))
  expect([find(log, 5), find(log, 31)]).toEqual([2, null])
  expect(log.offsetForTimestamp('max-timestamp')).toEqual({ offset: 2, timestamp: 30 })
})

test('a record beyond the high watermark is not found by its time', () => {
  const { log } = givenLog()
  append(log, at(10))
  expect(find(log, 10)).toBeNull()
  expect(log.offsetForTimestamp('max-timestamp')).toBeNull()
  expect(log.offsetForTimestamp(timestamp(10), 'LOG_END')).toEqual({ offset: 0, timestamp: 10 })
})

test('an empty log has no largest timestamp', () => {
  expect(givenLog().log.offsetForTimestamp('max-timestamp')).toBeNull()
})

test('a record that a truncation removed is not found by its time', () => {
  const { log } = givenLog()
  appendVisibly(log, at(10), batchOfBytes(96), at(99), at(20))
  log.truncate(offset(2))
  appendVisibly(log, at(15))
  expect([find(log, 16), log.offsetForTimestamp('max-timestamp')?.timestamp]).toEqual([null, 15])
  log.checkBatches()
})

describe.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('a batch compressed with %s is opened', (name) => {
  /** Long enough for every codec to gain something. */
  const compressed = (...timestamps: number[]) => {
    const values = timestamps.map(() => 'the same again '.repeat(20))
    return batchOf(values, { timestamps, attributes: codecNamed(name).bits })
  }

  test('for the record of a time', () => {
    const { log } = givenLog()
    appendVisibly(log, at(5), compressed(10, 30, 40))
    expect(log.offsetForTimestamp(timestamp(25))).toEqual({ offset: 2, timestamp: 30 })
    expect([find(log, 31), find(log, 41)]).toEqual([3, null])
  })

  test('for the largest time of those of its records that were not deleted', () => {
    const { log } = givenLog()
    appendVisibly(log, compressed(10, 90, 30))
    log.deleteRecordsBefore(offset(2))
    expect([find(log, 5), find(log, 31)]).toEqual([2, null])
    expect(log.offsetForTimestamp('max-timestamp')).toEqual({ offset: 2, timestamp: 30 })
  })
})

/** Under a codec that nobody has. */
const opaque = (...timestamps: number[]) => {
  const memory = at(...timestamps)
  memory.view.setInt16(ATTRIBUTES_AT, COMPRESSION_MASK)
  return memory
}

test('the first record of a batch that cannot be opened stands for all', () => {
  const { log } = givenLog()
  appendVisibly(log, at(5), opaque(10, 30))
  expect(log.offsetForTimestamp(timestamp(25))).toEqual({ offset: 1, timestamp: 10 })
})

test('a deleted batch that cannot be opened is not found by its time', () => {
  const { log } = givenLog()
  appendVisibly(log, opaque(10), at(5, 20))
  log.deleteRecordsBefore(offset(1))
  expect(find(log, 6)).toBe(2)
})
