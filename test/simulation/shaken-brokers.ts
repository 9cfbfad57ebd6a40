import type { Address } from '../../src/actor/address.js'
import { FAULT_ACTIONS, type FaultRule } from '../../src/actor/fault-injector.js'
import type { BrokerOptions } from '../../src/base/config/broker-options.js'
import type { ErrorCode } from '../../src/base/error-code.js'
import type { Random } from '../../src/base/random.js'
import { Broker } from '../../src/broker/broker.js'
import { BROKER_NOTES_BYTES } from '../../src/broker/broker-host.js'
import type { Partition } from '../../src/broker/partition.js'
import { Controller } from '../../src/controller/controller.js'
import type { SegmentHandle, SegmentKeeper } from '../../src/log/types.js'
import type { KafkaApiName, Request } from '../../src/protocol/api.js'
import { type Asked, ScriptedActor } from '../support/scripted-actor.js'
import { Stage } from '../support/stage.js'

/** Memory that outlives an actor. */
class Kept implements SegmentKeeper {
  readonly notes = new SharedArrayBuffer(BROKER_NOTES_BYTES)
  readonly #handles: SegmentHandle[] = []

  get inherited(): SegmentHandle[] {
    return [...this.#handles]
  }

  keep(handle: SegmentHandle): void {
    this.#handles.push(handle)
  }

  forget(): void {}
}

export interface ShakenParts {
  readonly options: BrokerOptions
  readonly brokers: readonly number[]
  readonly random: Random
  /** The APIs that scripted faults strike, and what an error says there. */
  readonly struck: readonly KafkaApiName[]
  readonly error: ErrorCode
}

/**
 * Brokers and their controller, who take turns as chance says, and are killed, cut off from each other and struck by
 * scripted faults meanwhile. What a broker holds outlives it.
 */
export class ShakenBrokers {
  readonly stage = new Stage()
  readonly seen = { kills: 0, faults: 0, cuts: 0, controllers: 0 }
  controller: Controller
  readonly #parts: ShakenParts
  readonly #memory = new Map<string, Kept>()
  readonly #brokers = new Map<number, Broker>()
  readonly #down = new Set<number>()
  readonly #clients: Address[] = []
  #rules = 0

  constructor(parts: ShakenParts) {
    this.#parts = parts
    this.controller = this.#startController()
    for (const id of parts.brokers) this.#startBroker(id)
    this.stage.settle()
  }

  /** A new client, which asks a broker with its next turn. */
  ask(broker: number, request: Request): Asked {
    const client: Address = `client-${this.#clients.length}`
    const actor = new ScriptedActor()
    this.stage.seat(client, actor)
    this.#clients.push(client)
    return actor.ask(`broker-${broker}`, request)
  }

  /** Something happens: a turn as a rule, and sometimes a mishap. */
  act(): void {
    const { brokers, random } = this.#parts
    const broker = random.pick(brokers)
    const chance = random.below(100)
    for (const [id, one] of this.#brokers) if (!this.#down.has(id)) one.checkInvariants()
    if (chance < 60) this.stage.turn(this.#anybody())
    else if (chance < 75) this.stage.pass(random.below(300))
    else if (chance < 80) this.#cut(broker)
    else if (chance < 84) this.#heal(broker)
    else if (chance < 92) this.#strike(broker)
    else if (chance < 95) this.kill(broker)
    else if (chance < 97) this.#restartController()
    else this.bringBack()
  }

  /** One broker at a time is down: those that are left hold everything. */
  kill(broker: number): void {
    if (this.#down.size > 0) return
    this.seen.kills += 1
    this.#down.add(broker)
    this.stage.kill(`broker-${broker}`)
    this.stage.release(`broker-${broker}`)
  }

  /** Whoever is down is started, until all know of one another. */
  bringBack(): void {
    for (const id of this.#down) this.#startBroker(id)
    this.#down.clear()
    this.stage.pass(10)
  }

  /** Ends all mishaps, and waits until every replica is in sync. */
  recover(): void {
    for (const id of this.#parts.brokers) {
      this.#heal(id)
      if (!this.#down.has(id)) this.stage.order(`broker-${id}`, [])
    }
    this.bringBack()
    for (const one of this.#brokers.values()) one.checkReplay()
    for (let passed = 0; !this.#isWhole; passed++) {
      if (passed === 500) throw new Error('The brokers never come to rest')
      this.stage.pass(100)
    }
  }

  /** Answers to what was asked when all is well. */
  answerOf(asked: Asked): Asked['answer'] {
    for (let passed = 0; asked.answer === undefined && passed < 100; passed++) this.stage.pass(100)
    return asked.answer
  }

  /** The replicas of all brokers that were started last. */
  get partitions(): Partition[] {
    return [...this.#brokers.values()].flatMap(({ partitions }) => partitions)
  }

  get #isWhole(): boolean {
    const { image } = this.controller
    const isInSync = image.topics.every(({ partitions }) =>
      partitions.every((one) => one.isr.length === one.replicas.length),
    )
    return image.activeBrokers.length === this.#parts.brokers.length && isInSync
  }

  #anybody(): Address {
    const { brokers, random } = this.#parts
    const up = brokers.filter((id) => !this.#down.has(id)).map((id): Address => `broker-${id}`)
    const kind = random.below(4)
    if (kind === 0) return 'controller-0'
    return kind === 1 && this.#clients.length > 0 ? random.pick(this.#clients.slice(-20)) : random.pick(up)
  }

  #strike(broker: number): void {
    if (this.#down.has(broker)) return
    const { random, struck, error } = this.#parts
    const rule: FaultRule = {
      id: ++this.#rules,
      api: random.pick(struck),
      from: null,
      action: random.pick(FAULT_ACTIONS),
      trigger: { type: 'times', times: 1 + random.below(2) },
      error,
      delayMs: random.below(200),
      matched: new SharedArrayBuffer(4),
    }
    this.seen.faults += 1
    this.stage.order(`broker-${broker}`, [rule])
  }

  #cut(broker: number): void {
    this.seen.cuts += 1
    this.stage.cut(`broker-${broker}`, this.#other(broker))
  }

  #heal(broker: number): void {
    for (const other of [...this.#parts.brokers.map((id): Address => `broker-${id}`), 'controller-0' as const]) {
      if (other === `broker-${broker}`) continue
      this.stage.heal(`broker-${broker}`, other)
      this.stage.heal(other, `broker-${broker}`)
    }
  }

  #other(broker: number): Address {
    const { brokers, random } = this.#parts
    const others = brokers.filter((id) => id !== broker).map((id): Address => `broker-${id}`)
    return random.pick([...others, 'controller-0'])
  }

  #restartController(): void {
    this.seen.controllers += 1
    this.stage.kill('controller-0')
    this.stage.release('controller-0')
    this.controller = this.#startController()
    this.stage.settle()
  }

  #startController(): Controller {
    const host = { heartbeatOf: () => this.stage.now, restart: () => {}, gaveUp: () => {} }
    const controller = new Controller(this.#parts.options, {
      point: () => {},
      segments: this.#kept('controller'),
      ...host,
    })
    this.stage.seat('controller-0', controller)
    return controller
  }

  #startBroker(id: number): void {
    const segments = this.#kept(`broker ${id}`)
    const broker = new Broker(id, this.#parts.options, { point: () => {}, segments, notes: segments.notes })
    this.#brokers.set(id, broker)
    this.stage.seat(`broker-${id}`, broker)
  }

  #kept(name: string): Kept {
    const kept = this.#memory.get(name) ?? new Kept()
    this.#memory.set(name, kept)
    return kept
  }
}
