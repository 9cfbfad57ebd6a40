import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Codec, codecOf } from '../../../src/protocol/codec.js'
import { MalformedMessageError, WireReader } from '../../../src/protocol/wire/wire-reader.js'
import type { Plan } from '../../../src/protocol/wire/wire-types.js'
import { WireWriter } from '../../../src/protocol/wire/wire-writer.js'
import { DrawingReader } from './drawing-reader.js'
import { everyType } from './every-type.js'
import { type ApiOnWire, apisOnWire, bytesOf, framesOf, type GoldenFrame, versionsOf } from './wire-frames.js'

const planOf = (api: ApiOnWire, half: 'request' | 'response', version: number): Plan<object> =>
  api.wire.plansOf(version)![half]

function written(plan: Plan<object>, message: object): Uint8Array {
  const writer = new WireWriter('a message')
  plan.write(writer, message)
  return writer.written
}

/** Counts what a message costs: the values that are read, and the bytes that are taken into memory of their own. */
class CountingReader extends WireReader {
  steps = 0
  bytesKept = 0

  override int8 = () => this.#step(super.int8())
  override int16 = () => this.#step(super.int16())
  override uint16 = () => this.#step(super.uint16())
  override int32 = () => this.#step(super.int32())
  override int64 = () => this.#step(super.int64())
  override bigInt64 = () => this.#step(super.bigInt64())
  override varint = () => this.#step(super.varint())
  override uuid = () => this.#step(super.uuid())
  override text = (bytes: number) => this.#keep(super.text(bytes), bytes)
  override copy = (bytes: number) => this.#keep(super.copy(bytes), bytes)

  #step<Value>(value: Value): Value {
    this.steps++
    return value
  }

  /** Counted when it was really taken: a refusal has cost nothing. */
  #keep<Value>(value: Value, bytes: number): Value {
    this.bytesKept += bytes
    return this.#step(value)
  }
}

/** Reads, and says what it cost; a refusal is fine, and any other error fails. */
function costOf(plan: Plan<object>, bytes: Uint8Array): { steps: number; bytesKept: number; isRefused: boolean } {
  const reader = new CountingReader(bytes, 'hostile bytes')
  let isRefused = false
  try {
    plan.read(reader)
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessageError)
    isRefused = true
  }
  return { steps: reader.steps, bytesKept: reader.bytesKept, isRefused }
}

/** Every value takes a byte at least, and a text or bytes of nothing have their length in front of them. */
function expectBounded(plan: Plan<object>, bytes: Uint8Array): void {
  const { steps, bytesKept } = costOf(plan, bytes)
  expect(steps).toBeLessThanOrEqual(2 * bytes.length)
  expect(bytesKept).toBeLessThanOrEqual(bytes.length)
}

const halves = ['request', 'response'] as const

/** The frame without its header. */
function messageOf(api: ApiOnWire, frame: GoldenFrame): Uint8Array {
  const codec = codecOf(api, frame.version) as Codec<object, object>
  const bytes = bytesOf(frame)
  const { message } = frame.of === 'request' ? codec.decodeRequest(bytes) : codec.decodeResponse(bytes)
  return written(planOf(api, frame.of, frame.version), message)
}

describe.each([...apisOnWire, everyType].map((api) => [api.name, api] as const))('%s', (_, api) => {
  test('what is written is read again, in every version', () => {
    for (const half of halves) {
      for (const version of versionsOf(api.wire.versions)) {
        const plan = planOf(api, half, version)
        fc.assert(
          fc.property(fc.gen(), (draw) => {
            const message = plan.read(new DrawingReader(draw))
            const reader = new WireReader(written(plan, message), 'a message')
            expect(plan.read(reader)).toEqual(message)
            expect(reader.bytesLeft).toBe(0)
          }),
          { numRuns: 15 },
        )
      }
    }
  })

  test('bytes of chance cost no more than their number, and are read or refused', () => {
    for (const half of halves) {
      for (const version of versionsOf(api.wire.versions)) {
        const plan = planOf(api, half, version)
        fc.assert(
          fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => expectBounded(plan, bytes)),
          { numRuns: 30 },
        )
      }
    }
  })
})

test("a byte of a frame of Kafka's that is changed costs no more than the frame", () => {
  const frames = apisOnWire.flatMap((api) => framesOf(api).map((frame) => ({ api, frame })))
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.nat(),
      fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff),
      ({ api, frame }, place, byte) => {
        const plan = planOf(api, frame.of, frame.version)
        const bytes = Uint8Array.from(messageOf(api, frame))
        bytes[place % bytes.length] = byte
        expectBounded(plan, bytes)
      },
    ),
    { numRuns: 2000 },
  )
})
