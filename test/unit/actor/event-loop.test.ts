import { afterEach, expect, test } from 'vitest'
import { ControlBlock } from '../../../src/actor/control-block.js'
import { EventLoopHost, type Timers } from '../../../src/actor/event-loop.js'
import type { Context } from '../../../src/actor/types.js'
import { NEVER, type Timestamp, timestamp } from '../../../src/base/ids.js'
import { givenRunner, SteppingClock, TickingActor } from './given-host.js'

interface GivenTimer {
  readonly delayMs: number
  readonly run: () => void
  isCancelled: boolean
}

class StepTimers implements Timers {
  readonly timers: GivenTimer[] = []
  readonly #soon: (() => void)[] = []

  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { delayMs, run, isCancelled: false }
    this.timers.push(timer)
    return {
      cancel: () => {
        timer.isCancelled = true
      },
    }
  }

  soon(run: () => void): void {
    this.#soon.push(run)
  }

  /** Turns the event loop once. False: nothing waits. */
  turn(): boolean {
    const run = this.#soon.shift()
    run?.()
    return run !== undefined
  }

  get pending(): GivenTimer[] {
    return this.timers.filter((timer) => !timer.isCancelled)
  }
}

const hosts: EventLoopHost[] = []

function givenHost(onTick: (turn: number, context: Context, control: ControlBlock) => Timestamp | undefined): {
  actor: TickingActor
  control: ControlBlock
  timers: StepTimers
  clock: SteppingClock
  host: EventLoopHost
} {
  const clock = new SteppingClock()
  const control = new ControlBlock()
  const actor = new TickingActor((turn, context) => onTick(turn, context, control))
  const timers = new StepTimers()
  const host = new EventLoopHost(givenRunner(actor, control), clock, timers)
  hosts.push(host)
  host.start()
  while (timers.turn());
  return { actor, control, timers, clock, host }
}

/** Lets the real event loop turn until the state is there. */
async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((resolve) => setImmediate(resolve))
}

afterEach(() => {
  for (const host of hosts.splice(0)) host.stop()
})

test('an actor without work sleeps with a timer for its deadline', () => {
  const { timers } = givenHost((_turn, context) => timestamp(context.now + 40))
  expect(timers.pending.map(({ delayMs }) => delayMs)).toEqual([40])
})

test('an actor that waits for nothing has no timer', () => {
  const { timers, actor } = givenHost(() => undefined)
  expect([timers.pending, actor.turns > 0]).toEqual([[], true])
})

test('the bell wakes an actor on an event loop', async () => {
  const { actor, control } = givenHost(() => undefined)
  const { turns } = actor
  control.ring()
  await until(() => actor.turns > turns)
})

test('the timer wakes an actor on an event loop', async () => {
  const { actor, timers, clock } = givenHost((_turn, context) => timestamp(Math.max(context.now, 1040)))
  const { turns } = actor
  clock.pass(40)
  timers.pending[0]?.run()
  await until(() => actor.turns > turns)
})

test('a timer is moved when an earlier deadline appears, and only then', async () => {
  const deadlines = { next: 1040 }
  const { actor, control, timers } = givenHost(() => timestamp(deadlines.next))
  const wake = async (): Promise<void> => {
    const { turns } = actor
    control.ring()
    await until(() => actor.turns > turns)
    while (timers.turn());
  }
  deadlines.next = 1060
  await wake()
  expect(timers.timers.map(({ delayMs }) => delayMs)).toEqual([40])
  deadlines.next = 1010
  await wake()
  expect(timers.timers.map(({ delayMs, isCancelled }) => [delayMs, isCancelled])).toEqual([
    [40, true],
    [10, false],
  ])
})

test('a bell that rings just before the sleep is not slept over', () => {
  const rung: number[] = []
  const { actor } = givenHost((turn, _context, control) => {
    if (control.words[16] === 1 && rung.length === 0) {
      rung.push(turn)
      control.ring()
    }
    return undefined
  })
  expect(actor.turns).toBeGreaterThan((rung[0] ?? Number.POSITIVE_INFINITY) + 1)
})

test('between stretches of work the event loop does everything else', () => {
  const clock = new SteppingClock(1)
  const actor = new TickingActor((turn, context) => void (turn < 30 && context.noteWork()))
  const timers = new StepTimers()
  const eventLoop = new EventLoopHost(givenRunner(actor, new ControlBlock()), clock, timers)
  hosts.push(eventLoop)
  eventLoop.start()
  expect(actor.turns).toBeLessThan(10)
  let turnsOfTheLoop = 0
  while (timers.turn()) turnsOfTheLoop++
  expect(turnsOfTheLoop).toBeGreaterThan(3)
  expect(actor.turns).toBeGreaterThanOrEqual(30)
})

/** A host of an actor that has work without end from this turn on. */
function givenFlood(firstTurn: (control: ControlBlock, turn: number) => boolean): {
  actor: TickingActor
  host: EventLoopHost
  control: ControlBlock
} {
  const clock = new SteppingClock(0.1)
  const control = new ControlBlock()
  let isFlooded = false
  const actor = new TickingActor((turn, context) => {
    if (turn > 1000) throw new Error('The event loop is held')
    isFlooded ||= firstTurn(control, turn)
    if (isFlooded) context.noteWork()
    return NEVER
  })
  const spins = { turnsMax: 64, shortSleepMs: 1 }
  const host = new EventLoopHost(givenRunner(actor, control), clock, new StepTimers(), { usual: spins, awaited: spins })
  hosts.push(host)
  return { actor, host, control }
}

test.each([
  ['at first', (_control: ControlBlock, turn: number) => turn === 1],
  ['while it looks for some', (_control: ControlBlock, turn: number) => turn === 5],
  ['just before it sleeps', (control: ControlBlock) => control.words[16] === 1],
])('work that comes %s and does not end keeps nothing else waiting', async (_when, firstTurn) => {
  const { actor, host, control } = givenFlood(firstTurn)
  host.start()
  // A short sleep has it look for work before the next one.
  control.ring()
  await until(() => actor.turns > 5)
})

test('user code that throws ends its turn, and no other', async () => {
  const clock = new SteppingClock()
  const control = new ControlBlock()
  const actor = new TickingActor((turn) => {
    if (turn === 1) throw new Error('thrown by user code')
    return undefined
  })
  const timers = new StepTimers()
  const host = new EventLoopHost(givenRunner(actor, control), clock, timers)
  hosts.push(host)
  expect(() => host.start()).toThrow('thrown by user code')
  while (timers.turn());
  const { turns } = actor
  expect(turns).toBeGreaterThan(1)
  control.ring()
  await until(() => actor.turns > turns)
})

/** Those that sleep on the bell; they are woken. */
const sleepers = (control: ControlBlock): number => Atomics.notify(control.words, 0)

test('what its own thread has for an actor gives it a turn, and the bell wakes it afterwards as well', async () => {
  const { actor, control, host, timers } = givenHost(() => undefined)
  for (let wakes = 0; wakes < 3; wakes++) {
    const { turns } = actor
    host.wake()
    while (timers.turn());
    expect(actor.turns).toBeGreaterThan(turns)
  }
  const { turns } = actor
  control.ring()
  await until(() => actor.turns > turns)
})

test('however often its own thread wakes it, one waits for the bell', () => {
  const { control, host, timers } = givenHost(() => undefined)
  for (let wakes = 0; wakes < 100; wakes++) {
    host.wake()
    while (timers.turn());
  }
  expect(sleepers(control)).toBe(1)
})

test('a host that is stopped while it is awake has nobody wait for the bell', () => {
  const { control, host } = givenHost(() => undefined)
  host.wake()
  host.stop()
  expect(sleepers(control)).toBe(0)
})

test('a host that is awake takes no turn more because its own thread wakes it', () => {
  const { actor, host, timers } = givenHost(() => undefined)
  host.wake()
  host.wake()
  let turnsOfTheLoop = 0
  while (timers.turn()) turnsOfTheLoop++
  expect([turnsOfTheLoop, actor.turns > 0]).toEqual([1, true])
})

test('a host that was stopped sleeps on nothing, so that it can be collected', async () => {
  const { host, control } = givenHost(() => undefined)
  host.stop()
  expect(sleepers(control)).toBe(0)
})

test('a host that is stopped by a turn of its own does not go to sleep', async () => {
  const stopped: { host?: EventLoopHost } = {}
  const { control, timers } = givenHost(() => {
    stopped.host?.stop()
    return undefined
  })
  stopped.host = hosts.at(-1) as EventLoopHost
  control.ring()
  await new Promise((resolve) => setImmediate(resolve))
  while (timers.turn());
  expect(sleepers(control)).toBe(0)
})

test('a host that was stopped takes no turn any more', async () => {
  const { actor, control, host, timers } = givenHost((_turn, context) => timestamp(context.now + 40))
  const { turns } = actor
  host.stop()
  control.ring()
  timers.timers[0]?.run()
  await new Promise((resolve) => setImmediate(resolve))
  expect([actor.turns, timers.pending]).toEqual([turns, []])
})
