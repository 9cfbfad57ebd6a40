import { assert } from '../base/assert.js'
import type { Transferable } from '../base/cloned.js'
import type { Memory } from '../base/memory.js'
import type { Request, Response } from '../protocol/api.js'
import {
  attachedFrame,
  correlationIdAt,
  type Frame,
  payloadOf,
  readFrame,
  replyFrame,
  requestFrame,
  writeFrame,
} from '../protocol/ring/frame.js'
import { type Address, roleOf } from './address.js'
import { LABEL_WORD, leaseWords, ringsOf } from './connection-layout.js'
import { CLOSED, ConnectionState, REQUESTS_CUT, RESPONSES_CUT } from './connection-state.js'
import type { PeerBell } from './control-block.js'
import { Handles } from './handles.js'
import type { Port } from './port.js'
import { RingReader, RingWriter } from './ring.js'
import type { Turn } from './turn.js'
import type { Connection, Message } from './types.js'

/** Ids of messages that were too long for the ring count down from here, away from those that actors choose. */
const FIRST_ATTACHMENT = -1024

/** How many responses one turn takes from one connection, so that a fast peer cannot starve the others. */
const RESPONSES_PER_TURN = 64

export interface ConnectionParts {
  readonly id: number
  readonly peer: Address
  readonly isInitiator: boolean
  readonly memory: Memory
  readonly peerBell: PeerBell
  readonly port: Port
  /** Asks whoever wires threads together to close both ends. */
  readonly close: () => void
  /** The only turn in which this end is written to; without one the peer's bell is rung at once. */
  readonly turn?: Turn
  /** The simulation reads rings late. */
  readonly reader?: (memory: Memory, start: number, capacity: number) => RingReader
}

/**
 * One end of a connection, over the memory of `connection-layout` and the `Handles` that come by a port beside it.
 *
 * Owned by the actor's thread.
 */
export class RingConnection implements Connection {
  readonly id: number
  readonly peer: Address
  readonly isInitiator: boolean
  readonly #parts: ConnectionParts
  readonly #in: RingReader
  readonly #out: RingWriter
  readonly #state: ConnectionState
  #leases: Int32Array
  readonly #handles: Handles
  /** Serving end: the request at the head of the ring, while it is with the actor. */
  #serving: Request | null = null
  /** Serving end: the response that did not fit, and its correlation id. */
  #held: { readonly frame: Frame; readonly correlationId: number } | null = null
  /** Serving end: whether the request being served is never answered, nor any after it. */
  #isMuted = false
  /** Whether the actor was told that the connection is over. */
  #isOver = false
  /** Whether the memory may be another connection's. */
  #hasLetGo = false
  #lastAttachment = FIRST_ATTACHMENT

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.id = parts.id
    this.peer = parts.peer
    this.isInitiator = parts.isInitiator
    const makeReader = parts.reader ?? ((memory, start, capacity) => new RingReader(memory, start, capacity))
    const { incoming, outgoing, capacity } = ringsOf(parts.memory, parts.isInitiator)
    this.#in = makeReader(parts.memory, incoming, capacity)
    this.#out = new RingWriter(parts.memory, outgoing, capacity)
    this.#state = new ConnectionState(parts.memory.shared)
    this.#leases = leaseWords(parts.memory)
    this.#handles = new Handles(parts.port)
  }

  get isClosed(): boolean {
    return this.#isOver || this.#state.isClosed
  }

  send(correlationId: number, body: Request): 'sent' | 'full' | 'closed' {
    this.#parts.turn?.check()
    if (this.isClosed) return 'closed'
    return this.#write(requestFrame(body), correlationId) ? 'sent' : 'full'
  }

  get cursor(): number {
    return this.#out.cursor
  }

  isRead(cursor: number): boolean {
    return !this.#hasLetGo && this.#out.isReleased(cursor)
  }

  get hasNext(): boolean {
    return this.#serving !== null && this.#held === null && this.#in.hasNext
  }

  reply(correlationId: number, body: Response): void {
    this.#parts.turn?.check()
    if (this.isClosed || this.#isMuted) return
    assert(this.#serving !== null && this.#held === null, 'A request is answered once')
    const frame = replyFrame(body, this.#serving)
    if (this.#write(frame, correlationId)) this.finish()
    else this.#held = { frame, correlationId }
  }

  finish(): void {
    this.#parts.turn?.check()
    if (this.isClosed || this.#isMuted) return
    this.#serving = null
    this.#in.release()
    // Its bell may have been heard already, in vain: requests of a connection are served one at a time.
    this.#parts.turn?.lookAt(this)
    if (this.#in.peek() >= 0) this.#parts.turn?.noteWork()
  }

  lend(memoryId: number, memory: Memory): void {
    this.attach(memoryId, memory.shared)
  }

  recall(memoryId: number): void {
    this.#parts.turn?.check()
    this.#handles.recall(memoryId)
  }

  memory(memoryId: number): Memory {
    const memory = this.memoryIfLent(memoryId)
    assert(memory !== null, 'A handle is posted before the frame that names it')
    return memory
  }

  memoryIfLent(memoryId: number): Memory | null {
    return this.#handles.memory(memoryId)
  }

  attach(id: number, value: unknown, transfer?: readonly Transferable[]): void {
    this.#handles.post(id, value, transfer)
  }

  attachment(id: number): unknown {
    return this.#handles.take(id)
  }

  giveBack(slot: number, lease: number): void {
    Atomics.store(this.#leases, slot, lease)
  }

  givenBack(slot: number): number {
    return Atomics.load(this.#leases, slot)
  }

  get leaseSlots(): number {
    return this.#leases.length
  }

  get label(): number {
    return this.#hasLetGo ? 0 : Atomics.load(this.#parts.memory.words, LABEL_WORD)
  }

  set label(label: number) {
    if (!this.#hasLetGo) Atomics.store(this.#parts.memory.words, LABEL_WORD, label)
  }

  close(): void {
    if (!this.#isOver) this.#parts.close()
  }

  get isMuted(): boolean {
    return this.#isMuted
  }

  /** Serving end: whatever the actor answers now is not sent. The asking end waits until it gives the connection up. */
  mute(): void {
    this.#isMuted = true
  }

  /** Called by the runner when the other end is gone: nothing is read or written any more. */
  markClosed(): void {
    this.#isOver = true
    this.#held = null
  }

  /**
   * Called by the runner when the actor has heard of the end, or takes no turn any more: nothing of the connection's
   * memory is touched after this, whoever still has this object.
   */
  letGo(): void {
    this.markClosed()
    this.#hasLetGo = true
    // What was lent may still be given back, to nobody: the words are a private copy from now on.
    this.#leases = this.#leases.slice()
    this.#handles.letGo()
  }

  /**
   * Takes in what has arrived. Returns whether there was anything. Most connections are quiet when they are looked at:
   * of those, only the ring is read.
   */
  poll(deliver: (message: Message) => void): boolean {
    if (this.#hasLetGo) return false
    return this.isInitiator ? this.#takeResponses(deliver) : this.#takeRequest(deliver)
  }

  /** Whether there is something to be looked at again of which nobody tells. */
  get isWaiting(): boolean {
    if (this.#hasLetGo) return false
    const isHeldUp = this.#held !== null || this.#isMuted
    return isHeldUp || (this.#serving === null && !this.#in.isEmpty)
  }

  /** Takes them also from a connection that was closed just now: what the peer had answered is still true. */
  #takeResponses(deliver: (message: Message) => void): boolean {
    if (this.#in.peek() < 0 || (this.#state.read() & RESPONSES_CUT) !== 0) return false
    let taken = 0
    for (; taken < RESPONSES_PER_TURN && !this.#isOver; taken++) {
      const at = this.#in.peek()
      if (at < 0) break
      const correlationId = correlationIdAt(this.#in.memory, at)
      const body = readFrame(this.#in.memory, at, this.#in.payloadBytes(at), this.#readAttached) as Response
      this.#in.release()
      deliver({ type: 'response', connection: this, correlationId, body })
    }
    return taken > 0
  }

  #takeRequest(deliver: (message: Message) => void): boolean {
    const at = this.#held === null && this.#serving === null ? this.#in.peek() : -1
    if (at < 0 && this.#serving === null) return false
    const state = this.#state.read()
    if (this.#isOver || (state & CLOSED) !== 0) return false
    if (this.#held !== null) return this.#sendHeld()
    if (this.#serving !== null) return this.#isMuted && this.#endMuted()
    if ((state & REQUESTS_CUT) !== 0) return false
    const correlationId = correlationIdAt(this.#in.memory, at)
    const body = readFrame(this.#in.memory, at, this.#in.payloadBytes(at), this.#readAttached) as Request
    this.#serving = body
    deliver({ type: 'request', connection: this, correlationId, body })
    return true
  }

  /** Many clients do not give a connection up that has lost something: it is closed when one speaks again. */
  #endMuted(): boolean {
    if (roleOf(this.peer) !== 'gateway' || !this.#in.hasNext) return false
    this.close()
    return true
  }

  #sendHeld(): boolean {
    const held = this.#held
    if (held === null || !this.#write(held.frame, held.correlationId)) return false
    this.#held = null
    this.finish()
    return true
  }

  readonly #readAttached = (id: number): unknown => this.attachment(id)

  #write(whole: Frame, correlationId: number): boolean {
    const frame = whole.bytes > this.#out.payloadBytesMax ? this.#attach(whole) : whole
    const at = this.#out.claim(frame.bytes)
    if (at < 0) return false
    writeFrame(frame, correlationId, this.#out.memory, at)
    this.#out.publish()
    const { id, turn, peerBell } = this.#parts
    peerBell.noteFrame(id)
    if (turn === undefined) peerBell.ring()
    else turn.ringLater(peerBell)
    return true
  }

  /** A message that is too long for the ring travels by the port, and its place in the order by the ring. */
  #attach(whole: Frame): Frame {
    this.#lastAttachment -= 1
    this.attach(this.#lastAttachment, payloadOf(whole))
    return attachedFrame(whole, this.#lastAttachment)
  }
}
