import type { Memory } from '../base/memory.js'
import { fetchRequestFrame, fetchResponseFrame } from './fetch.js'
import type { Body, Request, Response } from './messages.js'
import { produceRequestFrame, produceResponseFrame } from './produce.js'
import { takeResponseFrame } from './take.js'

/**
 * A message on a ring: kind i32, correlationId i32, payload. Produce, Fetch and Take are fixed binary, everything
 * else is JSON: it is rare, and JSON keeps its types in one place.
 */
const HEADER = 8
const KINDS = ['json', 'produce-request', 'produce-response', 'fetch-request', 'fetch-response', 'take-response'] as const
type Kind = (typeof KINDS)[number]

/** A message ready to be written: how many bytes it takes is known before room is claimed. */
export interface Frame {
  readonly bytes: number
  readonly kind: Kind
  readonly body: Body
  readonly text: Buffer | null
}

export function requestFrame(body: Request): Frame {
  if (body.api === 'Produce') return frame('produce-request', HEADER + produceRequestFrame.bytes(body), body)
  if (body.api === 'Fetch') return frame('fetch-request', HEADER + fetchRequestFrame.bytes(body), body)
  return jsonFrame(body)
}

export function responseFrame(body: Response): Frame {
  if (body.api === 'Produce') return frame('produce-response', HEADER + produceResponseFrame.bytes(body), body)
  if (body.api === 'Fetch') return frame('fetch-response', HEADER + fetchResponseFrame.bytes(body), body)
  if (body.api === 'Take') return frame('take-response', HEADER + takeResponseFrame.bytes(body), body)
  return jsonFrame(body)
}

export function writeFrame(frame: Frame, correlationId: number, memory: Memory, at: number): void {
  const { view } = memory
  view.setInt32(at, KINDS.indexOf(frame.kind), true)
  view.setInt32(at + 4, correlationId, true)
  const payload = at + HEADER
  if (frame.text !== null) memory.bytes.set(frame.text, payload)
  else if (frame.kind === 'produce-request') produceRequestFrame.write(frame.body as never, view, payload)
  else if (frame.kind === 'produce-response') produceResponseFrame.write(frame.body as never, view, payload)
  else if (frame.kind === 'fetch-request') fetchRequestFrame.write(frame.body as never, view, payload)
  else if (frame.kind === 'fetch-response') fetchResponseFrame.write(frame.body as never, view, payload)
  else takeResponseFrame.write(frame.body as never, view, payload)
}

export function correlationIdAt(memory: Memory, at: number): number {
  return memory.view.getInt32(at + 4, true)
}

/** Copies the message out of the ring; nothing it holds refers to the ring afterwards. */
export function readFrame(memory: Memory, at: number, bytes: number): Body {
  const payload = at + HEADER
  const kind = KINDS[memory.view.getInt32(at, true)]
  if (kind === 'produce-request') return produceRequestFrame.read(memory.view, payload)
  if (kind === 'produce-response') return produceResponseFrame.read(memory.view, payload)
  if (kind === 'fetch-request') return fetchRequestFrame.read(memory.view, payload)
  if (kind === 'fetch-response') return fetchResponseFrame.read(memory.view, payload)
  if (kind === 'take-response') return takeResponseFrame.read(memory.view, payload)
  return JSON.parse(memory.bytes.toString('utf8', payload, at + bytes)) as Body
}

const frame = (kind: Kind, bytes: number, body: Body): Frame => ({ kind, bytes, body, text: null })

function jsonFrame(body: Body): Frame {
  const text = Buffer.from(JSON.stringify(body))
  return { kind: 'json', bytes: HEADER + text.length, body, text }
}
