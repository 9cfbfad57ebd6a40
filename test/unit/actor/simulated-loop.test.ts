import { afterEach, expect, test } from 'vitest'
import { SLEEP_POINTS } from '../../../src/actor/points.js'
import { SIMULATION_START, Simulation } from '../../../src/actor/simulation.js'
import type { Actor, Context } from '../../../src/actor/types.js'
import { switchOff } from '../../../src/base/guards.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'

const NO_WIRE = { connect: () => {}, release: () => {}, letGo: () => {}, tell: () => {} }

afterEach(() => switchOff([]))

/** Takes what was published, and wants nothing by itself. */
class Taker implements Actor {
  published = 0
  taken = 0

  receive(): void {}

  tick({ noteWork }: Context): Timestamp {
    if (this.taken < this.published) noteWork()
    this.taken = this.published
    return NEVER
  }
}

/** An actor on an event loop, and another one that publishes something for it after a millisecond, and rings. */
function givenSleeper(): { simulation: Simulation; taker: Taker; run: () => void } {
  const simulation = new Simulation({ seed: 1 })
  const taker = new Taker()
  const seat = simulation.seat('client-1', { onEventLoop: true })
  seat.start(() => taker, NO_WIRE)
  const at = timestamp(SIMULATION_START + 1)
  const publish = ({ now }: Context): Timestamp => {
    if (now < at) return at
    taker.published += 1
    seat.bell.ring()
    return NEVER
  }
  simulation.seat('broker-1').start(() => ({ receive: () => {}, tick: publish }), NO_WIRE)
  const run = (): void => {
    while (simulation.step(timestamp(SIMULATION_START + 100)) !== null);
  }
  return { simulation, taker, run }
}

test('an actor that sleeps on its event loop is woken by its bell', () => {
  const { taker, run } = givenSleeper()
  run()
  expect(taker.taken).toBe(1)
})

test.each(SLEEP_POINTS)('a frame that is published while an actor stands still at %s is not slept over', (point) => {
  const { simulation, taker, run } = givenSleeper()
  simulation.pauseAt('client-1', { point, restMs: 20 })
  run()
  expect(taker.taken).toBe(1)
})

test('an actor that does not look again before its sleep sleeps over a bell, and is found out', () => {
  switchOff(['looks-again'])
  const { simulation, run } = givenSleeper()
  simulation.pauseAt('client-1', { point: 'looked-for-work', restMs: 20 })
  expect(run).toThrow('Nobody sleeps over a bell')
})

test('an actor that falls asleep though the bell has rung is never woken', () => {
  switchOff(['rung-is-awake', 'looks-again'])
  const { simulation, taker, run } = givenSleeper()
  simulation.pauseAt('client-1', { point: 'about-to-sleep', restMs: 20 })
  run()
  expect([taker.published, taker.taken]).toEqual([1, 0])
})
