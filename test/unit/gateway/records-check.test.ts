import { describe, expect, test } from 'vitest'
import { DECOMPRESSED_BYTES_FREE } from '../../../src/base/config/internal-limits.js'
import { Memory } from '../../../src/base/memory.js'
import { checkedRecords } from '../../../src/gateway/records-fault.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { codecNamed } from '../../../src/record/codecs/codecs.js'
import { BATCH_OVERHEAD, ZSTD } from '../../../src/record/layout.js'
import { batchBytes, sealBatch } from '../../../src/record/record-batch.js'
import { memoryWith, type ValidatedBatch, validatedBatches } from '../record/codecs/golden.js'

const VERSION = 9

function errorOf(memory: Memory, bytes: number): string {
  const checked = checkedRecords({ memory, position: 0, bytes }, VERSION)
  return typeof checked === 'number' ? 'NONE' : checked.error
}

function verdictOn({ bytes }: ValidatedBatch): string {
  const size = Buffer.from(bytes, 'base64').length
  return errorOf(memoryWith(bytes), size)
}

/**
 * What Kafka keeps though no client reads it: it looks at the offsets of records that are compressed alone, and at the
 * lengths of those alone that are not.
 */
const KEPT_BY_KAFKA =
  /^none: (the second record has|the second record leaves|the first record begins|an offset goes down)|^\w+: (a|the last) record says that/

const named = validatedBatches.map((batch) => ({ ...batch, name: `${batch.codec}: ${batch.made}` }))

describe('a batch has the error that it has in Kafka', () => {
  const asInKafka = named.filter(({ name, error }) => error !== 'NONE' || !KEPT_BY_KAFKA.test(name))
  test.each(asInKafka)('$name: $error', (batch) => expect(verdictOn(batch)).toBe(batch.error))
})

describe('a batch is refused that Kafka keeps, and that no client reads', () => {
  const stricter = named.filter(({ name, error }) => error === 'NONE' && KEPT_BY_KAFKA.test(name))
  test.each(stricter)('$name', (batch) => expect(verdictOn(batch)).toBe('INVALID_RECORD'))
})

function sealed(stream: Uint8Array): Memory {
  const memory = Memory.allocate(BATCH_OVERHEAD + stream.length)
  memory.copyIn(BATCH_OVERHEAD, stream)
  const bytes = BATCH_OVERHEAD + stream.length
  const none = { producerId: -1, producerEpoch: -1, baseSequence: -1 }
  sealBatch(memory, 0, { bytes, recordCount: 1, baseTimestamp: 0, maxTimestamp: 0, attributes: ZSTD, ...none })
  return memory
}

test('a small batch that becomes very large is refused before it has', () => {
  const stream = codecNamed('zstd').compress(Buffer.alloc(DECOMPRESSED_BYTES_FREE + 1), 3)
  const memory = sealed(stream)
  expect(stream.length).toBeLessThan(10_000)
  expect(errorOf(memory, batchBytes(memory, 0))).toBe('MESSAGE_TOO_LARGE')
})

test('a batch of a thousand records with headers and all kinds of lengths is sound', () => {
  const records = Array.from({ length: 1_000 }, (_, index) => ({
    key: index % 3 === 0 ? null : 'k'.repeat(index),
    value: index % 5 === 0 ? null : 'v'.repeat(index * 3),
    headers: Array.from({ length: index % 4 }, (_, number) => ({
      key: `h${number}`,
      value: number === 0 ? null : 'x',
    })),
  }))
  for (const attributes of [0, ZSTD]) {
    const memory = buildBatch(records, { attributes })
    expect(errorOf(memory, batchBytes(memory, 0))).toBe('NONE')
  }
})
