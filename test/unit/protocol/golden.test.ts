import { describe, expect, test } from 'vitest'
import { type Codec, codecOf, requestHeadOf } from '../../../src/protocol/codec.js'
import { MalformedMessageError } from '../../../src/protocol/wire/wire-reader.js'
import {
  type ApiOnWire,
  apisOnWire,
  asKafkaShows,
  bytesOf,
  fixtureNames,
  framesOf,
  type GoldenFrame,
  goldenRecords,
  recordsOnWire,
  versionsOf,
} from './wire-frames.js'

const codecFor = (api: ApiOnWire, { version }: GoldenFrame): Codec<object, object> => {
  const codec = codecOf(api, version)
  if (codec === 'UNSUPPORTED_VERSION') throw new Error(`${api.name} has no version ${version}`)
  return codec
}

const decoded = (api: ApiOnWire, frame: GoldenFrame, bytes: Uint8Array = bytesOf(frame)) =>
  frame.of === 'request' ? codecFor(api, frame).decodeRequest(bytes) : codecFor(api, frame).decodeResponse(bytes)

function encoded(api: ApiOnWire, frame: GoldenFrame, message: object): Uint8Array {
  const { correlationId, clientId = null } = frame
  return frame.of === 'request'
    ? codecFor(api, frame).encodeRequest({ correlationId, clientId, message })
    : codecFor(api, frame).encodeResponse({ correlationId, message })
}

/** The lengths at which the bytes may end although more should follow; anything but a refusal fails. */
function cutsTaken(bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown): number[] {
  return [...bytes.keys()].filter((length) => {
    try {
      decode(bytes.subarray(0, length))
      return true
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedMessageError)
      return false
    }
  })
}

const titleOf = ({ of, version, made }: { of: string; version: number; made: string }) => `${of} v${version} ${made}`

describe.each(apisOnWire.map((api) => [api.name, api] as const))('%s', (_, api) => {
  const frames = framesOf(api)

  test('Kafka has written at least two frames of each version and direction', () => {
    const counts = new Map<string, number>()
    for (const { of, version } of frames) counts.set(`${of} ${version}`, (counts.get(`${of} ${version}`) ?? 0) + 1)
    const expected = ['request', 'response'].flatMap((of) =>
      versionsOf(api.wire.versions).map((version) => `${of} ${version}`),
    )
    expect([...counts.keys()].sort()).toEqual(expected.sort())
    for (const [which, count] of counts) expect([which, count >= 2]).toEqual([which, true])
  })

  test("Kafka's frames are read as what Kafka says is in them", () => {
    for (const frame of frames) {
      const { message, ...header } = decoded(api, frame)
      const { correlationId, clientId } = frame
      expect(header, titleOf(frame)).toEqual(frame.of === 'request' ? { correlationId, clientId } : { correlationId })
      expect(asKafkaShows(message), titleOf(frame)).toMatchObject(frame.value)
    }
  })

  test("what is read from Kafka's frames is written as the same bytes", () => {
    // Tags that nobody here knows are not kept.
    for (const frame of frames.filter(({ made }) => made !== 'tags')) {
      const bytes = encoded(api, frame, decoded(api, frame).message)
      expect(Buffer.from(bytes).toString('base64'), titleOf(frame)).toBe(frame.bytes)
    }
  })

  test('unknown tags change nothing in what is read', () => {
    for (const tagged of frames.filter(({ made }) => made === 'tags')) {
      const plain = frames.find(
        ({ of, version, made }) => of === tagged.of && version === tagged.version && made === 'full',
      )!
      expect(bytesOf(tagged).length, titleOf(tagged)).toBeGreaterThan(bytesOf(plain).length)
      expect(decoded(api, tagged), titleOf(tagged)).toEqual(decoded(api, plain))
    }
  })

  test('a frame that ends too early is refused, wherever it ends', () => {
    for (const frame of frames) {
      expect(
        cutsTaken(bytesOf(frame), (bytes) => decoded(api, frame, bytes)),
        titleOf(frame),
      ).toEqual([])
    }
  })

  test('the head of a request says which API and version it is of', () => {
    for (const frame of frames.filter(({ of }) => of === 'request')) {
      const { version: apiVersion, correlationId } = frame
      expect(requestHeadOf(bytesOf(frame))).toEqual({ apiKey: api.key, apiVersion, correlationId })
    }
  })
})

describe.each(recordsOnWire.map((record) => [record.name, record] as const))('%s', (name, record) => {
  const written = goldenRecords.filter(({ of }) => of === name)

  test('Kafka has written at least two of each version', () => {
    for (const version of versionsOf(record.versions)) {
      expect(written.filter((one) => one.version === version).length).toBeGreaterThanOrEqual(2)
    }
  })

  test("Kafka's bytes are read as what Kafka says is in them", () => {
    for (const one of written) {
      const read = record.decode(bytesOf(one))
      expect(asKafkaShows(read), titleOf(one)).toMatchObject({ version: one.version, value: one.value })
    }
  })

  test("what is read from Kafka's bytes is written as the same bytes", () => {
    for (const one of written.filter(({ made }) => made !== 'tags')) {
      const read = record.decode(bytesOf(one))
      if (read === 'UNSUPPORTED_VERSION') throw new Error(titleOf(one))
      expect(Buffer.from(record.encode(read.version, read.value)).toString('base64'), titleOf(one)).toBe(one.bytes)
    }
  })

  test('a record that ends too early is refused, wherever it ends', () => {
    for (const one of written) {
      expect(
        cutsTaken(bytesOf(one), (bytes) => record.decode(bytes)),
        titleOf(one),
      ).toEqual([])
    }
  })
})

test('every fixture belongs to a schema', () => {
  const names = apisOnWire.map(({ name }) => `${name.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase()}.json`)
  expect(fixtureNames.toSorted()).toEqual([...names, 'records.json'].sort())
  expect(new Set(goldenRecords.map(({ of }) => of))).toEqual(new Set(recordsOnWire.map(({ name }) => name)))
})
