import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Memory } from '../../../../src/base/memory.js'
import type { Codec, CodecName } from '../../../../src/record/codecs/codec.js'
import { codecNamed, codecOf } from '../../../../src/record/codecs/codecs.js'
import { lz4Codec } from '../../../../src/record/codecs/lz4.js'
import { snappyCodec } from '../../../../src/record/codecs/snappy.js'
import { zstdCodec } from '../../../../src/record/codecs/zstd.js'
import { nodesZstd, wasmZstd } from '../../../../src/record/codecs/zstd-libraries.js'
import { goldenBatches, memoryWith, recordsIn, recordsMade } from './golden.js'

const NAMES: readonly CodecName[] = ['gzip', 'snappy', 'lz4', 'zstd']
const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `order ${index % 700} of books\n`).join(''))
const LEVEL = 3

/** zstd by each library that is here: a machine has one of them in use. */
const CODECS: readonly (readonly [string, Codec])[] = [
  ...NAMES.map((name) => [name, codecNamed(name)] as const),
  ...(nodesZstd() === null ? [] : [["Node's zstd", zstdCodec(nodesZstd)] as const]),
  ['zstd of WebAssembly', zstdCodec(wasmZstd)],
]

test.each(goldenBatches)(
  'a batch that Kafka has compressed with $codec at level $level is read, made: $made',
  (golden) => {
    expect(recordsIn(memoryWith(golden.bytes))).toEqual(recordsMade(golden.made))
  },
)

test('the bits of a batch name its codec, and bits without a codec name none', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((bits) => codecOf(bits | 16)?.name)).toEqual([
    undefined,
    ...NAMES,
    undefined,
    undefined,
    undefined,
  ])
})

describe.each(CODECS)('%s', (_name, codec) => {
  test('what is compressed comes back, also from shared memory', () => {
    const lengths = fc.nat({ max: 200_000 })
    fc.assert(
      fc.property(lengths, fc.boolean(), (length, isRandom) => {
        const memory = Memory.allocate(length + 8)
        memory.copyIn(0, isRandom ? randomBytes(length) : TEXT.subarray(0, length))
        const bytes = memory.bytes.subarray(0, length)
        const stream = Memory.allocate(2 * length + 1_000)
        const compressed = codec.compress(bytes, LEVEL)
        stream.copyIn(0, compressed)
        const back = codec.decompress(stream.bytes.subarray(0, compressed.length), Math.max(1, length))
        expect(bytes.equals(back as Uint8Array)).toBe(true)
      }),
      { numRuns: 25 },
    )
  })

  test('as many bytes come out as are allowed, and not one more', () => {
    const stream = codec.compress(TEXT, LEVEL)
    expect(codec.decompress(stream, TEXT.length)).toHaveLength(TEXT.length)
    expect(codec.decompress(stream, TEXT.length - 1)).toBe('too-large')
  })

  test('of a stream that is cut off nothing is taken', () => {
    const stream = codec.compress(TEXT, LEVEL)
    for (let bytes = 1; bytes < stream.length; bytes += 1 + Math.floor(stream.length / 50)) {
      const opened = codec.decompress(stream.subarray(0, bytes), TEXT.length)
      // A framed stream of snappy may end between two of its blocks.
      if (typeof opened === 'string') expect(opened).toBe('corrupt')
      else expect(codec.name === 'snappy' && TEXT.subarray(0, opened.length).equals(opened)).toBe(true)
    }
  })

  test('whatever the bytes are, no more than what is allowed comes out, and nothing is thrown', () => {
    const stream = Buffer.from(codec.compress(TEXT, LEVEL))
    const changed = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    const streams = fc.oneof(
      changed.map((changes) => {
        const bytes = Buffer.from(stream)
        for (const [at, byte] of changes) bytes[at < 4 * changes.length ? at : at % 64] = byte
        return bytes
      }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([stream.subarray(0, 24), bytes])),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    )
    fc.assert(
      fc.property(streams, fc.constantFrom(10, 1_000, TEXT.length), (bytes, bytesMax) => {
        const opened = codec.decompress(bytes, bytesMax)
        expect(typeof opened === 'string' || opened.length <= bytesMax).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('a stream at the front of other bytes is found, and records are not taken for one', () => {
    const stream = codec.compress(TEXT, LEVEL)
    const front = Buffer.concat([stream, stream, TEXT]).subarray(0, TEXT.length)
    expect(TEXT.equals(codec.decompressFront(front) as Uint8Array)).toBe(true)
    // The shortest record, and one whose length looks like the first two letters of snappy's mark.
    for (const start of [
      [12, 0, 0],
      [0x82, 0x53, 0],
      [0x28, 0],
    ])
      expect(codec.decompressFront(Buffer.from(start))).toBeNull()
  })
})

describe('lengths that a stream only says it has', () => {
  const opened = (name: CodecName, hex: string, bytesMax = 2 ** 26) =>
    codecNamed(name).decompress(Buffer.from(hex.replaceAll(' ', ''), 'hex'), bytesMax)
  const XERIAL = '82534e4150505900 00000001 00000001'

  test.each<[string, CodecName, string, string]>([
    ['a block of snappy that says it becomes 4 GB', 'snappy', 'ffffffff0f 0041', 'corrupt'],
    ['a framed block of 2 GB', 'snappy', `${XERIAL} 7fffffff 0041`, 'corrupt'],
    ['a framed block of a negative length', 'snappy', `${XERIAL} ffffffff 0041`, 'corrupt'],
    ['a length that never ends', 'snappy', 'ffffffffffffffff', 'corrupt'],
    ['a block of lz4 longer than the frame', 'lz4', '04224d18 6070 73 ffffff7f 41', 'corrupt'],
    ['blocks of lz4 that need one another', 'lz4', '04224d18 4070 73 01000080 41 00000000', 'corrupt'],
    ['a frame of zstd that says it has 4 EB', 'zstd', '28b52ffd e0 0000000000000040 010000', 'corrupt'],
    ['a block of zstd longer than the frame', 'zstd', '28b52ffd 00 58 f1ffff 41', 'corrupt'],
  ])('%s', (_what, name, hex, why) => {
    // Node's zstd sees that the blocks do not keep what the frame says, the other library does not go so far.
    expect(['too-large', why]).toContain(opened(name, hex))
  })

  test('a thousand blocks of zstd that repeat one byte become no more than is allowed', () => {
    const block = (isLast: boolean) => Buffer.from([(isLast ? 1 : 0) | 2, 0, 0x10, 0x41])
    const blocks = Array.from({ length: 1_000 }, (_, index) => block(index === 999))
    const stream = Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), ...blocks])
    expect(codecNamed('zstd').decompress(stream, 131_072 * 999)).toBe('too-large')
    expect(codecNamed('zstd').decompress(stream, 131_072 * 1_000)).toHaveLength(131_072_000)
  })

  test('many small blocks of lz4 are counted by what is in them, and not by what they could become', () => {
    const block = Buffer.from('01000080 41'.replace(' ', ''), 'hex')
    const small = Buffer.from('02000000 1041'.replace(' ', ''), 'hex')
    const frame = Buffer.concat([
      Buffer.from('04224d18607073', 'hex'),
      block,
      ...Array(300).fill(small),
      Buffer.alloc(4),
    ])
    expect(codecNamed('lz4').decompress(frame, 301)).toHaveLength(301)
    expect(codecNamed('lz4').decompress(frame, 300)).toBe('too-large')
  })
})

test('one block of snappy without a frame is read, as librdkafka and franz-go write it', () => {
  const block = Buffer.from('0b 28 68656c6c6f20776f726c64'.replaceAll(' ', ''), 'hex')
  expect(String(codecNamed('snappy').decompress(block, 11))).toBe('hello world')
})

test('streams of snappy that follow one another are read to their end', () => {
  const snappy = codecNamed('snappy')
  const [one, two] = [snappy.compress(Buffer.from('hello '), 0), snappy.compress(Buffer.from('world'), 0)]
  expect(String(snappy.decompress(Buffer.concat([one, two]), 100))).toBe('hello world')
})

describe('a codec whose package is not there', () => {
  const missing = (): null => null
  const broken = (): never => {
    throw new Error('built for another machine')
  }
  test.each([
    ['snappy', snappyCodec(missing), 'the package snappy (npm install snappy@7)'],
    ['lz4', lz4Codec(missing), 'the package lz4-napi (npm install lz4-napi@2)'],
    [
      'zstd',
      zstdCodec(missing),
      'Node 22.15 or newer, or the package @bokuweb/zstd-wasm (npm install @bokuweb/zstd-wasm@0.0.27)',
    ],
    ['one that does not run here', snappyCodec(broken), 'the package snappy (npm install snappy@7)'],
  ])('%s says what it takes, and opens nothing', (_name, codec, lack) => {
    expect([codec.lack(), codec.decompress(Buffer.alloc(20), 100)]).toEqual([lack, 'absent'])
  })
})
