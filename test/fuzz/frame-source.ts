import type { Random } from '../../src/base/random.js'
import { sentBatch } from '../unit/gateway/sent-batch.js'
import { bytesOf, fixtureNames, type GoldenFrame, goldenFile } from '../unit/protocol/wire-frames.js'

/** Requests that Kafka's own client has written, of every API and version, without their lengths. */
const GOLDEN: readonly Buffer[] = fixtureNames
  .filter((name) => name !== 'records.json')
  .flatMap((name) => goldenFile(name) as readonly GoldenFrame[])
  .flatMap((frame) => (frame.of === 'request' ? bytesOf(frame) : []))

/** Numbers that lengths, counts and versions are replaced by. */
const EXTREMES = [0, 1, -1, -2, 127, 128, 255, 32_767, -32_768, 65_535, 2 ** 24, 2 ** 31 - 1, -(2 ** 31)]
const BATCH = sentBatch('a value', 'another one')

type Mutation = (bytes: Buffer, random: Random) => Buffer

const at = (bytes: Buffer, random: Random, room = 1): number => random.below(Math.max(1, bytes.length - room + 1))

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => {
    const place = at(bytes, random)
    bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8))
    return bytes
  },
  (bytes, random) => {
    bytes[at(bytes, random)] = random.below(256)
    return bytes
  },
  (bytes, random) => {
    if (bytes.length >= 4) bytes.writeInt32BE(random.pick(EXTREMES) | 0, at(bytes, random, 4))
    return bytes
  },
  (bytes, random) => {
    if (bytes.length >= 2) bytes.writeInt16BE((random.pick(EXTREMES) << 16) >> 16, at(bytes, random, 2))
    return bytes
  },
  (bytes, random) => bytes.subarray(0, at(bytes, random)),
  (bytes, random) => Buffer.concat([bytes, randomBytes(random, 1 + random.below(40))]),
  // A part of the frame again, up to many times: lists that are longer than anybody expects.
  (bytes, random) => {
    const start = at(bytes, random)
    const piece = bytes.subarray(start, start + 1 + random.below(24))
    const pieces = Array.from({ length: 1 + random.below(random.boolean(0.1) ? 2_000 : 8) }, () => piece)
    return Buffer.concat([bytes.subarray(0, start), ...pieces, bytes.subarray(start)])
  },
  // The end of another frame.
  (bytes, random) => {
    const other = random.pick(GOLDEN)
    return Buffer.concat([bytes.subarray(0, at(bytes, random)), other.subarray(at(other, random))])
  },
  (bytes, random) => {
    const start = at(bytes, random)
    return Buffer.concat([bytes.subarray(0, start), BATCH, bytes.subarray(start)])
  },
  // Another version, or another API.
  (bytes, random) => {
    if (bytes.length >= 4) bytes.writeInt16BE(random.below(16), random.boolean(0.7) ? 2 : 0)
    return bytes
  },
]

export function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let index = 0; index < length; index++) bytes[index] = random.below(256)
  return bytes
}

/**
 * A frame with its length in front: a golden one, changed in a few places or not at all, or chance alone. Its length is
 * right, so that it is the frame that is looked at; now and then it is not.
 */
export function fuzzedFrame(random: Random): Buffer {
  let body: Buffer
  if (random.boolean(0.03)) body = randomBytes(random, random.below(200))
  else {
    body = Buffer.from(random.pick(GOLDEN))
    for (let changes = random.below(4); changes > 0 && body.length > 0; changes--) {
      body = random.pick(MUTATIONS)(body, random)
    }
  }
  const frame = Buffer.alloc(4 + body.length)
  frame.writeInt32BE(random.boolean(0.01) ? random.pick(EXTREMES) | 0 : body.length)
  frame.set(body, 4)
  return frame
}

/** The bytes in pieces, which may be of single bytes. */
export function torn(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = from + 1 + random.below(random.boolean(0.3) ? 3 : 2_000)
    pieces.push(bytes.subarray(from, end))
    from = end
  }
  return pieces
}
