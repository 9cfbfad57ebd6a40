import { expect, test } from 'vitest'
import { runDutyCycle, spin, turnAsLongAsThereIsWork } from '../../../src/actor/duty-cycle.js'
import { SpinBudget } from '../../../src/actor/spin-budget.js'
import type { Context } from '../../../src/actor/types.js'
import { type Timestamp, timestamp } from '../../../src/base/ids.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { givenRunner, NotingControlBlock, SteppingClock, TickingActor } from './given-host.js'

class Enough extends Error {}

/** Runs the loop until the actor throws Enough. */
function runLoop(onTick: (turn: number, context: Context, control: NotingControlBlock) => Timestamp | undefined): {
  control: NotingControlBlock
  actor: TickingActor
} {
  const clock = new SteppingClock()
  const control = new NotingControlBlock(clock)
  const actor = new TickingActor((turn, context) => onTick(turn, context, control))
  expect(() => runDutyCycle(givenRunner(actor, control), clock)).toThrow(Enough)
  return { control, actor }
}

test('a thread without work looks for some, then sleeps until its deadline', () => {
  const { control, actor } = runLoop((_turn, context, { sleepsMs }) => {
    if (sleepsMs.length === 1) throw new Enough()
    return timestamp(context.now + 25)
  })
  expect(control.sleepsMs).toEqual([25])
  expect(actor.turns).toBeGreaterThan(1)
})

test('a thread that waits for nothing looks around once a second, so that its heartbeat is seen', () => {
  const { control } = runLoop((_turn, _context, { sleepsMs }) => {
    if (sleepsMs.length === 3) throw new Enough()
    return undefined
  })
  expect(control.sleepsMs).toEqual([1000, 1000, 1000])
  expect(control.heartbeat).toBeGreaterThanOrEqual(4)
})

test('the interval at which a sleeping thread looks around can be set', () => {
  const clock = new SteppingClock()
  const control = new NotingControlBlock(clock)
  const actor = new TickingActor(() => {
    if (control.sleepsMs.length === 2) throw new Enough()
    return undefined
  })
  expect(() => runDutyCycle(givenRunner(actor, control), clock, { parkMsMax: 50 })).toThrow(Enough)
  expect(control.sleepsMs).toEqual([50, 50])
})

test('every turn is a heartbeat, in a stretch without sleep as well', () => {
  const { control, actor } = runLoop((turn, context) => {
    if (turn > 100) throw new Enough()
    context.noteWork()
    return undefined
  })
  expect(control.heartbeat).toBe(actor.turns)
})

test('a stretch of turns ends when the thread is asked to stand still', () => {
  const clock = new SteppingClock()
  const control = new NotingControlBlock(clock)
  const actor = new TickingActor((turn, context) => {
    if (turn === 3) control.pause()
    return void context.noteWork()
  })
  turnAsLongAsThereIsWork(givenRunner(actor, control), clock)
  expect(actor.turns).toBe(3)
})

test('work that appears after the thread has said that it will sleep keeps it awake', () => {
  let found = false
  const { control } = runLoop((turn, context, block) => {
    const isAboutToSleep = block.words[16] === 1
    if (isAboutToSleep && !found) {
      found = true
      context.noteWork()
      expect(block.sleepsMs).toEqual([])
    }
    if (found && turn > 100) throw new Enough()
    return timestamp(context.now + 10)
  })
  expect(found).toBe(true)
  expect(control.sleepsMs.length).toBeLessThan(100)
})

test('a deadline that is over leads to no sleep', () => {
  const { control } = runLoop((turn, context) => {
    if (turn > 200) throw new Enough()
    return timestamp(context.now - 1)
  })
  expect(control.sleepsMs).toEqual([])
})

test('an actor that always has work is never asked to sleep', () => {
  const { control } = runLoop((turn, context) => {
    if (turn > 500) throw new Enough()
    context.noteWork()
    return undefined
  })
  expect(control.sleepsMs).toEqual([])
})

test('turns with work are counted as busy time, and the search for more is not', () => {
  const clock = new SteppingClock(1)
  const control = new NotingControlBlock(clock)
  const actor = new TickingActor((turn, context) => {
    if (turn <= 3) context.noteWork()
    return undefined
  })
  const runner = givenRunner(actor, control)
  expect(turnAsLongAsThereIsWork(runner, clock)).toBe(true)
  // Read before the first turn and after each of the three that found work.
  expect([actor.turns, control.busyMs]).toEqual([4, 3])
  expect(turnAsLongAsThereIsWork(runner, clock)).toBe(false)
  expect(control.busyMs).toBe(3)
})

test('a stretch of turns ends at its time though there is more to do', () => {
  const clock = new SteppingClock(1)
  const actor = new TickingActor((_turn, context) => void context.noteWork())
  turnAsLongAsThereIsWork(givenRunner(actor, new NotingControlBlock(clock)), clock, timestamp(clock.now() + 10))
  expect(actor.turns).toBeLessThanOrEqual(11)
})

test('a spin ends with the first work, with the deadline or with the budget', () => {
  const clock = new SteppingClock()
  const spinWith = (onTick: (turn: number, context: Context) => Timestamp | undefined): [boolean, number] => {
    const actor = new TickingActor(onTick)
    const runner = givenRunner(actor, new NotingControlBlock(clock))
    runner.turn(clock.now())
    const budget = new SpinBudget()
    budget.turns = 64
    return [spin(runner, clock, budget), actor.turns]
  }
  expect(spinWith((turn, context) => void (turn === 5 && context.noteWork()))).toEqual([true, 6])
  expect(spinWith(() => clock.now())).toEqual([true, 1])
  expect(spinWith(() => undefined)).toEqual([false, 65])
})

test('a thread whose peers answer late stops spinning', () => {
  const { actor, control } = runLoop((_turn, _context, { sleepsMs }) => {
    if (sleepsMs.length === 40) throw new Enough()
    return undefined
  })
  expect(control.sleepsMs.length).toBe(40)
  expect(actor.turns).toBeLessThan(40 * 64)
})

test("the thread's event loop turns when a connection has been closed and nothing else is to be done", () => {
  const clock = new SteppingClock()
  const stage = new Stage()
  const server = new TickingActor(() => undefined)
  stage.seat('broker-1', server)
  const client = new ScriptedActor()
  stage.seat('client-1', client)
  client.ask('broker-1', { api: 'Stop', held: [] })
  stage.settle()
  stage.kill('client-1')
  const runner = stage.runner('broker-1')
  const goOn: (() => void)[] = []
  runDutyCycle(runner, clock, { turnEventLoop: (run) => void goOn.push(run) })
  expect([goOn.length, runner.takeLetGo()]).toEqual([1, false])
})
