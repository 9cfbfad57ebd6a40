import type { Address } from '../actor/address.js'
import { CONTROLLER } from '../actor/address.js'
import { type ConnectionParts, connectionBytes, type Port, ringsOf } from '../actor/connection.js'
import { ControlBlock, type Doorbell } from '../actor/control-block.js'
import { DelayedRingReader, FramesUnderWay } from '../actor/delayed-ring.js'
import { RingReader } from '../actor/ring.js'
import type { FaultNews, FaultOrder } from '../actor/runner.js'
import type { SimulatedSeat } from '../actor/simulated-seat.js'
import type { SeatOptions, Simulation } from '../actor/simulation.js'
import type { Actor } from '../actor/types.js'
import { cloned } from '../base/cloned.js'
import { Memory } from '../base/memory.js'
import type { RestartLimits } from '../controller/restart-policy.js'
import type { SegmentKeeper } from '../log/types.js'
import { type KeptBytes, KeptMemory, segmentKeeper } from './kept-memory.js'
import type { Ending } from './launcher-messages.js'
import { SupervisorRestarts } from './supervisor-restarts.js'
import { type Mail, type Seat, Switchboard } from './switchboard.js'

/** One end of a simulated connection: its half of the ports, and the frames under way on the two rings. */
interface SimulatedLine {
  readonly port: Port
  readonly incoming: FramesUnderWay
  readonly outgoing: FramesUnderWay
}

/** What an actor finds when it is started: what the incarnations before it have left. */
export interface SimulatedHost {
  readonly point: (name: string) => void
  readonly segments: SegmentKeeper
  readonly isPoisoning: boolean
  readonly notes: SharedArrayBuffer
}

/** An actor that can be started again, over all its incarnations. */
interface Thread {
  readonly address: Address
  readonly make: (host: SimulatedHost) => Actor
  readonly options: SeatOptions & { readonly control: ControlBlock }
  readonly memory: KeptMemory
  ending: Ending | null
  faults: FaultOrder | null
}

export interface SimulatedThreadsListener {
  exited(address: Address): void
  gaveUp(address: Address, says: string): void
  news(from: Address, news: FaultNews): void
}

/** Whose threads run user code, or answer the application: they sleep on their event loop. */
const EVENT_LOOP = /^(controller|consumer|client)-/

/** Smaller than on threads: thousands of simulations make connections, and fresh memory takes its time. */
const RING_CAPACITY = 1 << 14

/** What launcher, threads and ports are elsewhere: seats actors in a simulation, joins them, ends them and starts them again. */
export class SimulatedThreads {
  readonly #simulation: Simulation
  readonly #simulatesSleep: boolean
  readonly #listener: SimulatedThreadsListener
  readonly #supervisorRestarts: SupervisorRestarts
  readonly #switchboard = new Switchboard<SimulatedLine>(makeLines, connectionBytes(RING_CAPACITY))
  readonly #seats = new Map<Address, SimulatedSeat>()
  readonly #lines = new Map<SimulatedSeat, Map<number, SimulatedLine>>()
  readonly #threads = new Map<Address, Thread>()

  constructor(
    simulation: Simulation,
    limits: RestartLimits & { readonly simulatesSleep: boolean },
    listener: SimulatedThreadsListener,
  ) {
    this.#simulation = simulation
    this.#simulatesSleep = limits.simulatesSleep
    this.#supervisorRestarts = new SupervisorRestarts(limits)
    this.#listener = listener
  }

  /** A seat that can be reached from now on, though its actor may come later. */
  seat(address: Address, options: SeatOptions = {}): SimulatedSeat {
    const onEventLoop = this.#simulatesSleep && EVENT_LOOP.test(address)
    const seat = this.#simulation.seat(address, { ...options, onEventLoop })
    this.#seats.set(address, seat)
    this.#lines.set(seat, new Map())
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

  /** An actor that can be started again, with what it has left. */
  spawn(address: Address, make: Thread['make'], options: { readonly parkMsMax?: number } = {}): void {
    const whole = { ...options, control: new ControlBlock() }
    const thread: Thread = { address, make, options: whole, memory: new KeptMemory(), ending: null, faults: null }
    this.#threads.set(address, thread)
    this.#run(thread)
  }

  /** Ends an actor between two turns, or where it threw; its peers hear of it. Without an ending, as a crash has it. */
  end(address: Address, ending: Ending | null = null): void {
    const seat = this.#seats.get(address)
    if (seat === undefined) return
    const thread = this.#threads.get(address)
    if (thread !== undefined) thread.ending = ending
    if (ending?.losesMemory === true) thread?.memory.lose()
    seat.control.end()
    this.#seats.delete(address)
    this.#lines.delete(seat)
    this.#simulation.leave(address)
    this.#switchboard.leave(address)
    this.#simulation.noteNews()
    this.#listener.exited(address)
    if (address === CONTROLLER && ending?.staysDown !== true) this.#restartSupervisor()
  }

  /** Starts an actor that has ended again. */
  respawn(address: Address): void {
    const thread = this.#threads.get(address)
    if (thread === undefined || this.#seats.has(address)) return
    thread.ending = null
    thread.options.control.renew()
    this.#run(thread)
  }

  /** What the supervisor asks for: whoever was told to stay down does. */
  restart(address: Address): void {
    if (this.#threads.get(address)?.ending?.staysDown !== true) this.respawn(address)
  }

  order(to: Address, order: FaultOrder): void {
    const thread = this.#threads.get(to)
    if (thread !== undefined) thread.faults = order
    const seat = this.#seats.get(to)
    if (seat !== undefined) seat.post(order, () => {})
    else this.#listener.news(to, { type: 'faultsTaken', version: order.version })
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
    const segments = [...this.#threads.values()].reduce((sum, { memory }) => sum + memory.bytes, 0)
    return { ...this.#switchboard.memoryBytes, segments }
  }

  get seats(): ReadonlyMap<Address, SimulatedSeat> {
    return this.#seats
  }

  /** Also of an actor that has ended and can be started again. */
  controlOf(address: Address): ControlBlock | undefined {
    return this.#threads.get(address)?.options.control ?? this.#seats.get(address)?.control
  }

  #run(thread: Thread): void {
    const { address, make, options, memory, faults } = thread
    const seat = this.seat(address, options)
    if (faults !== null) seat.post(faults, () => {})
    const { inheritance } = memory
    this.start(seat, () =>
      make({
        point: this.#simulation.pointOf(address),
        segments: segmentKeeper(inheritance, memory),
        isPoisoning: true,
        notes: inheritance.notes,
      }),
    )
  }

  #restartSupervisor(): void {
    const says = this.#supervisorRestarts.crashed(this.#simulation.clock.now())
    if (says === null) this.respawn(CONTROLLER)
    else this.#listener.gaveUp(CONTROLLER, says)
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
  #frameBell(peer: Address, frames: FramesUnderWay, ring: RingReader): Doorbell {
    const seat = this.#seats.get(peer)
    return {
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
  return { post: (message) => void to.push(cloned(message)), receive: () => from.shift(), close: () => {} }
}
