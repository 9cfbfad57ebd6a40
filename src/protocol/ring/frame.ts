import type { Memory } from '../../base/memory.js'
import type { Body, Request, Response } from '../api.js'
import { fetchRequestFrame, fetchResponseFrame } from './fetch-frame.js'
import { produceRequestFrame, produceResponseFrame } from './produce-frame.js'
import { takeResponseFrame } from './take-frame.js'

/**
 * A message on a ring: kind i32, correlationId i32, payload. Produce, Fetch and the answer to Take are fixed binary,
 * because they are many; everything else is JSON, which keeps its types in one place. The binary codecs write each
 * field three times, by hand (in the drawing, in `write`, in `read`): one layout compiled to closures takes four times
 * as long.
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
  /** Text of the JSON kind only. */
  readonly text: Buffer | null
}

export function requestFrame(body: Request): Frame {
  if (body.api === 'Produce') return binaryFrame(2, body)
  return body.api === 'Fetch' ? binaryFrame(4, body) : jsonFrame(body)
}

export function responseFrame(body: Response): Frame {
  if (body.api === 'Produce') return binaryFrame(3, body)
  if (body.api === 'Fetch') return binaryFrame(5, body)
  return body.api === 'Take' ? binaryFrame(6, body) : jsonFrame(body)
}

/** The same message by reference to an attachment, which is to hold its `payload`. */
export function attachedFrame({ kind, body }: Frame, attachment: number): Frame {
  const text = Buffer.alloc(ATTACHED_BYTES)
  text.writeInt32LE(attachment)
  text.writeInt32LE(kind, 4)
  return { kind: ATTACHED_KIND, bytes: FRAME_HEADER + ATTACHED_BYTES, body, text }
}

/** What the frame would write behind its header. */
export function payloadOf({ bytes, kind, body, text }: Frame): Uint8Array {
  if (text !== null) return text
  const payload = new Uint8Array(bytes - FRAME_HEADER)
  BINARY_KINDS.get(kind)?.write(body, new DataView(payload.buffer), 0)
  return payload
}

export function writeFrame(frame: Frame, correlationId: number, memory: Memory, at: number): void {
  const { view } = memory
  view.setInt32(at, frame.kind, true)
  view.setInt32(at + 4, correlationId, true)
  const payload = at + FRAME_HEADER
  if (frame.text !== null) memory.bytes.set(frame.text, payload)
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
  const attached = attachment(view.getInt32(payload, true)) as Uint8Array
  return readPayload(view.getInt32(payload + 4, true), attached)
}

function readPayload(kind: number, { buffer, byteOffset, byteLength }: Uint8Array): Body {
  const binary = BINARY_KINDS.get(kind)
  if (binary !== undefined) return binary.read(new DataView(buffer, byteOffset, byteLength), 0)
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as Body
}

function binaryFrame(kind: number, body: Body): Frame {
  return { kind, bytes: FRAME_HEADER + (BINARY_KINDS.get(kind) as Codec).bytes(body), body, text: null }
}

function jsonFrame(body: Body): Frame {
  const text = Buffer.from(JSON.stringify(body))
  return { kind: JSON_KIND, bytes: FRAME_HEADER + text.length, body, text }
}
