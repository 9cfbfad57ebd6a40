import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RingReader, RingWriter, ringBytes } from '../../../src/actor/ring.js'
import { Memory } from '../../../src/base/memory.js'

const CAPACITY = 256
const FRAME_HEADER = 8

function givenRing(capacity = CAPACITY): { memory: Memory; writer: RingWriter; reader: RingReader } {
  const memory = Memory.allocate(ringBytes(capacity))
  return { memory, writer: new RingWriter(memory, 0, capacity), reader: new RingReader(memory, 0, capacity) }
}

/** Offers a frame of these bytes; false: the ring is full. */
function offer(writer: RingWriter, payload: Uint8Array): boolean {
  const at = writer.claim(payload.length)
  if (at < 0) return false
  writer.memory.bytes.set(payload, at)
  writer.publish()
  return true
}

function take(reader: RingReader): number[] | null {
  const at = reader.peek()
  if (at < 0) return null
  const payload = [...reader.memory.bytes.subarray(at, at + reader.payloadBytes(at))]
  reader.release()
  return payload
}

const frameOf = (bytes: number, number: number): Uint8Array => new Uint8Array(bytes).fill(number)

test('frames of any sizes come out whole and in order, however often the ring wraps', () => {
  const payload = fc.uint8Array({ maxLength: CAPACITY / 2 - FRAME_HEADER })
  fc.assert(
    fc.property(fc.array(fc.oneof(payload, fc.constant(null)), { maxLength: 80 }), (script) => {
      const { writer, reader } = givenRing()
      const sent: number[][] = []
      const received: number[][] = []
      const read = (): void => void received.push(...[take(reader)].filter((frame) => frame !== null))
      for (const payload of script) {
        if (payload === null) read()
        else if (offer(writer, payload)) sent.push([...payload])
      }
      for (let left = sent.length - received.length; left > 0; left--) read()
      expect(received).toEqual(sent)
      expect([take(reader), reader.isEmpty]).toEqual([null, true])
    }),
  )
})

test('a full ring refuses, and has room again for what was given back', () => {
  const { writer, reader } = givenRing()
  for (let frame = 0; frame < 4; frame++) expect(offer(writer, frameOf(56, frame))).toBe(true)
  expect(offer(writer, frameOf(0, 9))).toBe(false)
  take(reader)
  expect(offer(writer, frameOf(56, 4))).toBe(true)
  expect(offer(writer, frameOf(0, 9))).toBe(false)
})

test('a ring that refused is as it was before', () => {
  const { memory, writer, reader } = givenRing()
  for (let frame = 0; frame < 3; frame++) offer(writer, frameOf(56, frame))
  const before = Buffer.from(memory.bytes)
  expect(offer(writer, frameOf(120, 9))).toBe(false)
  expect(Buffer.from(memory.bytes).equals(before)).toBe(true)
  expect([take(reader)?.[0], take(reader)?.[0], take(reader)?.[0], take(reader)]).toEqual([0, 1, 2, null])
})

test('a frame that was claimed and not published does not exist', () => {
  const { writer, reader } = givenRing()
  writer.memory.bytes.fill(7, writer.claim(20), 20)
  expect([take(reader), reader.isEmpty]).toEqual([null, true])
})

test('a frame stays in place until it is released', () => {
  const { writer, reader } = givenRing()
  offer(writer, frameOf(16, 1))
  offer(writer, frameOf(16, 2))
  expect(reader.peek()).toBe(reader.peek())
  expect(take(reader)?.[0]).toBe(1)
  expect(take(reader)?.[0]).toBe(2)
})

test('a frame never wraps around the end', () => {
  const { memory, writer, reader } = givenRing()
  offer(writer, frameOf(100, 1))
  offer(writer, frameOf(100, 2))
  take(reader)
  take(reader)
  const at = writer.claim(100)
  expect(at + 100).toBeLessThanOrEqual(memory.size)
})

test('the largest payload is half of the ring, and fits whenever the ring is empty', () => {
  const { writer, reader } = givenRing()
  const bytes = writer.payloadBytesMax
  for (let frame = 0; frame < 40; frame++) {
    offer(writer, frameOf(frame % 50, 0))
    while (take(reader) !== null);
    expect(offer(writer, frameOf(bytes, frame))).toBe(true)
    expect(take(reader)).toEqual([...frameOf(bytes, frame)])
  }
  expect(() => writer.claim(bytes + 1)).toThrow('A frame takes at most half of its ring')
})

test('a cursor is released once everything sent before it is', () => {
  const { writer, reader } = givenRing()
  offer(writer, frameOf(100, 1))
  offer(writer, frameOf(100, 2))
  const { cursor } = writer
  expect(writer.isReleased(cursor)).toBe(false)
  take(reader)
  expect(writer.isReleased(cursor)).toBe(false)
  take(reader)
  offer(writer, frameOf(30, 3))
  expect(writer.isReleased(cursor)).toBe(true)
})

test('the counters of a ring may wrap', () => {
  const { writer, reader } = givenRing(1 << 26)
  const payloadBytes = writer.payloadBytesMax
  // Each frame takes 32 MiB, so the counters, which have 32 bits, go around twice.
  for (let frame = 0; frame < 300; frame++) {
    expect(writer.claim(payloadBytes)).toBeGreaterThan(0)
    writer.publish()
    const { cursor } = writer
    expect(writer.isReleased(cursor)).toBe(false)
    expect(reader.payloadBytes(reader.peek())).toBe(payloadBytes)
    reader.release()
    expect([writer.isReleased(cursor), reader.peek()]).toEqual([true, -1])
  }
})

test('a ring holds a power of two of bytes and starts on a cache line', () => {
  const memory = Memory.allocate(4096)
  expect(() => new RingWriter(memory, 0, 1000)).toThrow('power of two')
  expect(() => new RingReader(memory, 32, 1024)).toThrow('cache line')
})
