import { expect, test } from 'vitest'
import type { FaultRule, FaultTrigger } from '../../../src/actor/fault-injector.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import { type Asked, ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'

const ASK: Request = { api: 'Metadata', topics: ['a'], allowAutoTopicCreation: false }
const ANSWER: Response = { api: 'Metadata', brokers: [1], controller: 0, topics: [] }
const OTHER: Request = { api: 'DeleteTopics', names: [] }
const ALWAYS: FaultTrigger = { type: 'until', until: Number.POSITIVE_INFINITY }

const rule = (parts: Partial<FaultRule>): FaultRule => ({
  id: 1,
  api: 'Metadata',
  from: null,
  action: 'error',
  trigger: ALWAYS,
  error: 'NOT_CONTROLLER',
  delayMs: 0,
  matched: new SharedArrayBuffer(4),
  ...parts,
})

/** A client and a server that answers at once, with these faults. */
function given(...rules: FaultRule[]): { stage: Stage; server: ScriptedActor; ask: (body?: Request) => Asked } {
  const stage = new Stage()
  const client = new ScriptedActor()
  const server = new ScriptedActor((body) => (body.api === 'Metadata' ? ANSWER : { api: 'DeleteTopics', topics: [] }))
  stage.seat('client-1', client)
  stage.seat('broker-1', server)
  stage.order('broker-1', rules)
  const ask = (body = ASK): Asked => {
    const asked = client.ask('broker-1', body)
    stage.settle()
    return asked
  }
  return { stage, server, ask }
}

const requestsAt = (server: ScriptedActor): number => server.messages.filter(({ type }) => type === 'request').length
const hits = (stage: Stage): number => stage.news.filter(({ type }) => type === 'faultHit').length

test('an order of faults is confirmed', () => {
  expect(given(rule({})).stage.news).toEqual([{ type: 'faultsTaken', version: 1 }])
})

test('an error is answered without the actor', () => {
  const { stage, server, ask } = given(rule({}))
  const asked = ask()
  expect(asked.answer).toMatchObject({ topics: [{ name: 'a', error: 'NOT_CONTROLLER' }] })
  expect([requestsAt(server), hits(stage)]).toEqual([0, 1])
})

test('requests of others than the one that is named are left alone', () => {
  const { server, ask } = given(rule({ from: 'client-2' }))
  expect([ask().answer, requestsAt(server)]).toEqual([ANSWER, 1])
  const other = given(rule({ from: 'client-1' }))
  expect([other.ask().answer, requestsAt(other.server)]).toMatchObject([{ api: 'Metadata' }, 0])
})

test('a duplicated request is served twice, and answered once', () => {
  const { stage, server, ask } = given(rule({ action: 'duplicate', trigger: { type: 'times', times: 1 } }))
  expect([ask().answer, requestsAt(server), hits(stage)]).toEqual([ANSWER, 2, 1])
  expect([ask().answer, requestsAt(server)]).toEqual([ANSWER, 3])
})

test('memory that a duplicated request was lent counts as lost once the second copy is served', () => {
  const { server, ask } = given(rule({ action: 'duplicate' }))
  ask()
  const requests = server.messages.filter((message) => message.type === 'request')
  expect(requests.map(({ connection }) => connection.isClosed)).toEqual([true, false])
})

test('other APIs are left alone', () => {
  const { stage, ask } = given(rule({}))
  expect([ask(OTHER).answer, hits(stage)]).toMatchObject([{ api: 'DeleteTopics' }, 0])
})

test('a delayed request is served when its time has come', () => {
  const { stage, server, ask } = given(rule({ action: 'delay', delayMs: 30 }))
  const asked = ask()
  expect([asked.answer, stage.sleepMs('broker-1')]).toEqual([undefined, 30])
  stage.pass(29)
  expect(requestsAt(server)).toBe(0)
  stage.pass(1)
  expect(asked.answer).toEqual(ANSWER)
})

test('a delayed request whose connection is closed meanwhile is never seen', () => {
  const { stage, server, ask } = given(rule({ action: 'delay', delayMs: 30 }))
  ask()
  stage.kill('client-1')
  stage.pass(30)
  expect(requestsAt(server)).toBe(0)
})

test('an order that undoes what faults have done hands over what was delayed, and closes what is mute', () => {
  const { stage, server, ask } = given(rule({ action: 'delay', delayMs: 60_000 }))
  const delayed = ask()
  stage.order('broker-1', [], { undoes: true })
  expect([delayed.answer, requestsAt(server)]).toEqual([ANSWER, 1])
  stage.order('broker-1', [rule({ action: 'drop' })])
  const dropped = ask()
  stage.order('broker-1', [])
  expect(dropped.answer).toBe(undefined)
  stage.order('broker-1', [], { undoes: true })
  expect(dropped.answer).toBe(null)
})

test('a dropped request is not seen, and its connection says nothing more', () => {
  const { server, ask } = given(rule({ action: 'drop', trigger: { type: 'times', times: 1 } }))
  expect([ask().answer, ask().answer, requestsAt(server)]).toEqual([undefined, undefined, 0])
})

test('the request of a dropped response is served, and its connection says nothing more', () => {
  const { server, ask } = given(rule({ action: 'dropResponse', trigger: { type: 'times', times: 1 } }))
  expect([ask().answer, ask().answer, requestsAt(server)]).toEqual([undefined, undefined, 1])
})

test('a connection that is closed tells whoever asked', () => {
  const { server, ask } = given(rule({ action: 'disconnect' }))
  expect([ask().answer, requestsAt(server)]).toEqual([null, 0])
})

test.each<[FaultTrigger, boolean[]]>([
  [{ type: 'times', times: 2 }, [true, true, false, false]],
  [{ type: 'nth', nth: 3 }, [false, false, true, false]],
  [{ type: 'probability', probability: 1 }, [true, true, true, true]],
  [{ type: 'probability', probability: 0 }, [false, false, false, false]],
  [{ type: 'until', until: 1_000_002 }, [true, true, false, false]],
])('the trigger %o decides which requests are hit', (trigger, expected) => {
  const { stage, ask } = given(rule({ trigger }))
  const wasHit = expected.map(() => {
    const before = hits(stage)
    ask()
    stage.pass(1)
    return hits(stage) > before
  })
  expect(wasHit).toEqual(expected)
})

test('a rule that is carried by several threads counts the requests of all of them', () => {
  const shared = rule({ trigger: { type: 'nth', nth: 2 } })
  const [first, second] = [given(shared), given(shared)]
  first.ask()
  second.ask()
  expect([hits(first.stage), hits(second.stage)]).toEqual([0, 1])
})

test('faults that are removed act no more', () => {
  const { stage, ask } = given(rule({}))
  stage.order('broker-1', [])
  expect(ask().answer).toEqual(ANSWER)
})
