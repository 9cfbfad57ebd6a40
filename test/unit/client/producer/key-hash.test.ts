import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32OfKey, murmur2, partitionForKey } from '../../../../src/client/producer/key-hash.js'

// `UtilsTest.testMurmur2` in Kafka.
const VECTORS: readonly [key: string, hash: number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

test.each(VECTORS)("'%s' hashes as in Kafka's own test", (key, hash) => {
  expect(murmur2(key)).toBe(hash)
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

// librdkafka's tests/0048-partitioner.c.
test.each([
  ['', 0],
  ['23456', 0xb1b451d7],
  ['this is another string with more length to it perhaps', 0xb0150df7],
  ['hejsan', 0xd077037e],
])("the CRC-32 of '%s' is that of librdkafka's own test", (key, hash) => {
  expect(crc32OfKey(key)).toBe(hash)
  expect(crc32OfKey(Buffer.from(key))).toBe(hash)
})

test('a text hashes as its UTF-8 bytes do, whatever its letters and its length', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.string({ minLength: 60, maxLength: 70 }))
  fc.assert(
    fc.property(text, (key) => {
      expect(murmur2(key)).toBe(murmur2(Buffer.from(key)))
      expect(crc32OfKey(key)).toBe(crc32OfKey(Buffer.from(key)))
    }),
  )
})

test('a key lives in one partition, one of those there are', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (key, partitionCount) => {
      const partition = partitionForKey(key, partitionCount)
      expect(partition).toBe(partitionForKey(Buffer.from(key), partitionCount))
      expect(partition >= 0 && partition < partitionCount).toBe(true)
    }),
  )
})

test('keys spread over all partitions', () => {
  const counts = new Array<number>(8).fill(0)
  for (let key = 0; key < 8_000; key++) counts[partitionForKey(`key-${key}`, 8)]! += 1
  for (const count of counts) expect(count).toBeGreaterThan(800)
})
