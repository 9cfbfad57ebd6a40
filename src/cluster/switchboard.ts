import type { Address } from '../actor/address.js'
import { CONTROLLER, roleOf } from '../actor/address.js'
import { CAPACITY, connectionBytes, GATEWAY_CAPACITY } from '../actor/connection-layout.js'
import { ConnectionState, type Direction } from '../actor/connection-state.js'
import type { Doorbell } from '../actor/control-block.js'
import type { FaultOrder } from '../actor/runner.js'
import { CRASHED_PEERS_MAX } from '../base/config/internal-limits.js'
import { ConnectionMemories } from './connection-memories.js'
import type { KeptBytes } from './kept-memory.js'

/**
 * Joins actors by connections, and tells both ends when one is over. On threads it lives in the launcher, which is the
 * one thread that hears of every exit; the simulation has one of its own.
 *
 * The order of a failover: 1. a broker's thread has exited, 2. the controller is told, 3. it elects new leaders and
 * publishes them, 4. it releases the address, 5. everybody else is told. So the first question that a client asks of
 * another broker finds the new leader. Without a controller nobody waits for one.
 *
 * All brokers are told of a consumer that has crashed: whichever of them coordinates its group, now or after the next
 * failover, need not have heard of it before.
 */

/** What an actor's thread is told. `Line` is one end of a pair of ports. */
export type Mail<Line> =
  | {
      readonly type: 'connection'
      readonly id: number
      readonly peer: Address
      readonly isInitiator: boolean
      readonly memory: SharedArrayBuffer
      readonly peerControl: SharedArrayBuffer
      readonly line: Line
    }
  | { readonly type: 'refused'; readonly peer: Address }
  | { readonly type: 'disconnected'; readonly connection: number }
  | { readonly type: 'crashed'; readonly peers: readonly Address[] }
  | FaultOrder

/** Where an actor can be reached, in one incarnation. */
export interface Seat<Line> {
  readonly address: Address
  /** Memory of its control block, for its peers' doorbells. */
  readonly control: SharedArrayBuffer
  readonly bell: Doorbell
  /** Brings the mail to the actor's wire and announces it there. */
  post(mail: Mail<Line>): void
}

interface Joined<Line> {
  readonly id: number
  readonly asking: Seat<Line>
  readonly serving: Seat<Line>
  readonly memory: SharedArrayBuffer
  readonly state: ConnectionState
}

export class Switchboard<Line> {
  readonly #makeLines: () => readonly [Line, Line]
  readonly #memories = new ConnectionMemories<Seat<Line>>()
  readonly #memoryBytes: number
  readonly #seats = new Map<Address, Seat<Line>>()
  readonly #joined = new Map<number, Joined<Line>>()
  /** Connections to addresses whose end only the controller knows of. */
  readonly #unreleased = new Map<Address, number[]>()
  /** Ways on which nothing is carried: `broker-1>broker-2`. */
  readonly #cuts = new Set<string>()
  /** The last consumers that have crashed, oldest first. */
  #crashed: readonly Address[] = []
  #waiting: { readonly address: Address; readonly done: () => void }[] = []
  #lastId = 0

  constructor(makeLines: () => readonly [Line, Line], memoryBytes = connectionBytes(CAPACITY)) {
    this.#makeLines = makeLines
    this.#memoryBytes = memoryBytes
  }

  join(seat: Seat<Line>): void {
    this.#seats.set(seat.address, seat)
    if (roleOf(seat.address) === 'broker' && this.#crashed.length > 0)
      seat.post({ type: 'crashed', peers: this.#crashed })
  }

  /** The asking end hears of the connection last, so that the other one is ready for its first request. */
  connect(from: Address, to: Address): void {
    const asking = this.#seats.get(from)
    const serving = this.#seats.get(to)
    if (asking === undefined) return
    if (serving === undefined) return asking.post({ type: 'refused', peer: to })
    const id = ++this.#lastId
    const memory = this.#memories.take(this.#bytesFor(from))
    const state = new ConnectionState(memory)
    if (this.#cuts.has(wayOf(from, to))) state.cut('requests')
    if (this.#cuts.has(wayOf(to, from))) state.cut('responses')
    this.#joined.set(id, { id, asking, serving, memory, state })
    const [askingLine, servingLine] = this.#makeLines()
    const end = (peer: Seat<Line>, isInitiator: boolean, line: Line): Mail<Line> => {
      const peerControl = peer.control
      return { type: 'connection', id, peer: peer.address, isInitiator, memory, peerControl, line }
    }
    serving.post(end(asking, false, servingLine))
    asking.post(end(serving, true, askingLine))
  }

  /** Tells both ends that the connection is over. */
  disconnect(id: number): void {
    const joined = this.#joined.get(id)
    if (joined === undefined) return
    this.#joined.delete(id)
    // In memory first: a thread that was paused sees it before it reads its mail.
    joined.state.close()
    const ends = [joined.asking, joined.serving]
    const present = ends.filter((seat) => this.#seats.get(seat.address) === seat)
    this.#memories.over(id, joined.memory, ends, present)
    this.#tellWaiting()
    for (const seat of present) seat.post({ type: 'disconnected', connection: id })
  }

  /** The actor has heard that the connection is over, and never touches its memory again. */
  letGo(from: Address, id: number): void {
    const seat = this.#seats.get(from)
    if (seat === undefined) return
    this.#memories.letGo(id, seat)
    this.#tellWaiting()
  }

  /** Calls back when the actor has left and nobody touches a connection of its any more, which may be at once. */
  whenLetGo(address: Address, done: () => void): void {
    this.#waiting.push({ address, done })
    this.#tellWaiting()
  }

  #tellWaiting(): void {
    const told = this.#waiting.filter(({ address }) => !this.#isTouched(address))
    this.#waiting = this.#waiting.filter((waiting) => !told.includes(waiting))
    for (const { done } of told) done()
  }

  #isTouched(address: Address): boolean {
    const isIts = (seat: Seat<Line>): boolean => seat.address === address
    const isJoined = [...this.#joined.values()].some(({ asking, serving }) => isIts(asking) || isIts(serving))
    return isJoined || this.#seats.has(address) || this.#memories.isHeld(isIts)
  }

  /** Memory of all connections, and of those that will be. */
  get memoryBytes(): Omit<KeptBytes, 'segments'> {
    const { bytes, unusedBytes } = this.#memories
    return { connections: bytes, unused: unusedBytes }
  }

  /**
   * The actor is gone: its thread has exited, or it takes no turn any more and has let go of its connections. The
   * controller hears of it first; see above. `hasCrashed`: nobody has asked for it.
   */
  leave(address: Address, hasCrashed = false): void {
    const gone = this.#seats.get(address)
    if (gone === undefined) return
    this.#seats.delete(address)
    this.#memories.left(gone)
    const own = [...this.#joined.values()].filter(({ asking, serving }) => asking === gone || serving === gone)
    const isWithController = ({ asking, serving }: Joined<Line>): boolean =>
      this.#seats.get(CONTROLLER) === (asking === gone ? serving : asking)
    const toController = own.filter(isWithController)
    for (const { id } of toController) this.disconnect(id)
    const others = own.filter((joined) => !toController.includes(joined)).map(({ id }) => id)
    if (toController.length > 0) this.#unreleased.set(address, [...(this.#unreleased.get(address) ?? []), ...others])
    else for (const id of others) this.disconnect(id)
    if (address === CONTROLLER) for (const ended of [...this.#unreleased.keys()]) this.release(ended)
    if (hasCrashed && roleOf(address) === 'consumer') this.#tellOfCrash(address)
    this.#tellWaiting()
  }

  #tellOfCrash(address: Address): void {
    this.#crashed = [...this.#crashed, address].slice(-CRASHED_PEERS_MAX)
    for (const seat of this.#seats.values())
      if (roleOf(seat.address) === 'broker') seat.post({ type: 'crashed', peers: [address] })
  }

  /** The controller has done its part. Nothing when the address has not ended, or was released before. */
  release(ended: Address): void {
    const ids = this.#unreleased.get(ended) ?? []
    this.#unreleased.delete(ended)
    for (const id of ids) this.disconnect(id)
  }

  /** From now on `to` reads nothing that `from` writes, on any connection of theirs. */
  cut(from: Address, to: Address): void {
    this.#cuts.add(wayOf(from, to))
    for (const { state, direction } of this.#carrying(from, to)) state.cut(direction)
  }

  /** What was written meanwhile is read now. */
  heal(from: Address, to: Address): void {
    this.#cuts.delete(wayOf(from, to))
    for (const { asking, serving, state, direction } of this.#carrying(from, to)) {
      state.heal(direction)
      asking.bell.ring()
      serving.bell.ring()
    }
  }

  healAll(): void {
    for (const way of [...this.#cuts]) {
      const [from, to] = way.split(BETWEEN) as [Address, Address]
      this.heal(from, to)
    }
  }

  /** Rings of a gateway's connection are small: it has one for each client, and most of these say little. */
  #bytesFor(asking: Address): number {
    return roleOf(asking) === 'gateway' ? Math.min(this.#memoryBytes, GATEWAY_BYTES) : this.#memoryBytes
  }

  #carrying(from: Address, to: Address): (Joined<Line> & { readonly direction: Direction })[] {
    const joined = [...this.#joined.values()]
    const asked = joined.filter(({ asking, serving }) => asking.address === from && serving.address === to)
    const served = joined.filter(({ asking, serving }) => asking.address === to && serving.address === from)
    return [
      ...asked.map((one) => ({ ...one, direction: 'requests' as const })),
      ...served.map((one) => ({ ...one, direction: 'responses' as const })),
    ]
  }
}

const GATEWAY_BYTES = connectionBytes(GATEWAY_CAPACITY)
const BETWEEN = '>'
const wayOf = (from: Address, to: Address): string => `${from}${BETWEEN}${to}`
