import { earliest, NEVER, type Timestamp } from '../base/ids.js'
import type { Random } from '../base/random.js'
import type { Address } from './address.js'
import { admitsRequest } from './admits-request.js'
import { type ConnectionParts, RingConnection } from './connection.js'
import type { ControlBlock } from './control-block.js'
import { FaultInjector, type FaultRule } from './fault-injector.js'
import type { Point } from './points.js'
import { ReadyConnections } from './ready-connections.js'
import { Turn } from './turn.js'
import type { Actor, Message } from './types.js'

/** What a thread is told by whoever wires threads together (the launcher, or the simulation). */
export type WireMessage =
  | { readonly type: 'connection'; readonly parts: ConnectionParts }
  | { readonly type: 'refused'; readonly peer: Address }
  | { readonly type: 'disconnected'; readonly connection: number }
  | { readonly type: 'crashed'; readonly peers: readonly Address[] }
  | FaultOrder

/** All scripted faults of this actor from now on. `version` says which order it was. */
export interface FaultOrder {
  readonly type: 'faults'
  readonly version: number
  readonly rules: readonly FaultRule[]
  /** What earlier faults have done ends, too: what they delay goes on now, and what they have muted is closed. */
  readonly undoes?: boolean
}

/** What a thread says of its scripted faults: an order is obeyed from now on, or a rule has hit a request. */
export type FaultNews =
  | { readonly type: 'faultsTaken'; readonly version: number }
  | { readonly type: 'faultHit'; readonly rule: number }

/** A thread's line to whoever wires threads together. */
export interface Wire {
  /** The oldest message, or undefined. */
  receive(): WireMessage | undefined
  connect(to: Address): void
  /** See `Context.release`. */
  release(ended: Address): void
  tell(news: FaultNews): void
  /** The actor never touches the memory of this connection again, which is over. */
  letGo(connection: number): void
}

export interface RunnerParts {
  readonly self: Address
  readonly actor: Actor
  readonly control: ControlBlock
  readonly wire: Wire
  readonly random: Random
  /** See `Context.point`; nothing on threads. */
  readonly point?: (name: Point) => void
  /** Told of every message before the actor is; the simulation writes its trace here. */
  readonly observe?: (message: Message) => void
  /** The actor is played by a test, which writes to its connections at any time. Default false. */
  readonly isPlayed?: boolean
}

/**
 * Takes one turn of an actor: word of connections, then what arrived on each of them, then what is due. The hosts
 * (duty cycle, event loop, simulation) only decide when the next turn is.
 */
export class Runner {
  readonly self: Address
  readonly control: ControlBlock
  readonly #parts: RunnerParts
  readonly #turn: Turn
  readonly #deliver: (message: Message) => void
  /** Like `#deliver`, past the scripted faults. */
  readonly #hand: (message: Message) => void
  /** Null until there is a scripted fault. */
  #faults: FaultInjector | null = null
  readonly #connections: ReadyConnections
  #mailRead = 0
  #hasEnded = false
  #hasLetGo = false
  #deadline: Timestamp = NEVER

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.self = parts.self
    this.control = parts.control
    const { self, random, wire, point = () => {}, isPlayed = false } = parts
    this.#connections = new ReadyConnections(parts.control)
    this.#turn = new Turn({
      self,
      random,
      point,
      isPlayed,
      connect: (to) => wire.connect(to),
      release: (ended) => wire.release(ended),
      lookAt: (connection) => this.#connections.look(connection),
    })
    this.#hand = (message) => {
      parts.observe?.(message)
      parts.actor.receive(message, this.#turn)
    }
    this.#deliver = (message) => {
      if (message.type === 'request' && !admitsRequest(self, parts.actor, message)) return
      const isHeld =
        message.type === 'request' && this.#faults?.intercepts(message, this.#turn.now, this.#hand) === true
      if (!isHeld) this.#hand(message)
    }
  }

  /** When the actor wants its next turn if nothing arrives first. */
  get deadline(): Timestamp {
    return this.#deadline
  }

  /** Whether the actor said so in its last turn: see `Context.noteStream`. */
  get isStreaming(): boolean {
    return this.#turn.isStreaming
  }

  /** Whether the actor said so in its last turn: see `Context.noteAwaited`. */
  get isAwaited(): boolean {
    return this.#turn.isAwaited
  }

  /** Returns whether there was anything to do. */
  turn(now: Timestamp): boolean {
    if (this.#hasEnded) return false
    this.control.beat()
    this.#turn.open(now)
    try {
      this.#takeTurn(now)
    } finally {
      // An actor may be ended in its turn, and on the application's thread the user's code runs in it.
      this.#turn.close()
    }
    this.#turn.ringBells()
    return this.#turn.foundWork
  }

  /**
   * The actor takes no turn any more, and has let go of every connection. It may be the actor's own turn that ends it.
   */
  end(): void {
    this.#hasEnded = true
    for (const connection of this.#connections.removeAll()) connection.letGo()
  }

  /** Whether connections were closed since the last call, whose ports the thread's event loop still has to free. */
  takeLetGo(): boolean {
    const hasLetGo = this.#hasLetGo
    this.#hasLetGo = false
    return hasLetGo
  }

  #takeTurn(now: Timestamp): void {
    if (this.control.mail !== this.#mailRead) this.#readMail()
    if (this.#connections.poll(this.#deliver)) this.#turn.foundWork = true
    if (this.#faults?.release(now, this.#hand) === true) this.#turn.foundWork = true
    const wanted = this.#parts.actor.tick(this.#turn)
    const { due } = this.#turn
    const deadline = due === null ? wanted : earliest(wanted, due)
    this.#deadline = this.#faults === null ? deadline : earliest(deadline, this.#faults.due)
  }

  #readMail(): void {
    // The count is read before the port: a message posted in between is announced again.
    this.#mailRead = this.control.mail
    for (let mail = this.#parts.wire.receive(); mail !== undefined; mail = this.#parts.wire.receive()) {
      this.#turn.foundWork = true
      if (mail.type === 'connection') this.#open(mail.parts)
      else if (mail.type === 'refused' || mail.type === 'crashed') this.#deliver(mail)
      else if (mail.type === 'faults') this.#obey(mail)
      else this.#close(mail.connection)
    }
  }

  #obey({ version, rules, undoes = false }: FaultOrder): void {
    const { random, wire } = this.#parts
    // A stream of its own: what the actor draws is the same with and without faults.
    this.#faults ??= new FaultInjector(random.fork('faults'), ({ id }) => wire.tell({ type: 'faultHit', rule: id }))
    this.#faults.setRules(rules)
    if (undoes) {
      this.#faults.hurry()
      for (const connection of this.#connections.all) if (connection.isMuted) connection.close()
    }
    wire.tell({ type: 'faultsTaken', version })
  }

  #open(parts: ConnectionParts): void {
    const connection = new RingConnection({ ...parts, turn: this.#turn })
    this.#connections.add(connection)
    this.#deliver({ type: 'connected', connection })
  }

  #close(id: number): void {
    const connection = this.#connections.find(id)
    if (connection === undefined) return
    // What the peer had answered before it went is still true.
    if (connection.isInitiator) connection.poll(this.#deliver)
    connection.markClosed()
    this.#connections.remove(connection)
    try {
      this.#deliver({ type: 'disconnected', connection })
    } finally {
      // The user's code may throw in there; the actor has heard of it all the same.
      connection.letGo()
      this.#hasLetGo = true
      this.#parts.wire.letGo(id)
    }
  }
}
