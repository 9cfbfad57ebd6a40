import { expect, test } from 'vitest'
import { SIMULATION_START, Simulation } from '../../../src/actor/simulation.js'
import type { Actor } from '../../../src/actor/types.js'
import { NEVER, timestamp } from '../../../src/base/ids.js'
import { SimulatedCluster } from '../../../src/cluster/simulated.js'
import { SimulationDriver } from '../../../src/cluster/simulation-driver.js'

function given(actor: Actor): { simulation: Simulation; driver: SimulationDriver } {
  const simulation = new Simulation({ seed: 1 })
  simulation
    .seat('client-1')
    .start(() => actor, { connect: () => {}, release: () => {}, letGo: () => {}, tell: () => {} })
  return { simulation, driver: new SimulationDriver(simulation, () => new Promise((resolve) => setImmediate(resolve))) }
}

const everyMs = (ms: number, turn: () => void = () => {}): Actor => ({
  receive: () => {},
  tick({ now }) {
    turn()
    return timestamp(now + ms)
  },
})

const sleeping: Actor = { receive: () => {}, tick: () => NEVER }

test('run settles like the promise', async () => {
  const { driver } = given(sleeping)
  expect(await driver.run(Promise.resolve(5))).toBe(5)
  await expect(driver.run(Promise.reject(new Error('no')))).rejects.toThrow('no')
})

test('code that a step has set free runs before the next step', async () => {
  let turns = 0
  let resolve = (): void => {}
  const third = new Promise<void>((onResolve) => (resolve = onResolve))
  const { driver } = given(everyMs(1, () => ++turns === 3 && resolve()))

  const seen = await driver.run(third.then(() => Promise.resolve()).then(() => turns))

  expect(seen).toBe(3)
})

test('advance runs all that is due, and moves the clock to the end', async () => {
  let turns = 0
  const { simulation, driver } = given(everyMs(10, () => (turns += 1)))
  await driver.advance(95)
  expect(turns).toBe(10)
  expect(simulation.clock.now()).toBe(SIMULATION_START + 95)
})

test('a promise that nothing will settle is told from one that takes too long', async () => {
  const never = new Promise(() => {})
  await expect(given(sleeping).driver.run(never)).rejects.toThrow('and nothing is left to happen')
  await expect(given(everyMs(10)).driver.run(never, { msMax: 500 })).rejects.toThrow('within 500 ms')
  await expect(given(everyMs(10)).driver.run(never, { stepsMax: 50 })).rejects.toThrow('within 50 steps')
})

test('no time passes while something outside is waited for', async () => {
  const { simulation, driver } = given(everyMs(10))
  let isOutside = true
  driver.waitOutside(
    new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      isOutside = false
    }),
  )
  await driver.runUntil(() => true)
  expect(isOutside).toBe(false)
  expect(simulation.steps).toBe(0)
})

test.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('a cluster refuses to move its clock on by %d ms', async (ms) => {
  const cluster = await SimulatedCluster.start()
  const { now } = cluster
  await expect(cluster.advance(ms)).rejects.toThrow('advance')
  expect(() => cluster.jumpClock(ms)).toThrow('jumpClock')
  expect(cluster.now).toBe(now)
  await cluster.close()
})
