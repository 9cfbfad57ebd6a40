import type { Transferable } from '../base/cloned.js'
import type { Timestamp } from '../base/ids.js'
import type { Memory } from '../base/memory.js'
import type { Random } from '../base/random.js'
import type { ApiName, Request, Response } from '../protocol/api.js'
import type { Address } from './address.js'
import type { Point } from './points.js'

/**
 * A part of the system with its own state and no shared variables. Both methods run to completion: no clock, no
 * chance, no I/O and no waiting except through the context, so that the same inputs give the same outputs.
 */
export interface Actor {
  /** The requests that it serves; any other is refused in its name. Absent: it looks at them itself. */
  readonly serves?: ReadonlySet<ApiName>
  receive(message: Message, context: Context): void
  /** Does what is due. Returns the next moment it wants to be called if nothing arrives first. */
  tick(context: Context): Timestamp
}

/** What the host hands in. Valid during the call only: `now` moves. */
export interface Context {
  readonly self: Address
  readonly now: Timestamp
  readonly random: Random
  /** Asks for a connection; a `connected` message brings it, a `refused` one says that nobody has this address. */
  connect(to: Address): void
  /**
   * The controller hears first that a thread has ended, so that whoever hears of it next finds the new leaders. This
   * lets the others hear: their connections to the address are closed.
   */
  release(ended: Address): void
  /** Tells the host that this turn found work in shared memory, so that it looks again before it sleeps. */
  noteWork(): void
  /**
   * Tells the host that something was begun that is due then, whatever the turn's `tick` returns: it may have asked
   * before that began.
   */
  noteDue(at: Timestamp): void
  /**
   * Tells the host that what comes next is part of a stream and may lie for a tenth of a millisecond: it naps for that
   * long instead of parking, and nobody has to pay for waking it.
   */
  noteStream(): void
  /**
   * Tells the host that the user's code waits for what comes next, so that looking for it longer than usual is worth
   * it.
   */
  noteAwaited(): void
  /**
   * A place between two steps over shared memory. Nothing on threads; in the simulation the actor may be killed here,
   * or others may run.
   */
  point(name: Point): void
}

export type Message =
  | {
      readonly type: 'request'
      readonly connection: Connection
      readonly correlationId: number
      readonly body: Request
    }
  | {
      readonly type: 'response'
      readonly connection: Connection
      readonly correlationId: number
      readonly body: Response
    }
  | { readonly type: 'connected'; readonly connection: Connection }
  | { readonly type: 'refused'; readonly peer: Address }
  /** The peer's thread has exited, or it closed the connection. What it was lent is nobody's now. */
  | { readonly type: 'disconnected'; readonly connection: Connection }
  /**
   * Brokers are told of consumers whose threads have ended though nobody had asked them to, connected or not: these say
   * nothing any more. A broker that is started later is told of the last of them first.
   */
  | { readonly type: 'crashed'; readonly peers: readonly Address[] }

/**
 * One end of a pair of rings. The end that asked for it sends requests, the other serves them one at a time, as Kafka
 * mutes a channel between a request and its response (`SocketServer.Processor`).
 */
export interface Connection {
  readonly id: number
  readonly peer: Address
  /** Whether this end asked for it, and so sends the requests. */
  readonly isInitiator: boolean
  /**
   * Whether it was closed, as shared memory has it: true before the `disconnected` message, for a thread that was
   * paused.
   */
  readonly isClosed: boolean
  /** `full`: the peer is behind; keep the request and hold back. `closed`: it will never be read. */
  send(correlationId: number, body: Request): 'sent' | 'full' | 'closed'
  /** A number for the bytes sent so far; `isRead` says whether the peer has finished with all of them. */
  readonly cursor: number
  isRead(cursor: number): boolean
  /**
   * Serving end: whether another request has come behind the one being served, which is let in when that one is
   * answered.
   */
  readonly hasNext: boolean
  /** Answers the request being served and lets the next one in. Held here while the ring is full. */
  reply(correlationId: number, body: Response): void
  /** Ends the request being served without a response (acks=0). */
  finish(): void
  /** Posts a memory to the peer once; afterwards messages may refer to it by its id. */
  lend(memoryId: number, memory: Memory): void
  /** Posts that no message will name a lent memory any more: the peer need not keep it. */
  recall(memoryId: number): void
  /** A memory that the peer has lent; asking for one that it has not is a bug. */
  memory(memoryId: number): Memory
  /** The same for a number that comes out of a request: null when the peer has lent no such memory. */
  memoryIfLent(memoryId: number): Memory | null
  /**
   * Posts a value that frames cannot carry (structured clone); messages sent afterwards may refer to it by its id. What
   * is in `transfer` moves along with it.
   */
  attach(id: number, value: unknown, transfer?: readonly Transferable[]): void
  /** A value that the peer has attached; it is handed out once. */
  attachment(id: number): unknown
  /** Reader of lent slices: everything up to this lease of the slot has come back. */
  giveBack(slot: number, lease: number): void
  /** Lender: the last lease of the slot that has come back; 0 at first. Wraps at 2^31: compare by difference. */
  givenBack(slot: number): number
  /**
   * For whom the asking end asks, as it says; 0 at first. A gateway says here which client's connection it is, so that
   * scripted faults can tell clients apart: see `ClientName`.
   */
  label: number
  /** How many slots there are for leases: one for each partition that can be fetched. */
  readonly leaseSlots: number
  /** Closes both ends. */
  close(): void
}

/** The slots of all connections but those of gateways, which have fewer. */
export const LEASE_SLOTS = 4096
