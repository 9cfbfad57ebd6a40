import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leaderEpoch, offset } from '../../../src/base/ids.js'
import type { Memory } from '../../../src/base/memory.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import * as layout from '../../../src/record/layout.js'
import * as batch from '../../../src/record/record-batch.js'

const three = (): Memory => buildBatch([{ value: 'a' }, { value: 'b' }, { value: 'c' }], { baseTimestamp: 1000 })
const check = (memory: Memory): batch.HeaderCheck => batch.checkHeader(memory, 0, batch.batchBytes(memory, 0))

/** The batch after a change to its header, with a CRC that fits again: what a faulty client could send. */
function changed(change: (view: DataView) => void): Memory {
  const memory = three()
  change(memory.view)
  return memory
}

describe('a sealed batch', () => {
  test('passes the check of its header and of its CRC', () => {
    expect(check(three())).toBe('NONE')
    expect(batch.isCrcValid(three(), 0)).toBe(true)
  })

  test('has offset 0 and no leader epoch until a leader stamps it', () => {
    expect(batch.baseOffset(three(), 0)).toBe(0)
    expect(batch.partitionLeaderEpoch(three(), 0)).toBe(layout.NO_LEADER_EPOCH)
  })

  test('is stamped with any offset up to 2^53 - 1 without a change to its CRC', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER - 2), fc.nat(2 ** 31 - 1), (stamped, epoch) => {
        const memory = three()
        batch.stampOffset(memory, 0, offset(stamped), leaderEpoch(epoch))

        expect(batch.baseOffset(memory, 0)).toBe(stamped)
        expect(batch.lastOffset(memory, 0)).toBe(stamped + 2)
        expect(batch.partitionLeaderEpoch(memory, 0)).toBe(epoch)
        expect(batch.isCrcValid(memory, 0)).toBe(true)
      }),
    )
  })

  test('fails its CRC when any bit of it changes from the attributes on', () => {
    const memory = three()
    for (let at = layout.CRC_AT; at < batch.batchBytes(memory, 0); at++)
      for (let bit = 0; bit < 8; bit++) {
        memory.bytes[at] = (memory.bytes[at] ?? 0) ^ (1 << bit)
        expect(batch.isCrcValid(memory, 0)).toBe(false)
        memory.bytes[at] = (memory.bytes[at] ?? 0) ^ (1 << bit)
      }
  })
})

describe('the check of a header', () => {
  test('refuses a batch that was cut anywhere', () => {
    const memory = three()
    for (let bytes = 0; bytes < batch.batchBytes(memory, 0); bytes++)
      expect(batch.checkHeader(memory, 0, bytes)).toBe('CORRUPT_MESSAGE')
  })

  test('lets other bytes follow the batch', () => {
    const memory = three()
    expect(batch.checkHeader(memory, 0, batch.batchBytes(memory, 0) + 5)).toBe('NONE')
  })

  test.each([
    [
      'a length too small for a header',
      'CORRUPT_MESSAGE',
      (view: DataView) => view.setInt32(layout.BATCH_LENGTH_AT, 48),
    ],
    ['a negative length', 'CORRUPT_MESSAGE', (view: DataView) => view.setInt32(layout.BATCH_LENGTH_AT, -12)],
    ['an unknown magic', 'CORRUPT_MESSAGE', (view: DataView) => view.setInt8(layout.MAGIC_AT, 3)],
    [
      'the format before Kafka 0.11',
      'UNSUPPORTED_FOR_MESSAGE_FORMAT',
      (view: DataView) => view.setInt8(layout.MAGIC_AT, 1),
    ],
    ['no records', 'INVALID_RECORD', (view: DataView) => view.setInt32(layout.RECORD_COUNT_AT, 0)],
    ['a negative count', 'INVALID_RECORD', (view: DataView) => view.setInt32(layout.RECORD_COUNT_AT, -3)],
    ['more records than offsets', 'INVALID_RECORD', (view: DataView) => view.setInt32(layout.RECORD_COUNT_AT, 4)],
    ['more offsets than records', 'INVALID_RECORD', (view: DataView) => view.setInt32(layout.LAST_OFFSET_DELTA_AT, 3)],
    ['a control batch', 'INVALID_RECORD', (view: DataView) => view.setInt16(layout.ATTRIBUTES_AT, layout.CONTROL)],
    [
      'a producer without a sequence',
      'INVALID_RECORD',
      (view: DataView) => view.setBigInt64(layout.PRODUCER_ID_AT, 7n),
    ],
  ] as const)('refuses %s', (_, code, change) => {
    const memory = changed(change)
    expect(batch.checkHeader(memory, 0, memory.size)).toBe(code)
  })

  test('answers whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: layout.BATCH_OVERHEAD, maxLength: 90 }), (noise) => {
        const memory = changed(() => {})
        memory.bytes.set(noise.subarray(0, memory.size))
        expect(batch.checkHeader(memory, 0, noise.length)).not.toBe('NONE')
      }),
    )
  })
})
