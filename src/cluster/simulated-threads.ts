import { type Address, roleOf } from '../actor/address.js'
import type { ConnectionParts } from '../actor/connection.js'
import { CAPACITY, connectionBytes, ringsOf } from '../actor/connection-layout.js'
import { ControlBlock, type Doorbell, type PeerBell } from '../actor/control-block.js'
import { DelayedRingReader, FramesUnderWay } from '../actor/delayed-ring.js'
import { type BrokerPoint, POINTS, type Point, SLEEP_POINTS } from '../actor/points.js'
import type { Port } from '../actor/port.js'
import { RingReader } from '../actor/ring.js'
import type { FaultNews, FaultOrder } from '../actor/runner.js'
import type { SimulatedSeat } from '../actor/simulated-seat.js'
import type { SeatOptions, Simulation } from '../actor/simulation.js'
import type { Actor } from '../actor/types.js'
import { cloned, sentToOurselves } from '../base/cloned.js'
import { Memory } from '../base/memory.js'
import type { RestartLimits } from '../controller/restart-policy.js'
import type { SegmentKeeper } from '../log/types.js'
import type { ThreadExit } from './client-doors.js'
import { type Birth, type Ending, Incarnations, type Life, type ThreadReport } from './incarnations.js'
import { type KeptBytes, segmentKeeper } from './kept-memory.js'
import { type Mail, type Seat, Switchboard } from './switchboard.js'

/** One end of a simulated connection: its half of the ports, and the frames under way on the two rings. */
interface SimulatedLine {
  readonly port: Port
  readonly incoming: FramesUnderWay
  readonly outgoing: FramesUnderWay
}

/** What an actor finds when it is started: what the incarnations before it have left. */
export interface SimulatedHost {
  readonly point: (name: BrokerPoint) => void
  readonly segments: SegmentKeeper
  readonly isPoisoning: boolean
  readonly notes: SharedArrayBuffer
}

/** Makes an actor for each incarnation of its thread. */
type MakeActor = (host: SimulatedHost) => Actor

export interface SimulatedThreadsListener {
  exited(exit: ThreadExit): void
  gaveUp(address: Address, says: string): void
  news(from: Address, news: FaultNews): void
}

/** Actors whose threads run user code, or answer the application: they sleep on their event loop. */
const EVENT_LOOP = /^(controller|consumer|gateway|client)-/

/** Smaller than on threads: thousands of simulations make connections, and fresh memory takes its time. */
const RING_BYTES = 1 << 14

/**
 * Stands for the launcher, the threads and their ports: seats actors in a simulation, joins them, ends them and starts
 * them again.
 */
export class SimulatedThreads {
  readonly #simulation: Simulation
  readonly #simulatesSleep: boolean
  readonly #listener: SimulatedThreadsListener
  readonly #switchboard = new Switchboard<SimulatedLine>(
    makeLines,
    connectionBytes({ ...CAPACITY, ringBytes: RING_BYTES }),
  )
  readonly #seats = new Map<Address, SimulatedSeat>()
  readonly #lines = new Map<SimulatedSeat, Map<number, SimulatedLine>>()
  readonly #incarnations: Incarnations<SimulatedLine>
  /** The threads that are being ended because somebody has asked for it. */
  readonly #asked = new Set<Address>()

  constructor(
    simulation: Simulation,
    limits: RestartLimits & { readonly simulatesSleep: boolean },
    listener: SimulatedThreadsListener,
  ) {
    this.#simulation = simulation
    this.#simulatesSleep = limits.simulatesSleep
    this.#listener = listener
    this.#incarnations = new Incarnations({
      clock: simulation.clock,
      switchboard: this.#switchboard,
      restartLimits: limits,
      tell: (report) => this.#take(report),
    })
  }

  /** A seat of the application. It can be reached from now on, though its actor may come later. */
  seat(address: Address): SimulatedSeat {
    const seat = this.#place(address)
    this.#switchboard.join(this.#switchboardSeat(seat))
    return seat
  }

  start(seat: SimulatedSeat, makeActor: () => Actor): void {
    const { address } = seat
    seat.start(makeActor, {
      connect: (to) => this.#switchboard.connect(address, to),
      release: (ended) => this.#switchboard.release(ended),
      letGo: (connection) => this.#switchboard.letGo(address, connection),
      tell: (news) => {
        this.#simulation.noteNews()
        this.#listener.news(address, news)
      },
    })
  }

  /** The actor of the application takes no turn any more. */
  unseat(address: Address): void {
    const seat = this.#seats.get(address)
    if (seat === undefined) return
    seat.control.end()
    this.#leave(seat)
    this.#switchboard.leave(address)
  }

  /** Starts what a worker thread is elsewhere. Returns the bell of its actor, whichever incarnation that is. */
  spawn(address: Address, make: MakeActor, options: { readonly parkMsMax?: number } = {}): Doorbell {
    const control = new ControlBlock()
    const run = (birth: Birth): Life<SimulatedLine> => this.#run(address, make, { ...options, control }, birth)
    this.#incarnations.spawn({ address, control, run })
    return { ring: () => this.#seats.get(address)?.bell.ring() }
  }

  /** Ends an actor between two turns, or where it threw; its peers hear of it. */
  terminate(address: Address, ending: Ending): void {
    this.#asked.add(address)
    this.kill(address, ending)
    this.#asked.delete(address)
  }

  /** Like `terminate`, but counts as an end that nobody asked for. */
  kill(address: Address, ending: Ending): void {
    if (this.controlOf(address) === undefined) this.unseat(address)
    else this.#incarnations.terminate(address, ending)
  }

  respawn(address: Address): void {
    this.#incarnations.respawn(address)
  }

  restart(address: Address): void {
    this.#incarnations.restart(address)
  }

  order(to: Address, order: FaultOrder): void {
    this.#incarnations.order(to, order)
  }

  cut(from: Address, to: Address): void {
    this.#switchboard.cut(from, to)
  }

  heal(from: Address, to: Address): void {
    this.#switchboard.heal(from, to)
  }

  /** Calls back when the actor has ended and nobody touches a connection of its any more, which may be at once. */
  whenLetGo(address: Address, done: () => void): void {
    this.#switchboard.whenLetGo(address, done)
  }

  /** Bytes of shared memory, as the launcher counts them. */
  get keptBytes(): KeptBytes {
    return { ...this.#switchboard.memoryBytes, segments: this.#incarnations.segmentBytes }
  }

  get seats(): ReadonlyMap<Address, SimulatedSeat> {
    return this.#seats
  }

  /** The control block of a thread, also of one that has ended and can be started again. */
  controlOf(address: Address): ControlBlock | undefined {
    return this.#incarnations.controlOf(address)
  }

  /** The named points that the actor passes. */
  pointsOf(address: Address): readonly Point[] {
    return [...POINTS[roleOf(address)], ...(this.#sleeps(address) ? SLEEP_POINTS : [])]
  }

  #sleeps(address: Address): boolean {
    return this.#simulatesSleep && EVENT_LOOP.test(address)
  }

  #take(report: ThreadReport): void {
    switch (report.type) {
      case 'exited': {
        const { address, code, error } = report
        return this.#listener.exited({ address, code, error, wasAsked: this.#asked.has(address) })
      }
      case 'gaveUp':
        return this.#listener.gaveUp(report.address, report.says)
      case 'news':
        return this.#listener.news(report.from, report.news)
    }
  }

  #run(address: Address, make: MakeActor, options: SeatOptions, { memory, exited }: Birth): Life<SimulatedLine> {
    const seat = this.#place(address, options)
    const { inheritance } = memory
    this.start(seat, () =>
      make({
        point: this.#simulation.pointOf(address),
        segments: segmentKeeper(inheritance, memory),
        isPoisoning: true,
        notes: inheritance.notes,
      }),
    )
    const terminate = (): void => {
      this.#leave(seat)
      exited(1, null)
    }
    return { seat: this.#switchboardSeat(seat), terminate }
  }

  #place(address: Address, options: SeatOptions = {}): SimulatedSeat {
    const seat = this.#simulation.seat(address, { ...options, onEventLoop: this.#sleeps(address) })
    this.#seats.set(address, seat)
    this.#lines.set(seat, new Map())
    return seat
  }

  #leave(seat: SimulatedSeat): void {
    this.#seats.delete(seat.address)
    this.#lines.delete(seat)
    this.#simulation.leave(seat.address)
    this.#simulation.noteNews()
  }

  #switchboardSeat(seat: SimulatedSeat): Seat<SimulatedLine> {
    const { address, bell } = seat
    return { address, control: seat.control.memory.shared, bell, post: (mail) => this.#post(seat, mail) }
  }

  #post(seat: SimulatedSeat, mail: Mail<SimulatedLine>): void {
    const lines = this.#lines.get(seat)
    if (mail.type === 'connection') {
      lines?.set(mail.id, mail.line)
      seat.post({ type: 'connection', parts: this.#partsOf(mail) }, () => {})
    } else if (mail.type === 'disconnected') {
      const line = lines?.get(mail.connection)
      lines?.delete(mail.connection)
      seat.post(mail, () => line?.incoming.deliverAll())
    } else seat.post(mail, () => {})
  }

  #partsOf(mail: Extract<Mail<SimulatedLine>, { type: 'connection' }>): ConnectionParts {
    const { id, peer, isInitiator, line } = mail
    const { clock } = this.#simulation
    const memory = new Memory(mail.memory)
    const { outgoing, capacity } = ringsOf(memory, isInitiator)
    return {
      id,
      peer,
      isInitiator,
      memory,
      peerBell: this.#frameBell(peer, line.outgoing, new RingReader(memory, outgoing, capacity)),
      port: line.port,
      close: () => this.#switchboard.disconnect(id),
      reader: (...ring) => new DelayedRingReader(...ring, { frames: line.incoming, clock }),
    }
  }

  /** Draws when the frames that were published arrive, and wakes their reader then. `ring` is only looked at. */
  #frameBell(peer: Address, frames: FramesUnderWay, ring: RingReader): PeerBell {
    const seat = this.#seats.get(peer)
    return {
      noteFrame: (connection) => seat?.control.noteFrame(connection),
      ring: () => {
        if (seat !== undefined) seat.wakeAt(frames.publish(ring.published, seat.arrival()))
      },
    }
  }
}

function makeLines(): readonly [SimulatedLine, SimulatedLine] {
  const [requests, responses] = [new FramesUnderWay(), new FramesUnderWay()]
  const [toServer, toClient]: [unknown[], unknown[]] = [[], []]
  return [
    { port: portOf({ from: toClient, to: toServer }), incoming: responses, outgoing: requests },
    { port: portOf({ from: toServer, to: toClient }), incoming: requests, outgoing: responses },
  ]
}

/** What is posted is a clone, as on threads; shared memory stays shared. */
function portOf({ from, to }: { readonly from: unknown[]; readonly to: unknown[] }): Port {
  const post: Port['post'] = (message, transfer) =>
    void to.push(transfer === undefined ? cloned(message) : sentToOurselves(message, transfer))
  return { post, receive: () => from.shift(), close: () => {} }
}
