import { earliest, NEVER, type Timestamp, timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { ByteStream, StreamListener } from '../gateway/byte-stream.js'

/** The client's half of what is told of a connection, between turns. */
export interface ClientListener {
  connected(): void
  data(chunk: Buffer): void
  /** Called once, and last. `refused`: nobody listens at the port. */
  closed(how: 'closed' | 'reset' | 'refused'): void
}

/** The client's end of a connection. */
export interface ClientEnd {
  write(bytes: Uint8Array): void
  /** Says nothing more: it is over when the gateway has answered. */
  close(): void
  /** Ends it at once. */
  reset(): void
  /** Whether the client takes nothing for now: what is sent to it piles up. */
  hold(isHeld: boolean): void
}

/** Bytes that are to leave by one end; `done` is told once nobody reads them any more. */
interface Piece {
  readonly bytes: Uint8Array
  readonly done: () => void
}

const nothing = (): void => {}

/** One direction of a connection: bytes under way, of which the next few arrive at `due`. */
class Way {
  readonly #random: Random
  readonly #pieces: Piece[] = []
  /** How many bytes of the first piece have arrived. */
  #arrived = 0
  #isHeld: boolean
  waiting = 0
  due: Timestamp = NEVER

  constructor(random: Random, isHeld: boolean) {
    this.#random = random
    this.#isHeld = isHeld
  }

  push(piece: Piece, now: Timestamp): void {
    if (piece.bytes.length === 0) return piece.done()
    this.#pieces.push(piece)
    this.waiting += piece.bytes.length
    this.#plan(now)
  }

  hold(isHeld: boolean, now: Timestamp): void {
    this.#isHeld = isHeld
    if (isHeld) this.due = NEVER
    else this.#plan(now)
  }

  /** The bytes that arrive now, as a copy: the pieces that they end are told before it is returned. */
  take(now: Timestamp): Buffer {
    const chunk = Buffer.alloc(Math.min(chunkBytes(this.#random), this.waiting))
    let filled = 0
    while (filled < chunk.length) {
      const { bytes, done } = this.#pieces[0] as Piece
      const part = bytes.subarray(this.#arrived, this.#arrived + chunk.length - filled)
      chunk.set(part, filled)
      filled += part.length
      this.#arrived += part.length
      if (this.#arrived < bytes.length) break
      this.#arrived = 0
      this.#pieces.shift()
      done()
    }
    this.waiting -= filled
    this.due = NEVER
    this.#plan(now)
    return chunk
  }

  /** Nothing arrives any more. */
  drop(): void {
    this.due = NEVER
    this.waiting = 0
    for (const { done } of this.#pieces.splice(0)) done()
  }

  #plan(now: Timestamp): void {
    if (this.#isHeld || this.waiting === 0 || this.due !== NEVER) return
    this.due = timestamp(now + delayMs(this.#random))
  }
}

/** Most chunks are long, and some tear a frame wherever that is possible. */
function chunkBytes(random: Random): number {
  const kind = random.next()
  if (kind < 0.7) return 1 + random.below(16_384)
  return 1 + random.below(kind < 0.9 ? 100 : 4)
}

function delayMs(random: Random): number {
  return random.boolean(0.9) ? 0.2 * random.next() : 5 * random.next()
}

export interface SimulatedConnectionParts {
  readonly peer: string
  readonly random: Random
  readonly now: () => Timestamp
  readonly client: ClientListener
  /** Called when something is due earlier than it was. */
  readonly wake: () => void
}

/**
 * A connection of a simulation, as TCP would make it: bytes arrive late, in order, in chunks that have nothing to do
 * with what was written, and the ends of the connection are seen at different times. What the gateway writes is read
 * where it lies until it arrives, so that memory which changes before shows.
 */
export class SimulatedConnection implements ByteStream {
  readonly peer: string
  readonly host = '127.0.0.1'
  readonly client: ClientEnd
  readonly #parts: SimulatedConnectionParts
  readonly #toGateway: Way
  readonly #toClient: Way
  /** Bytes that one end takes while the other does not read. */
  readonly #window: number
  #gateway: StreamListener | null = null
  #isFull = false
  /** What each end has said, beside its bytes, that it says no more. */
  #isClientClosing = false
  #isGatewayClosing = false
  #hasToldEnd = false
  #end: { readonly at: Timestamp; readonly how: 'closed' | 'reset' } | null = null
  #isOver = false

  constructor(parts: SimulatedConnectionParts) {
    const { peer, random, now, wake } = parts
    this.#parts = parts
    this.peer = peer
    this.#window = 2 ** (6 + random.below(11))
    // A gateway reads when it wants to.
    this.#toGateway = new Way(random, true)
    this.#toClient = new Way(random, false)
    this.client = {
      write: (bytes) => {
        if (this.#isOver) return
        this.#toGateway.push({ bytes, done: nothing }, now())
        wake()
      },
      close: () => {
        this.#isClientClosing = true
        wake()
      },
      reset: () => this.#endBy('reset'),
      hold: (isHeld) => {
        this.#toClient.hold(isHeld, now())
        wake()
      },
    }
  }

  /** The gateway has accepted it. */
  accept(listener: StreamListener): void {
    this.#gateway = listener
    this.#parts.client.connected()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isFull(): boolean {
    return this.#isFull
  }

  write(parts: readonly Uint8Array[], written: () => void): void {
    const { now, wake } = this.#parts
    const last = parts.length - 1
    for (const [index, bytes] of parts.entries())
      this.#toClient.push({ bytes, done: index === last ? written : nothing }, now())
    if (this.#isOver) this.#toClient.drop()
    this.#isFull = this.#toClient.waiting > this.#window
    wake()
  }

  pause(): void {
    this.#toGateway.hold(true, this.#parts.now())
  }

  resume(): void {
    this.#toGateway.hold(false, this.#parts.now())
    this.#parts.wake()
  }

  close(): void {
    this.#isGatewayClosing = true
    this.resume()
    this.#closeWhenDone()
  }

  reset(): void {
    this.#endBy('reset')
  }

  /** The gateway's thread has ended: the system resets its connections, and it hears of nothing any more. */
  lose(): void {
    this.#gateway = null
    this.#endBy('reset')
  }

  get due(): Timestamp {
    if (this.#end !== null) return this.#end.at
    if (this.#isEndUntold) return this.#parts.now()
    return earliest(this.#toGateway.due, this.#toClient.due)
  }

  /** Does what is due. */
  tick(now: Timestamp): void {
    if (this.#end !== null) {
      if (this.#end.at <= now) this.#finish(this.#end.how)
      return
    }
    if (this.#toGateway.due <= now) this.#gateway?.data(this.#toGateway.take(now))
    if (this.#toClient.due <= now) this.#parts.client.data(this.#toClient.take(now))
    if (this.#isFull && this.#toClient.waiting === 0) {
      this.#isFull = false
      this.#gateway?.drained()
    }
    if (this.#isEndUntold) {
      this.#hasToldEnd = true
      this.#gateway?.ended()
    }
    this.#closeWhenDone()
  }

  /** Whether all that the client has said has arrived, and the gateway does not know yet that it was all. */
  get #isEndUntold(): boolean {
    return this.#isClientClosing && !this.#hasToldEnd && this.#gateway !== null && this.#toGateway.waiting === 0
  }

  #closeWhenDone(): void {
    if (this.#isGatewayClosing && this.#toClient.waiting === 0) this.#endBy('closed')
  }

  #endBy(how: 'closed' | 'reset'): void {
    if (this.#end !== null || this.#isOver) return
    const { now, random, wake } = this.#parts
    this.#end = { at: timestamp(now() + delayMs(random)), how }
    wake()
  }

  #finish(how: 'closed' | 'reset'): void {
    this.#isOver = true
    this.#end = null
    this.#toGateway.drop()
    if (this.#gateway !== null) this.#toClient.drop()
    this.#gateway?.closed()
    this.#parts.client.closed(how)
  }
}
