import { describe, expect, test } from 'vitest'
import { crc32c } from '../../../src/base/crc32c.js'
import { Memory } from '../../../src/base/memory.js'
import { checkedRecords, isTransactional } from '../../../src/gateway/records-fault.js'
import { ATTRIBUTES_AT, BATCH_LENGTH_AT, CRC_AT, MAGIC_AT } from '../../../src/record/layout.js'
import { sentBatch } from './sent-batch.js'

const VERSION = 9
const AT = 3

/** A sound batch at a place that is not aligned, changed by the test. */
function checked(change: (batch: Buffer) => Buffer, version = VERSION) {
  const batch = change(sentBatch('a', 'b'))
  const memory = Memory.allocate(batch.length + 64)
  memory.bytes.set(batch, AT)
  return checkedRecords({ memory, position: AT, bytes: batch.length }, version)
}

function faultOf(change: (batch: Buffer) => Buffer, version = VERSION): string | undefined {
  const found = checked(change, version)
  return typeof found === 'number' ? undefined : found.error
}

const same = (batch: Buffer): Buffer => batch
const resealed = (batch: Buffer): Buffer => {
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT, batch.length), CRC_AT)
  return batch
}
const withAttributes = (bits: number) => (batch: Buffer) => {
  batch.writeInt16BE(bits, ATTRIBUTES_AT)
  return resealed(batch)
}
const withByte = (at: number, byte: number) => (batch: Buffer) => {
  batch.writeUInt8(byte, at)
  return resealed(batch)
}

test('one whole batch is taken', () => expect(checked(same)).toBe(sentBatch('a', 'b').length))

// `ByteBufferLogInputStream.nextBatch`
test.each([1, 11, 12, 16, 17, 60])('%i bytes of another batch behind it are not looked at', (more) => {
  const { length } = sentBatch('a', 'b')
  expect(checked((batch) => Buffer.concat([batch, batch.subarray(0, more)]))).toBe(length)
})

test('a batch of a transaction is known by its header', () => {
  const memory = Memory.allocate(128)
  memory.bytes.set(withAttributes(1 << 4)(sentBatch('a')))
  expect([61, 60].map((bytes) => isTransactional({ memory, position: 0, bytes }))).toEqual([true, false])
})

test('a batch of an older format has no bit for a transaction, whatever stands there', () => {
  const memory = Memory.allocate(128)
  const older = [0, 1].map((magic) => withAttributes(1 << 4)(sentBatch('a')).fill(magic, MAGIC_AT, MAGIC_AT + 1))
  for (const batch of older) {
    memory.bytes.set(batch)
    expect(isTransactional({ memory, position: 0, bytes: 61 })).toBe(false)
  }
})

describe('what is refused, as Kafka refuses it', () => {
  test.each<readonly [string, string, (batch: Buffer) => Buffer]>([
    ['no batch', 'INVALID_RECORD', () => Buffer.alloc(0)],
    ['the beginning of a batch', 'INVALID_RECORD', (batch) => batch.subarray(0, 16)],
    ['a batch that is cut off', 'INVALID_RECORD', (batch) => batch.subarray(0, batch.length - 1)],
    ['two batches', 'INVALID_RECORD', (batch) => Buffer.concat([batch, batch])],
    ['zeros behind the batch', 'CORRUPT_MESSAGE', (batch) => Buffer.concat([batch, Buffer.alloc(12)])],
    ['an offset to begin with', 'INVALID_RECORD', (batch) => batch.fill(1, 7, 8)],
    ['a record that is longer than the batch', 'INVALID_RECORD', withByte(61, 127)],
    ['a record that is shorter than its value', 'INVALID_RECORD', withByte(61, 10)],
    ['a value that leaves its record', 'INVALID_RECORD', withByte(66, 40)],
    ['a negative number of headers', 'INVALID_RECORD', withByte(68, 1)],
    ['more headers than there are', 'INVALID_RECORD', withByte(68, 2)],
    ['fewer records than there are', 'INVALID_RECORD', withByte(60, 1)],
    ['more records than there are', 'INVALID_RECORD', withByte(60, 3)],
    ['format 0', 'INVALID_RECORD', (batch) => batch.fill(0, MAGIC_AT, MAGIC_AT + 1)],
    ['format 1', 'INVALID_RECORD', (batch) => batch.fill(1, MAGIC_AT, MAGIC_AT + 1)],
    ['format 3', 'CORRUPT_MESSAGE', (batch) => batch.fill(3, MAGIC_AT, MAGIC_AT + 1)],
    ['another bit anywhere behind the checksum', 'CORRUPT_MESSAGE', (batch) => batch.fill(9, batch.length - 1)],
    ['a checksum of something else', 'CORRUPT_MESSAGE', (batch) => batch.fill(9, CRC_AT, CRC_AT + 4)],
    ['a codec that there is not', 'UNKNOWN_SERVER_ERROR', withAttributes(5)],
    ['a transaction', 'INVALID_TXN_STATE', withAttributes(1 << 4)],
  ])('%s: %s', (_, error, change) => expect(faultOf(change)).toBe(error))

  test.each([-1, 0, 13, 60])('a length of %i that no batch has', (length) => {
    const fault = faultOf((batch) => {
      batch.writeInt32BE(length, BATCH_LENGTH_AT)
      return batch
    })
    expect(['CORRUPT_MESSAGE', 'INVALID_RECORD']).toContain(fault)
  })

  test('zstd before version 7', () => {
    expect([6, 7].map((version) => faultOf(withAttributes(4), version))).toEqual([
      'UNSUPPORTED_COMPRESSION_TYPE',
      // Its records, which are none, are looked at.
      'UNKNOWN_SERVER_ERROR',
    ])
  })
})
