import { describe, expect, test } from 'vitest'
import { DelayedRingReader, FramesUnderWay } from '../../../src/actor/delayed-ring.js'
import { RingWriter, ringBytes } from '../../../src/actor/ring.js'
import { SIMULATION_START, Simulation } from '../../../src/actor/simulation.js'
import type { Actor, Context } from '../../../src/actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import { Memory } from '../../../src/base/memory.js'

/** Wants its next turn `everyMs` after each one, and notes when it had them. */
class Ticking implements Actor {
  readonly turns: number[] = []

  constructor(readonly everyMs: number) {}

  receive(): void {}

  tick({ now, random, point }: Context): Timestamp {
    this.turns.push(now - SIMULATION_START)
    random.next()
    point('ticked')
    return this.everyMs === 0 ? NEVER : timestamp(now + this.everyMs)
  }
}

function givenTicking(everyMs: number, seed = 1): { simulation: Simulation; actor: Ticking; points: string[] } {
  const points: string[] = []
  const simulation = new Simulation({ seed, onPoint: (address, name) => points.push(`${address} ${name}`) })
  const actor = new Ticking(everyMs)
  simulation.seat('broker-1').start(actor, () => {})
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
    expect(points).toEqual(['broker-1 ticked'])
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
