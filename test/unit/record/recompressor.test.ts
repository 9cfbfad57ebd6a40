import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import type { Memory } from '../../../src/base/memory.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import type { BatchPlace } from '../../../src/record/batch-opener.js'
import { codecNamed } from '../../../src/record/codecs/codecs.js'
import { ATTRIBUTES_AT, GZIP, TRANSACTIONAL, ZSTD } from '../../../src/record/layout.js'
import { Recompressor } from '../../../src/record/recompressor.js'
import { attributes, isCrcValid, sealBatch } from '../../../src/record/record-batch.js'
import { recordsIn } from './codecs/golden.js'

const ORDERS = Array.from({ length: 50 }, (_, index) => ({ value: `order ${index}`, timestamp: 1_000 + index }))
const PRODUCER = { producerId: 7, producerEpoch: 1, baseSequence: 3, baseOffset: offset(40) }

const codecs = [
  ['uncompressed', null],
  ['gzip', codecNamed('gzip')],
  ['zstd', codecNamed('zstd')],
] as const

test.each(codecs)('batches of any codec become %s, with the same records and the same header', (_name, codec) => {
  const recompressor = new Recompressor(codec, 3)
  for (const given of [0, GZIP, ZSTD]) {
    const batch = buildBatch(ORDERS, { attributes: given | TRANSACTIONAL, ...PRODUCER })
    const { memory, at } = recompressor.recompressed(batch, 0) as BatchPlace
    expect(attributes(memory, at)).toBe((codec?.bits ?? 0) | TRANSACTIONAL)
    expect(isCrcValid(memory, at)).toBe(true)
    expect(recordsIn(memory)).toEqual(recordsIn(batch))
    // Offset, producer and times stand between these two.
    const header = (from: Memory): Buffer => Buffer.from(from.bytes.subarray(ATTRIBUTES_AT + 2, 61))
    expect(header(memory)).toEqual(header(batch))
  }
})

test('a batch that has its codec stays where it lies, and so does one that the codec makes larger', () => {
  const recompressor = new Recompressor(codecNamed('gzip'), 6)
  const [compressed, noise] = [buildBatch(ORDERS, { attributes: GZIP }), buildBatch([{ value: randomBytes(300) }])]
  for (const memory of [compressed, noise]) expect(recompressor.recompressed(memory, 0)).toEqual({ memory, at: 0 })
})

test('what cannot be opened cannot be given another codec', () => {
  const broken = buildBatch(ORDERS)
  const none = { producerId: -1, producerEpoch: -1, baseSequence: -1 }
  sealBatch(broken, 0, { bytes: 200, recordCount: 50, baseTimestamp: 0, maxTimestamp: 0, attributes: GZIP, ...none })
  expect(new Recompressor(codecNamed('zstd'), 3).recompressed(broken, 0)).toBe('corrupt')
})
