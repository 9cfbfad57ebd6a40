import { type ConnectionParts, connectionBytes, type Port, ringsOf } from '../actor/connection.js'
import type { Doorbell } from '../actor/control-block.js'
import { DelayedRingReader, FramesUnderWay } from '../actor/delayed-ring.js'
import { RingReader } from '../actor/ring.js'
import type { SimulatedSeat } from '../actor/simulated-seat.js'
import type { Simulation } from '../actor/simulation.js'
import type { Actor, Address } from '../actor/types.js'
import { Memory } from '../base/memory.js'
import { type Mail, Switchboard } from './switchboard.js'

/** One end of a simulated connection: its half of the ports, and the frames under way on the two rings. */
interface SimulatedLine {
  readonly port: Port
  readonly incoming: FramesUnderWay
  readonly outgoing: FramesUnderWay
}

/** Smaller than on threads: thousands of simulations make connections, and fresh memory takes its time. */
const RING_CAPACITY = 1 << 18

/** What launcher, threads and ports are elsewhere: seats actors in a simulation, joins them, and ends them. */
export class SimulatedThreads {
  readonly #simulation: Simulation
  readonly #switchboard = new Switchboard<SimulatedLine>(makeLines, connectionBytes(RING_CAPACITY))
  readonly #seats = new Map<Address, SimulatedSeat>()

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  /** A seat that can be reached from now on, though its actor may come later. */
  seat(address: Address): SimulatedSeat {
    const seat = this.#simulation.seat(address)
    this.#seats.set(address, seat)
    const lines = new Map<number, SimulatedLine>()
    this.#switchboard.join({
      address,
      control: seat.control.memory.shared,
      post: (mail) => this.#post(seat, mail, lines),
    })
    return seat
  }

  start(seat: SimulatedSeat, actor: Actor): void {
    seat.start(actor, (to) => this.#switchboard.connect(seat.address, to))
  }

  /** Ends an actor between two turns; its peers hear of it. */
  end(address: Address): void {
    if (!this.#seats.delete(address)) return
    this.#simulation.leave(address)
    this.#switchboard.leave(address)
  }

  get seats(): ReadonlyMap<Address, SimulatedSeat> {
    return this.#seats
  }

  #post(seat: SimulatedSeat, mail: Mail<SimulatedLine>, lines: Map<number, SimulatedLine>): void {
    if (mail.type === 'refused') seat.post(mail, () => {})
    else if (mail.type === 'connection') {
      lines.set(mail.id, mail.line)
      seat.post({ type: 'connection', parts: this.#partsOf(mail) }, () => {})
    } else {
      const line = lines.get(mail.connection)
      lines.delete(mail.connection)
      seat.post(mail, () => line?.incoming.deliverAll())
    }
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
  return { post: (message) => void to.push(structuredClone(message)), receive: () => from.shift() }
}
