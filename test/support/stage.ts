import type { Address } from '../../src/actor/address.js'
import { ControlBlock } from '../../src/actor/control-block.js'
import type { FaultRule } from '../../src/actor/fault-injector.js'
import type { Port } from '../../src/actor/port.js'
import { type FaultNews, type FaultOrder, Runner, type Wire } from '../../src/actor/runner.js'
import type { Actor } from '../../src/actor/types.js'
import { type Timestamp, timestamp } from '../../src/base/ids.js'
import { Memory } from '../../src/base/memory.js'
import { seededRandom } from '../../src/base/random.js'
import { type Mail, Switchboard } from '../../src/cluster/switchboard.js'
import { ScriptedActor } from './scripted-actor.js'

const ROUNDS_MAX = 10_000

/**
 * Actors on one thread, over real connections, with a clock that only the test moves: the host of unit tests. Everybody
 * takes turns in the order of seating until nobody finds work; a time that passes is passed on purpose.
 */
export class Stage {
  now: Timestamp = timestamp(1_000_000)
  /** What the actors' scripted faults have said, oldest first. */
  readonly news: FaultNews[] = []
  /** Whoever has let go of which connection, in order. */
  readonly connectionsLetGo: [Address, number][] = []
  readonly #switchboard = new Switchboard<Port>(inMemoryLines)
  readonly #runners = new Map<Address, Runner>()
  readonly #post = new Map<Address, (letter: Mail<Port>) => void>()
  #lastOrder = 0

  seat(self: Address, actor: Actor): ControlBlock {
    const control = new ControlBlock()
    const mail: Mail<Port>[] = []
    const post = (letter: Mail<Port>): void => {
      mail.push(letter)
      control.announceMail()
    }
    this.#post.set(self, post)
    this.#switchboard.join({ address: self, control: control.memory.shared, bell: control, post })
    const wire: Wire = {
      connect: (to) => this.#switchboard.connect(self, to),
      release: (ended) => this.#switchboard.release(ended),
      letGo: (connection) => {
        this.connectionsLetGo.push([self, connection])
        this.#switchboard.letGo(self, connection)
      },
      tell: (news) => void this.news.push(news),
      receive: () => this.#opened(mail.shift()),
    }
    const isPlayed = actor instanceof ScriptedActor
    this.#runners.set(self, new Runner({ self, actor, control, wire, random: seededRandom(self), isPlayed }))
    return control
  }

  /** Ends an actor, as the exit of its thread does. */
  kill(self: Address): void {
    this.#runners.get(self)?.end()
    this.#runners.delete(self)
    this.#switchboard.leave(self)
    this.settle()
  }

  /** The controller has done its part for an actor that was killed: whoever was connected with it hears of its end. */
  release(ended: Address): void {
    this.#switchboard.release(ended)
    this.settle()
  }

  /** Nothing gets through from one to the other until it is healed. */
  cut(from: Address, to: Address): void {
    this.#switchboard.cut(from, to)
  }

  heal(from: Address, to: Address): void {
    this.#switchboard.heal(from, to)
    this.settle()
  }

  /** Gives an actor scripted faults. */
  order(self: Address, rules: readonly FaultRule[], how: Pick<FaultOrder, 'undoes'> = {}): void {
    this.#post.get(self)?.({ type: 'faults', version: ++this.#lastOrder, rules, ...how })
    this.settle()
  }

  /** Takes turns until nobody finds work. */
  settle(): void {
    // A turn that finds no work may still ask for a connection, whose arrival is work in the next round.
    for (let round = 0, idleRounds = 0; round < ROUNDS_MAX; round++) {
      idleRounds += 1
      for (const runner of [...this.#runners.values()]) if (runner.turn(this.now)) idleRounds = 0
      if (idleRounds === 2) return
    }
    throw new Error('The actors never come to rest')
  }

  /** One turn of one actor. */
  turn(self: Address): boolean {
    return this.runner(self).turn(this.now)
  }

  pass(milliseconds: number): void {
    this.now = timestamp(this.now + milliseconds)
    this.settle()
  }

  /** How long an actor would sleep now. */
  sleepMs(self: Address): number {
    return this.runner(self).deadline - this.now
  }

  /** What takes its turns. */
  runner(self: Address): Runner {
    const runner = this.#runners.get(self)
    if (runner === undefined) throw new Error(`${self} is not on stage`)
    return runner
  }

  #opened(letter: Mail<Port> | undefined): ReturnType<Wire['receive']> {
    if (letter === undefined || letter.type !== 'connection') return letter
    const { id, peer, isInitiator, line } = letter
    const memory = new Memory(letter.memory)
    const peerBell = new ControlBlock(letter.peerControl)
    const close = (): void => this.#switchboard.disconnect(id)
    return { type: 'connection', parts: { id, peer, isInitiator, memory, peerBell, port: line, close } }
  }
}

/** Two ends of a line: what one posts, the other receives, in order. */
export function inMemoryLines(): readonly [Port, Port] {
  const queues: [unknown[], unknown[]] = [[], []]
  const end = (own: 0 | 1): Port => ({
    post: (message) => queues[own === 0 ? 1 : 0].push(message),
    receive: () => queues[own].shift(),
    close: () => {},
  })
  return [end(0), end(1)]
}
