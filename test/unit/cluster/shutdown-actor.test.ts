import { expect, test } from 'vitest'
import { ShutdownActor } from '../../../src/cluster/shutdown-actor.js'
import type { Response } from '../../../src/protocol/api.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const remaining = (count: number): Response => ({ api: 'ControlledShutdown', error: 'NONE', remaining: count })

/** A broker that is to end, and a controller that gives these answers, if there is one. */
function given(answers: Response[] | null): { stage: Stage; asked: () => number; isDone: () => boolean } {
  const stage = new Stage()
  let isDone = false
  const controller = new ScriptedActor(() => answers?.shift() ?? null)
  if (answers !== null) stage.seat('controller-0', controller)
  stage.seat('client-1', new ShutdownActor({ brokerId: 2, brokerEpoch: 7 }, () => (isDone = true)))
  stage.settle()
  const asked = (): number => controller.messages.filter(({ type }) => type === 'request').length
  return { stage, asked, isDone: () => isDone }
}

test('a broker whose leaders have moved may end', () => {
  const { asked, isDone } = given([remaining(0)])
  expect([asked(), isDone()]).toEqual([1, true])
})

test('leaders that have not moved are asked for again', () => {
  const { stage, asked, isDone } = given([remaining(2), remaining(0)])
  expect(isDone()).toBe(false)
  stage.pass(50)
  expect([asked(), isDone()]).toEqual([2, true])
})

test('leaders that nobody can take over keep no broker from ending', () => {
  const { stage, asked, isDone } = given([1, 1, 1, 1].map(remaining))
  stage.pass(50)
  stage.pass(50)
  expect([asked(), isDone()]).toEqual([3, true])
})

test('a controller that is not there keeps no broker from ending', () => {
  const { stage, isDone } = given(null)
  for (let round = 0; round < 3; round++) stage.pass(500)
  expect(isDone()).toBe(true)
})
