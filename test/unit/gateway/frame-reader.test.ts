import { describe, expect, test } from 'vitest'
import { FrameReader } from '../../../src/gateway/frame-reader.js'

const LIMIT = 1_000

/** A frame of an API, filled with a byte that tells it from others. */
function frameOf(bytes: number, fill: number): Buffer {
  const frame = Buffer.alloc(4 + bytes, fill)
  frame.writeInt32BE(bytes)
  frame.writeInt16BE(fill, 4)
  return frame
}

/** Takes whatever is whole. */
function taken(reader: FrameReader): Buffer[] {
  const frames: Buffer[] = []
  for (let next = reader.peek(LIMIT); next !== null && 'bytes' in next && next.isWhole; next = reader.peek(LIMIT)) {
    frames.push(Buffer.from(reader.take()))
  }
  return frames
}

/** The pieces that `takePieces` brings, put together. */
function gathered(reader: FrameReader, bytes: number): Buffer {
  const all = Buffer.alloc(bytes)
  reader.takePieces((piece, at) => all.set(piece, at))
  return all
}

const FRAMES = [frameOf(8, 1), frameOf(40, 2), frameOf(9, 3)]
const STREAM = Buffer.concat(FRAMES)
const BODIES = FRAMES.map((frame) => frame.subarray(4).toString('hex'))

describe('frames come out of a stream as they went in', () => {
  test('however it is torn in two', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      const reader = new FrameReader()
      const frames: Buffer[] = []
      for (const chunk of [STREAM.subarray(0, cut), STREAM.subarray(cut)]) {
        reader.push(chunk)
        frames.push(...taken(reader))
      }
      expect(frames.map((frame) => frame.toString('hex'))).toEqual(BODIES)
      expect(reader.bytes).toBe(0)
    }
  })

  test.each([1, 2, 3, 5, 7, 11])('in pieces of %i bytes, taken when all of them have come', (size) => {
    const reader = new FrameReader()
    for (let at = 0; at < STREAM.length; at += size) reader.push(STREAM.subarray(at, at + size))
    expect(taken(reader).map((frame) => frame.toString('hex'))).toEqual(BODIES)
  })

  test.each([1, 3, 1_500])('piece by piece, from chunks of %i bytes', (size) => {
    const frame = frameOf(5_000, 7)
    const reader = new FrameReader()
    for (let at = 0; at < frame.length; at += size) {
      expect(reader.peek(5_000) ?? { isWhole: false }).toMatchObject({ isWhole: false })
      reader.push(frame.subarray(at, at + size))
    }
    expect(reader.peek(5_000)).toEqual({ bytes: 5_000, apiKey: 7, apiVersion: 0x0707, isWhole: true })
    expect(gathered(reader, 5_000).equals(frame.subarray(4))).toBe(true)
  })
})

test('what a frame asks for is known before the frame is whole', () => {
  const frame = frameOf(500, 7)
  frame.writeInt16BE(-3, 6)
  const reader = new FrameReader()
  for (let at = 0; at < 8; at++) {
    expect(reader.peek(LIMIT)).toBeNull()
    reader.push(frame.subarray(at, at + 1))
  }
  expect(reader.peek(LIMIT)).toEqual({ bytes: 500, apiKey: 7, apiVersion: -3, isWhole: false })
})

test('a frame of which little has come takes little memory', () => {
  const before = process.memoryUsage().arrayBuffers
  const readers = Array.from({ length: 10_000 }, () => new FrameReader())
  for (const reader of readers) for (const byte of frameOf(900, 1).subarray(0, 12)) reader.push(Buffer.of(byte))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
})

test('a frame that lies in one chunk is not copied', () => {
  const frame = frameOf(100, 5)
  const reader = new FrameReader()
  reader.push(frame)
  reader.peek(LIMIT)
  expect(reader.take().buffer).toBe(frame.buffer)
})

describe('a length that cannot be one is refused as soon as it is there', () => {
  test.each([
    [-1, 'garbage'],
    [0, 'garbage'],
    [7, 'no room for a request'],
    [LIMIT + 1, 'too long: 1,001 bytes of at most 1,000'],
    [0x7fffffff, 'too long'],
  ])('%i', (length, says) => {
    const reader = new FrameReader()
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(length)
    for (const byte of bytes.subarray(0, 3)) {
      reader.push(Buffer.of(byte))
      expect(reader.peek(LIMIT)).toBeNull()
    }
    reader.push(bytes.subarray(3))
    expect(reader.peek(LIMIT)).toMatchObject({ says: expect.stringContaining(says) })
  })

  test.each([
    ['GET / HTTP/1.1\r\n', 'HTTP'],
    ['\x16\x03\x01\x02\x00\x01', 'TLS'],
  ])('of %j, which it names', (text, says) => {
    const reader = new FrameReader()
    reader.push(Buffer.from(text, 'latin1'))
    expect(reader.peek(LIMIT)).toMatchObject({ says: expect.stringContaining(says) })
  })
})
