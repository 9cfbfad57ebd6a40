import { KafkaError } from '../../base/errors.js'
import type { Memory } from '../../base/memory.js'
import { type Body, type Request, type Response, refusalTo } from '../api.js'
import { fetchRequestFrame, fetchResponseFrame } from './fetch-frame.js'
import { produceRequestFrame, produceResponseFrame } from './produce-frame.js'
import { SCHEMA_REQUESTS, SCHEMA_RESPONSES, type SchemaFrame, schemaFrameOf } from './schema-frame.js'
import { takeResponseFrame } from './take-frame.js'

/**
 * A message on a ring: kind i32, correlationId i32, payload. Produce, Fetch and the answer to Take are fixed binary,
 * because they are many; an answer to Take that tells the end of calls is not. APIs whose messages are those of Kafka's
 * schemas are written by these, bytes and wide integers included; everything else is JSON, which keeps its types in one
 * place. The binary codecs write each field three times, by hand (in the drawing, in `write`, in `read`): one layout
 * compiled to closures takes four times as long.
 */
const FRAME_HEADER = 8
const JSON_KIND = 0
/** The payload names an attachment that holds the real one, which would not fit on the ring: id i32, its kind i32. */
const ATTACHED_KIND = 1
const ATTACHED_BYTES = 8

/** Methods, so that the codecs of all kinds can stand in one map. */
interface Codec {
  bytes(body: Body): number
  write(body: Body, view: DataView, at: number): void
  read(view: DataView, at: number): Body
}

/** Found by the kind, which says what it is a codec of. */
const BINARY_KINDS: ReadonlyMap<number, Codec> = new Map<number, Codec>([
  [2, produceRequestFrame],
  [3, produceResponseFrame],
  [4, fetchRequestFrame],
  [5, fetchResponseFrame],
  [6, takeResponseFrame],
])

/** A message ready to be written: how many bytes it takes is known before room is claimed. */
export interface Frame {
  readonly bytes: number
  readonly kind: number
  readonly body: Body
  /** What stands behind the header; null: it is written in place. */
  readonly payload: Uint8Array | null
}

export function requestFrame(body: Request): Frame {
  if (body.api === 'Produce') return binaryFrame(2, body)
  return body.api === 'Fetch' ? binaryFrame(4, body) : writtenFrame(SCHEMA_REQUESTS.get(body.api), body)
}

export function responseFrame(body: Response): Frame {
  if (body.api === 'Produce') return binaryFrame(3, body)
  if (body.api === 'Fetch') return binaryFrame(5, body)
  if (body.api === 'Take' && body.ended === undefined) return binaryFrame(6, body)
  return writtenFrame(SCHEMA_RESPONSES.get(body.api), body)
}

/** The frame of a response, or of a refusal where it cannot be written, as for a text that is too long. */
export function replyFrame(body: Response, request: Request): Frame {
  try {
    return responseFrame(body)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return responseFrame(refusalTo(request, 'UNKNOWN_SERVER_ERROR', error.message) ?? body)
  }
}

/** The same message by reference to an attachment, which is to hold its `payload`. */
export function attachedFrame({ kind, body }: Frame, attachment: number): Frame {
  const payload = Buffer.alloc(ATTACHED_BYTES)
  payload.writeInt32LE(attachment)
  payload.writeInt32LE(kind, 4)
  return { kind: ATTACHED_KIND, bytes: FRAME_HEADER + ATTACHED_BYTES, body, payload }
}

/** What the frame would write behind its header, in memory of its own: whoever posts it posts no more than that. */
export function payloadOf({ bytes, kind, body, payload }: Frame): Uint8Array {
  if (payload !== null) return new Uint8Array(payload)
  const written = new Uint8Array(bytes - FRAME_HEADER)
  BINARY_KINDS.get(kind)?.write(body, new DataView(written.buffer), 0)
  return written
}

export function writeFrame(frame: Frame, correlationId: number, memory: Memory, at: number): void {
  const { view } = memory
  view.setInt32(at, frame.kind, true)
  view.setInt32(at + 4, correlationId, true)
  const payload = at + FRAME_HEADER
  if (frame.payload !== null) memory.bytes.set(frame.payload, payload)
  else BINARY_KINDS.get(frame.kind)?.write(frame.body, view, payload)
}

export function correlationIdAt(memory: Memory, at: number): number {
  return memory.view.getInt32(at + 4, true)
}

/** Copies the message out of the ring; nothing it holds refers to the ring afterwards. */
export function readFrame(memory: Memory, at: number, bytes: number, attachment: (id: number) => unknown): Body {
  const { view } = memory
  const payload = at + FRAME_HEADER
  const kind = view.getInt32(at, true)
  const binary = BINARY_KINDS.get(kind)
  if (binary !== undefined) return binary.read(view, payload)
  if (kind === JSON_KIND) return JSON.parse(memory.bytes.toString('utf8', payload, at + bytes)) as Body
  const schema = schemaFrameOf(kind)
  if (schema !== undefined) return schema.decode(memory.bytes, { view, start: payload, end: at + bytes })
  const attached = attachment(view.getInt32(payload, true)) as Uint8Array
  return readPayload(view.getInt32(payload + 4, true), attached)
}

/** Reads what `payloadOf` returns. */
export function readPayload(kind: number, payload: Uint8Array): Body {
  const { buffer, byteOffset, byteLength } = payload
  const binary = BINARY_KINDS.get(kind)
  if (binary !== undefined) return binary.read(new DataView(buffer, byteOffset, byteLength), 0)
  return (
    schemaFrameOf(kind)?.decode(payload) ?? (JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as Body)
  )
}

function binaryFrame(kind: number, body: Body): Frame {
  return { kind, bytes: FRAME_HEADER + (BINARY_KINDS.get(kind) as Codec).bytes(body), body, payload: null }
}

function writtenFrame(schema: SchemaFrame | undefined, body: Body): Frame {
  const payload = schema === undefined ? Buffer.from(JSON.stringify(body)) : schema.encode(body)
  return { kind: schema?.kind ?? JSON_KIND, bytes: FRAME_HEADER + payload.length, body, payload }
}
