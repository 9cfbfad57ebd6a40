import { expect, test } from 'vitest'
import { type Random, seededRandom } from '../../src/base/random.js'
import { PUT_OFF } from '../support/counters.js'
import type { AskedCounter } from '../support/hosted-counters.js'
import { GivenCounters } from '../unit/broker/given-counters.js'

const SEEDS = 150
const STEPS = 250
const BROKERS = [1, 2, 3]
const NAMES = ['a', 'b']

/** One question of the history: when it was asked, and when it was seen answered, counted in steps. */
interface Entry {
  readonly asked: AskedCounter
  readonly askedAt: number
  answeredAt: number | null
}

/** Counters on three brokers that are killed, started, elected and cut off from each other as a seed says, between any two turns. */
class Run {
  readonly given = new GivenCounters({ 'replica.fetch.backoff.ms': 20, 'log.segment.bytes': 2 ** 12 })
  readonly history: Entry[] = []
  readonly seen = { kills: 0, elections: 0, failed: 0, answered: 0 }
  readonly #random: Random
  #step = 0

  constructor(seed: number) {
    this.#random = seededRandom(`replicated-state ${seed}`)
  }

  play(): void {
    for (this.#step = 0; this.#step < STEPS; this.#step++) {
      this.#act()
      this.given.checkInvariants()
      this.#noteAnswers()
    }
    for (const id of BROKERS) {
      if (!this.given.replicas.isUp(id)) this.given.replicas.start(id)
      for (const other of BROKERS) if (other !== id) this.given.replicas.stage.heal(`broker-${id}`, `broker-${other}`)
    }
    this.given.replicas.publish({})
    this.#recover()
    this.#noteAnswers()
  }

  /** What every counter stands at in the end, as its leader says and each other broker once it leads. */
  finally(name: string): AskedCounter['answer'][] {
    const { replicas } = this.given
    return BROKERS.map((id) => {
      replicas.elect(id, BROKERS)
      this.#recover()
      return this.given.ask(id, name, 'read')
    })
  }

  /** Until every replica is in sync again. */
  #recover(): void {
    const { replicas } = this.given
    for (let passed = 0; passed < 10 || replicas.metadata.isr.length < BROKERS.length; passed++) {
      if (passed === 200) throw new Error(`Only ${replicas.metadata.isr} are in sync`)
      replicas.stage.pass(100)
    }
  }

  #act(): void {
    const { replicas } = this.given
    const up = BROKERS.filter((id) => replicas.isUp(id))
    const { leader, isr } = replicas.metadata
    const chance = this.#random.below(100)
    if (chance < 55) replicas.stage.turn(`broker-${this.#of(up)}`)
    else if (chance < 80) this.#ask(this.#random.below(10) === 0 ? this.#of(up) : leader)
    else if (chance < 85) replicas.stage.turn('controller-0')
    else if (chance < 89) replicas.stage.pass(this.#random.below(200))
    else if (chance < 92) this.#elect(this.#of(isr), isr)
    else if (chance < 95) this.#kill(this.#of(up))
    else if (chance < 98) for (const id of BROKERS.filter((one) => !up.includes(one)).slice(0, 1)) replicas.start(id)
    else this.#cutOrHeal(this.#of(up), this.#of(up))
  }

  #ask(id: number): void {
    const type = this.#of(['read', 'count', 'count', 'next'] as const)
    const asked = this.given.askLater(id, this.#of(NAMES), type)
    this.history.push({ asked, askedAt: this.#step, answeredAt: null })
  }

  #elect(leader: number, isr: readonly number[]): void {
    this.seen.elections += 1
    this.given.replicas.elect(leader, isr)
  }

  /** The last one of the isr lives on: nobody else has all that is committed. */
  #kill(id: number): void {
    const { replicas } = this.given
    const left = replicas.metadata.isr.filter((one) => one !== id)
    if (left.length === 0) return
    this.seen.kills += 1
    replicas.kill(id)
    // What the broker had asked of the controller may have changed the isr once more.
    const isr = replicas.metadata.isr.filter((one) => one !== id)
    if (replicas.metadata.leader === id) this.#elect(this.#of(isr), isr)
    else replicas.publish({ isr })
    replicas.stage.release(`broker-${id}`)
  }

  #cutOrHeal(from: number, to: number): void {
    if (from === to) return
    if (this.#random.below(3) === 0) this.given.replicas.stage.cut(`broker-${from}`, `broker-${to}`)
    else this.given.replicas.stage.heal(`broker-${from}`, `broker-${to}`)
  }

  #noteAnswers(): void {
    for (const entry of this.history) {
      if (entry.answeredAt !== null || entry.asked.answer === undefined) continue
      entry.answeredAt = this.#step
      if (typeof entry.asked.answer === 'number') this.seen.answered += 1
      else this.seen.failed += 1
    }
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#random.below(choices.length)] as T
  }
}

/** What contradicts that each counter is one, and that each question is answered at one moment between its call and its answer. */
function contradictions(history: readonly Entry[]): string[] {
  const answered = history.filter(({ asked }) => typeof asked.answer === 'number' && asked.answer !== PUT_OFF)
  const found: string[] = []
  for (const one of answered) {
    for (const other of answered) {
      const [{ request, answer }, { request: before, answer: known }] = [one.asked, other.asked] as [
        AskedCounter,
        AskedCounter,
      ]
      if (one === other || request.name !== before.name) continue
      const [value, earlier] = [answer as number, known as number]
      if (request.type === 'count' && before.type === 'count' && value === earlier) found.push(`${value} twice`)
      const isLater = (other.answeredAt as number) < one.askedAt
      if (isLater && (request.type === 'read' ? value < earlier : value <= earlier))
        found.push(`${request.type} ${request.name}: ${value} after ${earlier}`)
    }
  }
  return found
}

test('replies of a replicated state hold, whoever is killed and elected in between', () => {
  const seen = { kills: 0, elections: 0, failed: 0, answered: 0 }
  for (let seed = 0; seed < SEEDS; seed++) {
    const run = new Run(seed)
    run.play()
    expect(contradictions(run.history), `seed ${seed}`).toEqual([])
    for (const name of NAMES) {
      const [standing, ...others] = run.finally(name)
      const counted = run.history.filter(({ asked }) => asked.request.name === name && typeof asked.answer === 'number')
      const largest = Math.max(0, ...counted.map(({ asked }) => asked.answer as number))
      expect(others, `seed ${seed}`).toEqual([standing, standing])
      expect(standing, `seed ${seed}`).toBeGreaterThanOrEqual(largest)
    }
    for (const key of ['kills', 'elections', 'failed', 'answered'] as const) seen[key] += run.seen[key]
  }
  // A run in which nothing happens proves nothing.
  expect(Math.min(seen.kills, seen.elections, seen.failed, seen.answered)).toBeGreaterThan(SEEDS)
})
