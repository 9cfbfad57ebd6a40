import { describe, expect, test } from 'vitest'
import { crc32c } from '../../../src/base/crc32c.js'
import { Memory } from '../../../src/base/memory.js'
import { recordsFault } from '../../../src/gateway/records-fault.js'
import { ATTRIBUTES_AT, BATCH_LENGTH_AT, CRC_AT, MAGIC_AT } from '../../../src/record/layout.js'
import { sentBatch } from './sent-batch.js'

const VERSION = 9
const AT = 3

/** A sound batch at a place that is not aligned, changed by the test. */
function faultOf(change: (batch: Buffer) => Buffer, version = VERSION): string | undefined {
  const batch = change(sentBatch('a', 'b'))
  const memory = Memory.allocate(batch.length + 64)
  memory.bytes.set(batch, AT)
  return recordsFault(memory, AT, batch.length, version)?.error
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

test('one whole batch is taken', () => expect(faultOf(same)).toBeUndefined())

describe('what is refused, as Kafka refuses it', () => {
  test.each<readonly [string, string, (batch: Buffer) => Buffer]>([
    ['no batch', 'INVALID_RECORD', () => Buffer.alloc(0)],
    ['the beginning of a batch', 'INVALID_RECORD', (batch) => batch.subarray(0, 16)],
    ['a batch that is cut off', 'INVALID_RECORD', (batch) => batch.subarray(0, batch.length - 1)],
    ['two batches', 'INVALID_RECORD', (batch) => Buffer.concat([batch, batch])],
    ['bytes behind the batch', 'INVALID_RECORD', (batch) => Buffer.concat([batch, Buffer.of(0)])],
    ['format 0', 'INVALID_RECORD', (batch) => batch.fill(0, MAGIC_AT, MAGIC_AT + 1)],
    ['format 1', 'INVALID_RECORD', (batch) => batch.fill(1, MAGIC_AT, MAGIC_AT + 1)],
    ['format 3', 'CORRUPT_MESSAGE', (batch) => batch.fill(3, MAGIC_AT, MAGIC_AT + 1)],
    ['another bit anywhere behind the checksum', 'CORRUPT_MESSAGE', (batch) => batch.fill(9, batch.length - 1)],
    ['a checksum of something else', 'CORRUPT_MESSAGE', (batch) => batch.fill(9, CRC_AT, CRC_AT + 4)],
    ['a codec that there is not', 'CORRUPT_MESSAGE', withAttributes(5)],
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
