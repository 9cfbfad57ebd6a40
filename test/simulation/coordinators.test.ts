import { expect, test } from 'vitest'
import type { FaultAction, FaultRule } from '../../src/actor/fault-injector.js'
import { FAULT_ACTIONS } from '../../src/actor/fault-injector.js'
import { parseBrokerOptions } from '../../src/base/config/broker-options.js'
import { type Random, seededRandom } from '../../src/base/random.js'
import { Broker } from '../../src/broker/broker.js'
import { BROKER_NOTES_BYTES } from '../../src/broker/broker-host.js'
import { Controller } from '../../src/controller/controller.js'
import type { SegmentHandle, SegmentKeeper } from '../../src/log/types.js'
import type { ResponseOf } from '../../src/protocol/api.js'
import { type Asked, ScriptedActor } from '../support/scripted-actor.js'
import { Stage } from '../support/stage.js'

const SEEDS = 60
const STEPS = 160
const BROKERS = [1, 2, 3]
const GROUPS = ['a', 'b', 'c', 'd']
const PASSING = ['COORDINATOR_NOT_AVAILABLE']

const OPTIONS = parseBrokerOptions({
  'offsets.topic.num.partitions': GROUPS.length,
  'offsets.topic.replication.factor': BROKERS.length,
  'odradek.restart.intensity': 1_000,
})

/** Memory that outlives an actor. */
class Kept implements SegmentKeeper {
  readonly #handles: SegmentHandle[] = []
  readonly notes = new SharedArrayBuffer(BROKER_NOTES_BYTES)

  get inherited(): SegmentHandle[] {
    return [...this.#handles]
  }

  keep(handle: SegmentHandle): void {
    this.#handles.push(handle)
  }

  forget(): void {}
}

/**
 * Three brokers and a controller that are killed, cut off and struck by scripted faults, as a seed says, while clients
 * look for coordinators.
 */
class Run {
  readonly stage = new Stage()
  readonly seen = { found: 0, refused: 0, lost: 0, kills: 0, faults: 0 }
  readonly #random: Random
  readonly #memory = new Map<string, Kept>(['controller', ...BROKERS].map((name) => [String(name), new Kept()]))
  readonly #down = new Set<number>()
  #controller: Controller
  #asked: Asked[] = []
  #clients = 0
  #rules = 0

  constructor(seed: number) {
    this.#random = seededRandom(`coordinators ${seed}`)
    this.#controller = this.#startController()
    for (const id of BROKERS) this.#startBroker(id)
    this.stage.settle()
  }

  play(): void {
    for (let step = 0; step < STEPS; step++) this.#act()
    for (const id of BROKERS) {
      this.#cutOrHeal('heal', id)
      this.stage.order(`broker-${id}`, [])
    }
    this.#bringBack()
    this.#count()
  }

  /** How many topics have ever been made. */
  get topicsMade(): number {
    return this.#controller.image.lastTopicId
  }

  /** What each broker says in the end. */
  finally(): unknown[] {
    return BROKERS.map((id) => {
      const asked = this.#find(id)
      for (let passed = 0; asked.answer === undefined && passed < 100; passed++) this.stage.pass(100)
      return foundBy(asked)
    })
  }

  #act(): void {
    const chance = this.#random.below(100)
    const broker = this.#random.pick(BROKERS)
    if (chance < 30) this.#asked.push(this.#find(broker))
    else if (chance < 70) this.stage.turn(this.#random.boolean(0.3) ? 'controller-0' : this.#anyUp())
    else if (chance < 76) this.stage.pass(this.#random.below(300))
    else if (chance < 82) this.#cutOrHeal(this.#random.pick(['cut', 'heal']), broker)
    else if (chance < 92) this.#strike(broker)
    else if (chance < 95) this.#kill(broker)
    else if (chance < 97) this.#restartController()
    else this.#bringBack()
  }

  #find(broker: number): Asked {
    const client = new ScriptedActor()
    this.stage.seat(`client-${this.#clients++}`, client)
    return client.ask(`broker-${broker}`, { api: 'FindCoordinator', keyType: 0, coordinatorKeys: GROUPS })
  }

  #strike(broker: number): void {
    if (this.#down.has(broker)) return
    const action: FaultAction = this.#random.pick(FAULT_ACTIONS)
    const matched = new SharedArrayBuffer(4)
    const rule: FaultRule = {
      id: ++this.#rules,
      api: 'FindCoordinator',
      from: null,
      action,
      trigger: { type: 'times', times: 1 + this.#random.below(2) },
      error: 'COORDINATOR_NOT_AVAILABLE',
      delayMs: this.#random.below(200),
      matched,
    }
    this.seen.faults += 1
    this.stage.order(`broker-${broker}`, [rule])
  }

  #kill(broker: number): void {
    if (this.#down.has(broker)) return
    this.seen.kills += 1
    this.#down.add(broker)
    this.stage.kill(`broker-${broker}`)
    this.stage.release(`broker-${broker}`)
  }

  /** Whoever is down is started, until all know of one another. */
  #bringBack(): void {
    for (const id of this.#down) this.#startBroker(id)
    this.#down.clear()
    for (let passed = 0; this.#controller.image.activeBrokers.length < BROKERS.length && passed < 200; passed++)
      this.stage.pass(100)
  }

  #restartController(): void {
    this.stage.kill('controller-0')
    this.stage.release('controller-0')
    this.#controller = this.#startController()
    this.stage.settle()
  }

  #startController(): Controller {
    const host = { heartbeatOf: () => this.stage.now, restart: () => {}, gaveUp: () => {} }
    const controller = new Controller(OPTIONS, { point: () => {}, segments: this.#kept('controller'), ...host })
    this.stage.seat('controller-0', controller)
    return controller
  }

  #startBroker(id: number): void {
    const kept = this.#kept(String(id))
    const broker = new Broker(id, OPTIONS, { point: () => {}, segments: kept, notes: kept.notes })
    this.stage.seat(`broker-${id}`, broker)
  }

  #kept(name: string): Kept {
    return this.#memory.get(name) as Kept
  }

  #anyUp(): `broker-${number}` {
    const up = BROKERS.filter((id) => !this.#down.has(id))
    return `broker-${this.#random.pick(up.length > 0 ? up : [this.#revive()])}`
  }

  #revive(): number {
    this.#bringBack()
    return 1
  }

  #cutOrHeal(what: 'cut' | 'heal', broker: number): void {
    this.stage[what](`broker-${broker}`, 'controller-0')
    if (what === 'heal') this.stage.heal('controller-0', `broker-${broker}`)
  }

  #count(): void {
    for (const asked of this.#asked) {
      const { answer } = asked
      if (answer?.api !== 'FindCoordinator') this.seen.lost += 1
      else if (answer.coordinators.every(({ errorCode }) => errorCode === 'NONE')) this.seen.found += 1
      else this.seen.refused += 1
    }
  }

  /** Errors of all that was answered. */
  errors(): Set<string> {
    return new Set(this.#asked.flatMap((asked) => foundBy(asked).map(([, error]) => error as string)))
  }
}

function foundBy({ answer }: Asked): (readonly [number, string])[] {
  if (answer?.api !== 'FindCoordinator') return []
  const { coordinators } = answer as ResponseOf<'FindCoordinator'>
  return coordinators.map(({ nodeId, errorCode }) => [nodeId, errorCode] as const)
}

test('coordinators are found wherever one asks, and their topic is made once, whatever goes wrong', () => {
  const seen = { found: 0, refused: 0, lost: 0, kills: 0, faults: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const run = new Run(seed)
    run.play()
    const [first, ...others] = run.finally()
    expect(first, `seed ${seed}`).toEqual(GROUPS.map(() => [expect.any(Number), 'NONE']))
    expect(others, `seed ${seed}`).toEqual([first, first])
    expect(run.topicsMade, `seed ${seed}`).toBe(1)
    for (const error of run.errors()) expect(['NONE', ...PASSING], `seed ${seed}`).toContain(error)
    for (const key of ['found', 'refused', 'lost', 'kills', 'faults'] as const) seen[key] += run.seen[key]
  }
  // A run in which nothing happens proves nothing.
  expect(Math.min(seen.found, seen.refused, seen.lost, seen.kills, seen.faults)).toBeGreaterThan(SEEDS)
})
