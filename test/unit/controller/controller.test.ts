import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/types.js'
import { parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { Controller } from '../../../src/controller/controller.js'
import type { Request, RequestOf } from '../../../src/protocol/messages.js'
import { type Asked, ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { topicOf } from './given-image.js'

const CONTROLLER = 'controller-0'

/** A controller, and brokers that the test plays; those in `slow` do not acknowledge images by themselves. */
class GivenController {
  readonly stage = new Stage()
  readonly controller = new Controller(parseBrokerOptions({}), () => {})
  readonly brokers = new Map<number, ScriptedActor>()
  readonly slow = new Set<number>()
  readonly registrations = new Map<number, Asked>()
  #clients = 0

  constructor(...brokerIds: readonly number[]) {
    this.stage.seat(CONTROLLER, this.controller)
    for (const brokerId of brokerIds) this.register(brokerId)
  }

  register(brokerId: number): void {
    const broker = new ScriptedActor((body) => {
      const isAcknowledged = body.api === 'UpdateMetadata' && !this.slow.has(brokerId)
      return isAcknowledged ? { api: 'UpdateMetadata', error: 'NONE' } : null
    })
    this.brokers.set(brokerId, broker)
    this.stage.seat(`broker-${brokerId}`, broker)
    this.registrations.set(brokerId, broker.ask(CONTROLLER, { api: 'BrokerRegistration', brokerId }))
    this.stage.settle()
  }

  create(name: string): Asked {
    return this.#ask({ api: 'CreateTopics', topics: [topicOf({ name })], validateOnly: false })
  }

  remove(name: string): Asked {
    return this.#ask({ api: 'DeleteTopics', names: [name] })
  }

  acknowledge(brokerId: number): void {
    this.brokers
      .get(brokerId)!
      .answerWhere((body) => (body.api === 'UpdateMetadata' ? { api: 'UpdateMetadata', error: 'NONE' } : null))
    this.stage.settle()
  }

  /** The images that a broker was ever sent. */
  images(brokerId: number): RequestOf<'UpdateMetadata'>[] {
    return this.brokers
      .get(brokerId)!
      .messages.flatMap((message) =>
        message.type === 'request' && message.body.api === 'UpdateMetadata' ? [message.body] : [],
      )
  }

  kill(address: Address): void {
    this.stage.kill(address)
  }

  /** Everybody asks on a connection of his own, where nobody is served before him. */
  #ask(body: Request): Asked {
    const client = new ScriptedActor()
    this.stage.seat(`client-${this.#clients++}`, client)
    const asked = client.ask(CONTROLLER, body)
    this.stage.settle()
    return asked
  }
}

test('a broker is told that it is in, and all of them of one another', () => {
  const given = new GivenController(1, 2)
  for (const asked of given.registrations.values()) expect(asked.answer).toMatchObject({ error: 'NONE' })
  for (const brokerId of [1, 2]) expect(given.images(brokerId).at(-1)?.brokers).toEqual([1, 2])
})

test('whoever waits for so many brokers is called once they know of one another', () => {
  const given = new GivenController(1)
  const calls: number[] = []
  given.controller.whenRegistered(1, () => calls.push(1))
  given.controller.whenRegistered(2, () => calls.push(2))
  expect(calls).toEqual([1])
  given.slow.add(1)
  given.register(2)
  expect(calls).toEqual([1])
  given.acknowledge(1)
  expect(calls).toEqual([1, 2])
})

test('a topic is answered when every live broker knows it, and not before', () => {
  const given = new GivenController(1, 2, 3)
  given.slow.add(2).add(3)
  const asked = given.create('orders')
  expect(given.images(1).at(-1)?.topics).toMatchObject([{ name: 'orders' }])
  given.acknowledge(3)
  expect(asked.answer).toBeUndefined()
  given.acknowledge(2)
  expect(asked.answer).toMatchObject({ topics: [{ name: 'orders', error: 'NONE', topicId: 1 }] })
})

test('a broker that ends is waited for no longer', () => {
  const given = new GivenController(1, 2)
  given.slow.add(2)
  const asked = given.create('orders')
  expect(asked.answer).toBeUndefined()
  given.kill('broker-2')
  expect(asked.answer).toMatchObject({ topics: [{ error: 'NONE' }] })
})

test('a broker that ends is fenced, and the others are told', () => {
  const given = new GivenController(1, 2)
  given.create('orders')
  given.kill('broker-1')
  expect(given.controller.image.activeBrokers).toEqual([2])
  expect(given.images(2).at(-1)).toMatchObject({
    brokers: [2],
    topics: [{ partitions: [{ leader: -1, leaderEpoch: 1 }] }],
  })
})

test('a broker has one image under way, and gets the newest one next', () => {
  const given = new GivenController(1, 2)
  given.slow.add(2)
  const before = given.images(2).length
  const asked = ['a', 'b', 'c'].map((name) => given.create(name))
  expect(given.images(2).length).toBe(before + 1)
  given.acknowledge(2)
  expect(
    given
      .images(2)
      .map(({ topics }) => topics.length)
      .slice(before),
  ).toEqual([1, 3])
  expect(asked.map(({ answer }) => answer !== undefined)).toEqual([true, false, false])
  given.acknowledge(2)
  expect(asked.map(({ answer }) => answer !== undefined)).toEqual([true, true, true])
})

test('images of one broker only get newer', () => {
  const given = new GivenController(1, 2)
  for (const name of ['a', 'b', 'c']) given.create(name)
  given.remove('b')
  const versions = given.images(2).map(({ version }) => version)
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
})

test('a refusal is answered as well, and publishes nothing', () => {
  const given = new GivenController(1)
  given.create('orders')
  const before = given.images(1).length
  expect(given.create('orders').answer).toMatchObject({ topics: [{ error: 'TOPIC_ALREADY_EXISTS' }] })
  expect(given.remove('other').answer).toMatchObject({ topics: [{ error: 'UNKNOWN_TOPIC_OR_PARTITION' }] })
  expect(given.images(1).length).toBe(before)
})

test('a second broker under a living id is refused, and the living one goes on', () => {
  const given = new GivenController(1)
  const impostor = new ScriptedActor()
  given.stage.seat('broker-7', impostor)
  const asked = impostor.ask(CONTROLLER, { api: 'BrokerRegistration', brokerId: 1 })
  given.stage.settle()
  expect(asked.answer).toMatchObject({ error: 'DUPLICATE_BROKER_REGISTRATION' })
  expect(given.create('orders').answer).toMatchObject({ topics: [{ error: 'NONE' }] })
  expect(given.images(1).map(({ version }) => version)).toEqual([
    ...new Set(given.images(1).map(({ version }) => version)),
  ])
})

test('a deleted topic is answered when every broker has let go of it', () => {
  const given = new GivenController(1, 2)
  given.create('orders')
  given.slow.add(1)
  const asked = given.remove('orders')
  expect([asked.answer, given.images(2).at(-1)?.topics]).toEqual([undefined, []])
  given.acknowledge(1)
  expect(asked.answer).toMatchObject({ topics: [{ name: 'orders', error: 'NONE' }] })
})
