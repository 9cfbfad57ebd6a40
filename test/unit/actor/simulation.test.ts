import { describe, expect, test } from 'vitest'
import { DelayedRingReader, FramesUnderWay } from '../../../src/actor/delayed-ring.js'
import { RingWriter, ringBytes } from '../../../src/actor/ring.js'
import { SIMULATION_START, Simulation } from '../../../src/actor/simulation.js'
import type { Actor, Context } from '../../../src/actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'

const NO_WIRE = { connect: () => {}, release: () => {}, letGo: () => {}, tell: () => {} }

/** Wants its next turn `everyMs` after each one, and notes when it had them. */
class Ticking implements Actor {
  readonly turns: number[] = []

  constructor(readonly everyMs: number) {}

  receive(): void {}

  tick({ now, random, point }: Context): Timestamp {
    this.turns.push(now - SIMULATION_START)
    random.next()
    point('committed')
    return this.everyMs === 0 ? NEVER : timestamp(now + this.everyMs)
  }
}

function givenTicking(everyMs: number, seed = 1): { simulation: Simulation; actor: Ticking; points: string[] } {
  const points: string[] = []
  const simulation = new Simulation({ seed, onPoint: (address, name) => points.push(`${address} ${name}`) })
  const actor = new Ticking(everyMs)
  simulation.seat('broker-1').start(() => actor, NO_WIRE)
  return { simulation, actor, points }
}

describe('the simulation', () => {
  test('the clock jumps to the next thing that is due', () => {
    const { simulation, actor } = givenTicking(1000)

    for (let step = 0; step < 4; step++) simulation.step()

    expect(actor.turns.map((turn) => Math.round(turn / 1000))).toEqual([0, 1, 2, 3])
    expect(simulation.clock.now() - SIMULATION_START).toBe(actor.turns[3])
  })

  test('nothing is done beyond the time that is given', () => {
    const { simulation, actor } = givenTicking(1000)
    const until = timestamp(SIMULATION_START + 2500)

    while (simulation.step(until) !== null);

    expect(actor.turns).toHaveLength(3)
    expect(simulation.clock.now()).toBeLessThanOrEqual(until)
  })

  test('an actor that wants nothing sleeps until its bell is rung', () => {
    const { simulation, actor } = givenTicking(0)
    simulation.step()
    expect(simulation.step()).toBe(null)

    simulation.seatOf('broker-1')?.bell.ring()

    expect(simulation.step()).toBe('broker-1')
    expect(actor.turns).toHaveLength(2)
  })

  test('an actor that has left takes no turn any more', () => {
    const { simulation } = givenTicking(1000)
    simulation.step()
    simulation.leave('broker-1')
    expect(simulation.step()).toBe(null)
    expect(simulation.nextDue).toBe(NEVER)
  })

  test('every point is told, with the actor whose it is', () => {
    const { simulation, points } = givenTicking(0)
    simulation.step()
    expect(points).toEqual(['broker-1 committed'])
  })

  test('an actor dies at the point that was named, the nth time, and its turn goes no further', () => {
    const { simulation, actor, points } = givenTicking(1)
    let deaths = 0
    const onKilled = (): void => {
      deaths += 1
      simulation.leave('broker-1')
    }
    simulation.killAt('broker-1', { point: 'committed', nth: 3, onKilled })
    while (simulation.step() !== null);
    expect([deaths, actor.turns.length, points.length]).toEqual([1, 3, 3])
    expect(simulation.trace.end).toContain('Killed at committed')
  })

  test('other points are survived', () => {
    const { simulation, actor } = givenTicking(1)
    simulation.killAt('broker-1', { point: 'append-begun', onKilled: () => simulation.leave('broker-1') })
    for (let step = 0; step < 5; step++) simulation.step()
    expect(actor.turns).toHaveLength(5)
  })

  test('an actor that is spared lives on', () => {
    const { simulation, actor } = givenTicking(1)
    simulation.killAt('broker-1', { onKilled: () => simulation.leave('broker-1') })
    simulation.spare('broker-1')
    for (let step = 0; step < 3; step++) simulation.step()
    expect(actor.turns).toHaveLength(3)
  })

  test('an actor that rests in the middle of a turn lets the others take theirs', () => {
    const { simulation, actor } = givenTicking(10)
    const other = new Ticking(10)
    simulation.seat('broker-2').start(() => other, NO_WIRE)
    simulation.pauseAt('broker-1', { point: 'committed', nth: 2, restMs: 55 })
    while (simulation.step(timestamp(SIMULATION_START + 100)) !== null);
    const rest = actor.turns[1] as number
    expect(actor.turns[2]).toBeGreaterThanOrEqual(rest + 55)
    expect(other.turns.filter((turn) => turn > rest && turn < rest + 55).length).toBeGreaterThan(4)
  })

  test('an actor that is ended while it rests does not wake up', () => {
    const { simulation, actor, points } = givenTicking(10)
    const killer = new Ticking(30)
    simulation.seat('broker-2').start(
      () => ({
        receive() {},
        tick: (context) => {
          if (killer.turns.length > 0) simulation.leave('broker-1')
          return killer.tick(context)
        },
      }),
      NO_WIRE,
    )
    simulation.pauseAt('broker-1', { nth: 2, restMs: 100 })
    while (simulation.step(timestamp(SIMULATION_START + 500)) !== null);
    expect([actor.turns.length, points.filter((point) => point === 'broker-1 committed').length]).toEqual([2, 2])
    expect(simulation.trace.text).toContain('Killed at committed')
  })

  test('a paused actor takes no turn, and takes what was due when it is resumed', () => {
    const { simulation, actor } = givenTicking(10)
    simulation.step()
    const seat = simulation.seatOf('broker-1')
    seat?.pause()
    expect([simulation.nextDue, simulation.step()]).toEqual([NEVER, null])
    simulation.jump(timestamp(SIMULATION_START + 1000))
    seat?.resume()
    simulation.step()
    expect(actor.turns.at(-1)).toBe(1000)
  })

  test('what is sent to a seat can be made to take longer', () => {
    const { simulation, actor } = givenTicking(0)
    simulation.step()
    const seat = simulation.seatOf('broker-1')
    seat?.delay(500)
    seat?.bell.ring()
    simulation.step()
    expect(actor.turns.at(-1)).toBeGreaterThanOrEqual(500)
  })

  test('a seat can be given a pulse', () => {
    const simulation = new Simulation({ seed: 1 })
    const actor = new Ticking(0)
    simulation.seat('broker-1', { parkMsMax: 100 }).start(() => actor, NO_WIRE)
    for (let step = 0; step < 4; step++) simulation.step()
    expect(actor.turns.map((turn) => Math.round(turn / 100))).toEqual([0, 1, 2, 3])
  })

  test('another incarnation has other luck', () => {
    const simulation = new Simulation({ seed: 1 })
    const lucks = [1, 2].map(() => {
      const seen: number[] = []
      const tick = ({ random }: Context): Timestamp => {
        seen.push(random.next())
        return NEVER
      }
      simulation.seat('broker-1').start(() => ({ receive: () => {}, tick }), NO_WIRE)
      simulation.step()
      simulation.leave('broker-1')
      return seen[0]
    })
    expect(lucks[0]).not.toBe(lucks[1])
  })

  test('the seed decides when things happen', () => {
    const run = (seed: number): string => {
      const { simulation } = givenTicking(10, seed)
      for (let step = 0; step < 20; step++) simulation.step()
      return simulation.trace.digest
    }
    expect(run(1)).toBe(run(1))
    expect(run(1)).not.toBe(run(2))
  })
})

describe('a delayed ring', () => {
  function givenRing(): {
    writer: RingWriter
    reader: DelayedRingReader
    frames: FramesUnderWay
    at: (ms: number) => void
  } {
    const memory = Memory.allocate(ringBytes(256))
    const frames = new FramesUnderWay()
    let now = 0
    const reader = new DelayedRingReader(memory, 0, 256, { frames, clock: { now: () => timestamp(now) } })
    const at = (ms: number): void => {
      now = ms
    }
    return { writer: new RingWriter(memory, 0, 256), reader, frames, at }
  }

  function publish(ring: ReturnType<typeof givenRing>, arrival: number): void {
    expect(ring.writer.claim(8)).toBeGreaterThan(0)
    ring.writer.publish()
    ring.frames.publish(ring.writer.cursor, timestamp(arrival))
  }

  test('shows a frame when its time has come, and not before', () => {
    const ring = givenRing()
    publish(ring, 5)
    ring.at(4.9)
    expect(ring.reader.peek()).toBe(-1)
    ring.at(5)
    expect(ring.reader.peek()).toBeGreaterThan(0)
  })

  test('no frame arrives before the one ahead of it', () => {
    const ring = givenRing()
    publish(ring, 5)
    publish(ring, 3)
    ring.at(4)
    expect(ring.reader.peek()).toBe(-1)
    ring.at(5)
    for (let frame = 0; frame < 2; frame++) {
      expect(ring.reader.peek()).toBeGreaterThan(0)
      ring.reader.release()
    }
    expect(ring.reader.peek()).toBe(-1)
  })

  test('frames that share a bell arrive together', () => {
    const ring = givenRing()
    for (let frame = 0; frame < 2; frame++) {
      ring.writer.claim(8)
      ring.writer.publish()
    }
    ring.frames.publish(ring.writer.cursor, timestamp(5))
    ring.at(5)
    ring.reader.peek()
    ring.reader.release()
    expect(ring.reader.peek()).toBeGreaterThan(0)
  })

  test('whoever looks for the last time sees everything', () => {
    const ring = givenRing()
    publish(ring, 5)
    ring.frames.deliverAll()
    expect(ring.reader.peek()).toBeGreaterThan(0)
  })
})
