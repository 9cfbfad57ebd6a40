import { expect, test } from 'vitest'
import type { Actor, Connection } from '../../../src/actor/types.js'
import { earliest } from '../../../src/base/ids.js'
import type { Request, Response } from '../../../src/protocol/api.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { CONTROLLER, GivenController } from './given-controller.js'

/** A client that is connected to a broker, and so learns of its end. */
function givenWitness(given: GivenController, brokerId: number): () => boolean {
  const client = new ScriptedActor()
  given.stage.seat('client-99', client)
  client.ask(`broker-${brokerId}`, { api: 'Metadata', topics: null, allowAutoTopicCreation: false })
  given.stage.settle()
  return () => client.messages.some((message) => message.type === 'disconnected')
}

test('others hear of the end of a broker when the live brokers know its successors, and then it is started again', () => {
  const given = new GivenController([1, 2, 3])
  given.create('orders', { replicationFactor: 3 })
  const hasHeard = givenWitness(given, 1)
  given.slow.add(3)
  given.kill('broker-1')
  expect(given.images(2).at(-1)?.topics).toMatchObject([{ partitions: [{ leader: 2 }] }])
  expect([hasHeard(), given.asked]).toEqual([false, []])
  given.acknowledge(3)
  expect([hasHeard(), given.asked]).toEqual([true, ['restart 1']])
})

test('a broker that comes back with its memory is in the elr still, and leads again', () => {
  const given = new GivenController([1])
  given.create('orders')
  given.kill('broker-1')
  expect(given.partition()).toMatchObject({ leader: -1, isr: [], elr: [1] })
  given.register(1)
  expect(given.partition()).toMatchObject({ leader: 1, leaderEpoch: 2, isr: [1], elr: [] })
})

test('a broker that crashes too often stays down, which is told once', () => {
  const given = new GivenController([1, 2], { 'odradek.restart.intensity': 2 })
  for (let crash = 0; crash < 3; crash++) {
    given.kill('broker-1')
    if (crash < 2) given.register(1)
  }
  expect(given.asked).toEqual(['restart 1', 'restart 1', 'gave up 1'])
  given.register(1)
  given.kill('broker-1')
  expect(given.asked.at(-1)).toBe('restart 1')
})

test('a broker that is ended on purpose stays down until it is started by hand', () => {
  const given = new GivenController([1, 2])
  given.controller.expectEnd(1)
  given.kill('broker-1')
  expect([given.asked, given.controller.image.activeBrokers]).toEqual([[], [2]])
  given.register(1)
  given.kill('broker-1')
  expect(given.asked).toEqual(['restart 1'])
})

test('a broker that has asked to end stays down', () => {
  const given = new GivenController([1, 2])
  given.ask({ api: 'ControlledShutdown', brokerId: 1, brokerEpoch: given.epochOf(1) })
  given.kill('broker-1')
  expect(given.asked).toEqual([])
})

test('a broker that ends before it is heard of is missed, and asked for again', () => {
  const given = new GivenController([1, 2])
  given.kill('broker-1')
  given.brokers.delete(1)
  given.passLooks(4)
  expect(given.asked).toEqual(['restart 1'])
  given.passLooks(1)
  expect(given.asked).toEqual(['restart 1', 'restart 1'])
})

test('a broker that is silent for a session is fenced, and no sooner', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { replicationFactor: 2 })
  given.passLooks(1)
  given.silent.add(1)
  given.passLooks(4)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
  given.passLooks(1)
  expect([given.controller.image.activeBrokers, given.partition().leader]).toEqual([[2], 2])
  expect(given.asked).toEqual([])
})

test('a silent broker is told that it was fenced, nobody waits for it, and it comes back when it is heard', () => {
  const given = new GivenController([1, 2])
  given.silent.add(1)
  given.slow.add(1)
  given.passLooks(5)
  expect(given.create('orders', { replicationFactor: 1 }).answer).toMatchObject({ topics: [{ error: 'NONE' }] })
  given.silent.delete(1)
  given.passLooks(2)
  given.acknowledge(1)
  expect(given.controller.image.activeBrokers).toEqual([2])
  given.acknowledge(1)
  expect(given.aliveAsSeenBy(1)).toEqual([2])
  given.passLooks(1)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('a silent broker does not come back as long as it takes itself for another incarnation', () => {
  const given = new GivenController([1, 2])
  given.silent.add(1)
  given.slow.add(1)
  given.passLooks(5)
  given.silent.delete(1)
  given.brokers.get(1)!.answer({ api: 'UpdateMetadata', error: 'STALE_BROKER_EPOCH' })
  given.passLooks(3)
  expect(given.controller.image.activeBrokers).toEqual([2])
})

test('a broker that runs and cannot be reached is fenced', () => {
  const given = new GivenController([1, 2])
  given.slow.add(1)
  const asked = given.create('orders')
  given.passLooks(6)
  expect(given.controller.image.activeBrokers).toEqual([2])
  expect(asked.answer).toMatchObject({ topics: [{ error: 'NONE' }] })
})

test.each([
  ['controller-0', 'broker-1'],
  ['broker-1', 'controller-0'],
] as const)('a broker is fenced when nothing gets from %s to %s, and comes back when it does', (from, to) => {
  const given = new GivenController([1, 2])
  given.stage.cut(from, to)
  given.passLooks(5)
  expect(given.controller.image.activeBrokers).toEqual([2])
  given.stage.heal(from, to)
  given.passLooks(2)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('nobody is fenced because the whole process stood still', () => {
  const given = new GivenController([1, 2])
  given.silent.add(1).add(2)
  given.stage.pass(600_000)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

/** A thread at the broker's address that has connected to the controller, and not registered. */
function startUnregistered(given: GivenController, brokerId: number): void {
  const broker = new ScriptedActor(() => ({ api: 'UpdateMetadata', error: 'NONE' }))
  given.stage.seat(`broker-${brokerId}`, broker)
  broker.ask(CONTROLLER, { api: 'DeleteTopics', names: [] })
  given.stage.settle()
}

test('a broker whose thread has ended comes back by registering alone', () => {
  const given = new GivenController([1, 2])
  given.kill('broker-1')
  startUnregistered(given, 1)
  given.passLooks(6)
  expect(given.controller.image.activeBrokers).toEqual([2])
})

test('a broker that ends before it has registered is started again', () => {
  const given = new GivenController([1, 2])
  given.kill('broker-1')
  startUnregistered(given, 1)
  given.kill('broker-1')
  expect(given.asked).toEqual(['restart 1', 'restart 1'])
})

test('a broker that was started by hand is not started once more', () => {
  const given = new GivenController([1, 2])
  given.slow.add(2)
  given.kill('broker-1')
  startUnregistered(given, 1)
  given.acknowledge(2)
  expect(given.asked).toEqual([])
})

test('a new incarnation begins a new session', () => {
  const given = new GivenController([1, 2])
  given.silent.add(1)
  given.passLooks(4)
  given.controller.expectEnd(1)
  given.kill('broker-1')
  given.register(1)
  given.passLooks(1)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('the end of a connection from before the registration harms nobody', () => {
  const given = new GivenController([])
  const connections: Connection[] = []
  const [first, second] = [1, 2].map(() => new ScriptedActor(acknowledgeImages, (opened) => connections.push(opened)))
  given.stage.seat('broker-1', together(first!, second!))
  for (const line of [first!, second!]) {
    line.ask(CONTROLLER, { api: 'BrokerRegistration', brokerId: 1, previousBrokerEpoch: -1 })
    given.stage.settle()
  }
  const epoch = given.epochOf(1)
  connections[0]!.close()
  given.stage.settle()
  expect(given.controller.image.broker(1)).toMatchObject({ brokerEpoch: epoch, isFenced: false })
})

function acknowledgeImages(body: Request): Response | null {
  return body.api === 'UpdateMetadata' ? { api: 'UpdateMetadata', error: 'NONE' } : null
}

/** One actor with two network clients: requests are the first one's. */
function together(first: Actor, second: Actor): Actor {
  return {
    receive: (message, context) => {
      first.receive(message, context)
      if (message.type !== 'request') second.receive(message, context)
    },
    tick: (context) => earliest(first.tick(context), second.tick(context)),
  }
}
