import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorName } from '../../../../src/base/error-code.js'
import { Memory } from '../../../../src/base/memory.js'
import type { ApiName, Body, Request, Response } from '../../../../src/protocol/api.js'
import {
  attachedFrame,
  correlationIdAt,
  type Frame,
  payloadOf,
  readFrame,
  requestFrame,
  responseFrame,
  writeFrame,
} from '../../../../src/protocol/ring/frame.js'
import { type ArbitraryOf, requests, responses } from '../arbitrary.js'

const AT = 24
const UNTOUCHED = 0xdb

/** Writes a frame between other bytes and reads it back; nothing around it may change. */
function roundTrip(
  frame: Frame,
  correlationId: number,
  attachment: (id: number) => unknown = () => undefined,
): { body: Body; correlationId: number } {
  const memory = Memory.allocate(AT + frame.bytes + 16)
  memory.bytes.fill(UNTOUCHED)
  writeFrame(frame, correlationId, memory, AT)
  const around = [...memory.bytes.subarray(0, AT), ...memory.bytes.subarray(AT + frame.bytes)]
  expect(around.every((byte) => byte === UNTOUCHED)).toBe(true)
  const read = { body: readFrame(memory, AT, frame.bytes, attachment), correlationId: correlationIdAt(memory, AT) }
  // What was read must not be a view of the ring, where the next frame is written over it.
  memory.bytes.fill(0)
  return read
}

const apis = Object.keys(requests) as ApiName[]

test.each(apis)('a %s request round-trips', (api) => {
  fc.assert(
    fc.property(requests[api] as ArbitraryOf<Request>, fc.integer(), (body, correlationId) => {
      expect(roundTrip(requestFrame(body), correlationId)).toEqual({ body, correlationId })
    }),
  )
})

test.each(apis)('a %s response round-trips', (api) => {
  fc.assert(
    fc.property(responses[api] as ArbitraryOf<Response>, fc.integer(), (body, correlationId) => {
      expect(roundTrip(responseFrame(body), correlationId)).toEqual({ body, correlationId })
    }),
  )
})

test.each(apis)('a %s message beside the ring round-trips, and its frame is short', (api) => {
  const either = fc.oneof(
    (requests[api] as ArbitraryOf<Request>).map((body) => ({ body, frame: requestFrame(body) })),
    (responses[api] as ArbitraryOf<Response>).map((body) => ({ body, frame: responseFrame(body) })),
  )
  fc.assert(
    fc.property(either, fc.integer(), fc.integer(), ({ body, frame }, id, correlationId) => {
      const short = attachedFrame(frame, id)
      const posted = structuredClone({ [id]: payloadOf(frame) })
      expect(short.bytes).toBeLessThanOrEqual(16)
      expect(roundTrip(short, correlationId, (asked) => posted[asked])).toEqual({ body, correlationId })
    }),
  )
})

test('bytes and wide integers survive, and who asks does', () => {
  const metadata = Uint8Array.from({ length: 300 }, (_, index) => index)
  const body: Request = {
    api: 'JoinGroup',
    clientId: 'orders-service',
    groupId: 'g',
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata }],
    reason: null,
  }
  const { body: read } = roundTrip(requestFrame(body), 1)
  expect(read).toEqual(body)
  expect((read as typeof body).protocols[0]?.metadata).toBeInstanceOf(Uint8Array)
})

test('what an API by its schema cannot say is refused where it is sent', () => {
  const body = { api: 'Heartbeat', groupId: 'g', generationId: 1.5, memberId: 'm', groupInstanceId: null } as const
  expect(() => requestFrame(body)).toThrow(/Cannot write the request Heartbeat: 'generationId' must be a whole number/)
})

test('an answer that is too long for a ring posts its own bytes, and none of the memory in which it was written', () => {
  const frame = responseFrame({
    api: 'SyncGroup',
    throttleTimeMs: 0,
    errorCode: 'NONE',
    protocolType: null,
    protocolName: null,
    assignment: new Uint8Array(10_000),
  })
  expect(payloadOf(frame).buffer.byteLength).toBe(frame.bytes - 8)
})

test('a Produce request carries references and not records, so its size depends on the number of batches alone', () => {
  const batch = { topicId: 1, partition: 0, memoryId: 0, position: 0, bytes: 1 }
  const bytesWith = (bytes: number): number =>
    requestFrame({ api: 'Produce', acks: 1, timeoutMs: 1, batches: [{ ...batch, bytes }] }).bytes
  expect(bytesWith(1_000_000)).toBe(bytesWith(1))
  expect(bytesWith(1)).toBeLessThan(64)
})

test('every error code survives a Produce response', () => {
  const partitions = Array.from({ length: 135 }, (_, partition) => {
    return {
      topicId: 1,
      partition,
      error: errorName(partition - 1),
      baseOffset: -1,
      logAppendTimeMs: -1,
      logStartOffset: -1,
      currentLeader: null,
    }
  })
  const body: Response = { api: 'Produce', partitions }
  expect(roundTrip(responseFrame(body), 1).body).toEqual(body)
})
