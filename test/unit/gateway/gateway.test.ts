import { describe, expect, test } from 'vitest'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { apiVersionsFrame, GivenGateway } from './given-gateway.js'

const GARBAGE = Buffer.from('ffffffff', 'hex')

/** A broker that is a part of the cluster. */
const member = (): ScriptedActor => new ScriptedActor(({ api }) => (api === 'AwaitBroker' ? { api } : null))

describe('the door of a broker', () => {
  test('is shut while there is no broker, and opened again at the same port', () => {
    const given = new GivenGateway()
    given.stage.kill('broker-1')
    expect(given.doorCalls).toEqual([0, 'close'])
    given.stage.seat('broker-1', member())
    for (let passed = 0; passed < 500; passed += 10) given.stage.pass(10)
    expect(given.doorCalls).toEqual([0, 'close', 9092])
  })

  test('stays shut until its broker, which was started again, has heard that it is a part of the cluster', () => {
    const given = new GivenGateway()
    const calls: (number | 'close')[] = [0]
    for (let times = 0; times < 2; times++) {
      const broker = new ScriptedActor()
      given.stage.kill('broker-1')
      given.stage.seat('broker-1', broker)
      for (let passed = 0; passed < 500; passed += 10) given.stage.pass(10)
      calls.push('close')
      expect(given.doorCalls).toEqual(calls)
      broker.answer({ api: 'AwaitBroker' })
      given.stage.settle()
      calls.push(9092)
      expect(given.doorCalls).toEqual(calls)
      given.door.opened(9092)
    }
  })

  test('is opened by the gateway that follows on a dead one when its broker says that it is there', () => {
    const given = new GivenGateway({}, null, 9092)
    expect(given.doorCalls).toEqual([])
    given.answer({ api: 'AwaitBroker' })
    expect(given.doorCalls).toEqual([9092])
  })

  test('is opened for the next broker when one has ended before it answered', () => {
    const given = new GivenGateway()
    given.stage.kill('broker-1')
    given.stage.seat('broker-1', new ScriptedActor())
    for (let passed = 0; passed < 500; passed += 10) given.stage.pass(10)
    given.stage.kill('broker-1')
    given.stage.seat('broker-1', member())
    for (let passed = 0; passed < 500; passed += 10) given.stage.pass(10)
    expect(given.doorCalls).toEqual([0, 'close', 9092])
  })

  test('is tried again while it cannot be opened, and one line says so', () => {
    const given = new GivenGateway()
    given.stage.kill('broker-1')
    given.stage.seat('broker-1', member())
    const fail = (): void => given.door.failed({ option: 'port', says: 'port 9092 is taken' })
    for (let attempt = 0; attempt < 5; attempt++) {
      for (let passed = 0; passed < 500; passed += 10) given.stage.pass(10)
      fail()
    }
    expect(given.doorCalls.filter((call) => call === 9092).length).toBeGreaterThan(4)
    expect(given.log).toEqual(['Cannot listen for broker 1: port 9092 is taken'])
    given.door.opened(9092)
    fail()
    expect(given.log).toHaveLength(2)
  })

  test('is told of once clients come in, or once it was said that they cannot', () => {
    const given = new GivenGateway()
    const asking = new ScriptedActor()
    given.stage.seat('client-1', asking)
    const ask = () => {
      const asked = asking.ask('gateway-1', { api: 'AwaitBroker', brokerId: 1 })
      given.stage.settle()
      return asked
    }
    expect(ask().answer).toEqual({ api: 'AwaitBroker' })
    given.stage.kill('broker-1')
    const [asked, alike] = [ask(), ask()]
    given.stage.seat('broker-1', member())
    for (let passed = 0; passed < 500; passed += 10) given.stage.pass(10)
    expect([asked.answer, alike.answer]).toEqual([undefined, undefined])
    given.door.failed({ option: 'port', says: 'port 9092 is taken' })
    given.stage.settle()
    expect([asked.answer, alike.answer, ask().answer]).toEqual(Array(3).fill({ api: 'AwaitBroker' }))
  })

  test('stays open when a connection cannot be accepted, and a line says why', () => {
    const given = new GivenGateway()
    given.door.turnedAway('A connection could not be accepted: why')
    const client = given.client()
    given.say(client, apiVersionsFrame())
    expect(client.frames()).toHaveLength(1)
    expect(given.log).toEqual(['A connection could not be accepted: why'])
  })
})

test('whoever tries a port with garbage does not fill the log', () => {
  const given = new GivenGateway()
  for (let count = 0; count < 100; count++) given.say(given.client(), GARBAGE)
  expect(given.log).toHaveLength(20)
  given.stage.pass(10_000)
  expect(given.log.slice(20)).toEqual(['80 lines like these were left out'])
  given.stage.pass(10_000)
  given.say(given.client(), GARBAGE)
  expect(given.log).toHaveLength(22)
})
