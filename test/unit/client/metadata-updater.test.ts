import { expect, test } from 'vitest'
import type { Address } from '../../../src/actor/address.js'
import { NetworkClient } from '../../../src/actor/network-client.js'
import type { Actor, Context, Message } from '../../../src/actor/types.js'
import { earliest, type Timestamp } from '../../../src/base/ids.js'
import { Metadata } from '../../../src/client/metadata.js'
import { MetadataUpdater, type MetadataUpdaterOptions } from '../../../src/client/metadata-updater.js'
import { ScriptedActor } from '../../support/scripted-actor.js'
import { Stage } from '../../support/stage.js'
import { ordersMetadata, partitionMetadata } from './given-metadata.js'

const DEFAULTS = { 'retry.backoff.ms': 100, 'metadata.max.age.ms': 300_000, 'allow.auto.create.topics': true }

/** An updater of three brokers, whose answers the test counts. */
class GivenUpdater implements Actor {
  readonly stage = new Stage()
  readonly metadata = new Metadata()
  readonly updater: MetadataUpdater
  readonly askedOf: number[] = []
  updates = 0
  /** Whether brokers answer by themselves. */
  isAnswering = true
  readonly brokers: ScriptedActor[] = []
  readonly #network = new NetworkClient()

  constructor(options: Partial<MetadataUpdaterOptions> = {}) {
    this.updater = new MetadataUpdater({
      metadata: this.metadata,
      bootstrap: [1, 2, 3].map((brokerId): Address => `broker-${brokerId}`),
      network: this.#network,
      options: { ...DEFAULTS, ...options },
      onUpdate: () => {
        this.updates += 1
      },
    })
    for (const brokerId of [1, 2, 3]) {
      const broker = new ScriptedActor(() => {
        this.askedOf.push(brokerId)
        return this.isAnswering ? ordersMetadata([partitionMetadata({ partition: 0, leader: 1 })]) : null
      })
      this.brokers.push(broker)
      this.stage.seat(`broker-${brokerId}`, broker)
    }
    this.stage.seat('consumer-0', this)
  }

  receive(message: Message, context: Context): void {
    this.#network.receive(message, context)
  }

  tick(context: Context): Timestamp {
    return earliest(this.updater.tick(context), this.#network.tick(context))
  }

  /** Answers what a broker was asked while it did not by itself. */
  answer(): void {
    this.brokers.find((broker) => broker.unanswered('Metadata').length > 0)!.answer(ordersMetadata([]))
    this.stage.settle()
  }

  want(...topics: string[]): this {
    this.updater.want(topics)
    this.stage.settle()
    return this
  }

  noteStale(): void {
    this.updater.noteStale()
    this.stage.settle()
  }
}

test('nothing is asked while no topic is wanted', () => {
  const given = new GivenUpdater()
  given.noteStale()
  expect(given.askedOf).toEqual([])
})

test('topics that are wanted are asked for at once, and again when they are too old', () => {
  const given = new GivenUpdater({ 'metadata.max.age.ms': 1000 }).want('orders')
  expect([given.askedOf.length, given.updates, given.stage.sleepMs('consumer-0')]).toEqual([1, 1, 1000])
  given.stage.pass(999)
  expect(given.askedOf).toHaveLength(1)
  given.stage.pass(1)
  expect([given.askedOf.length, given.updates]).toEqual([2, 2])
})

test('stale metadata is asked for again, but not more often than retry.backoff.ms', () => {
  const given = new GivenUpdater({ 'retry.backoff.ms': 100 }).want('orders')
  given.noteStale()
  given.stage.pass(99)
  expect(given.askedOf).toHaveLength(1)
  given.stage.pass(1)
  expect(given.askedOf).toHaveLength(2)
  given.stage.pass(5000)
  given.noteStale()
  expect(given.askedOf).toHaveLength(3)
})

// Kafka: Metadata.timeToNextUpdate.
test('metadata that is old at once is asked for again after retry.backoff.ms, and not all the time', () => {
  const given = new GivenUpdater({ 'metadata.max.age.ms': 0, 'retry.backoff.ms': 100 }).want('orders')
  given.stage.pass(99)
  expect(given.askedOf).toHaveLength(1)
  given.stage.pass(1)
  expect(given.askedOf).toHaveLength(2)
})

test('metadata that turns out to be stale while an answer is under way is asked for once more', () => {
  const given = new GivenUpdater({ 'retry.backoff.ms': 100 }).want('orders')
  given.stage.pass(100)
  given.noteStale()
  given.updater.noteStale()
  given.stage.pass(100)
  expect(given.askedOf).toHaveLength(3)
})

test('a broker that ends is followed by another one', () => {
  const given = new GivenUpdater({ 'retry.backoff.ms': 100 })
  given.isAnswering = false
  given.want('orders')
  given.isAnswering = true
  given.stage.kill(`broker-${given.askedOf[0]!}`)
  given.stage.pass(100)
  expect([new Set(given.askedOf).size, given.updates]).toEqual([2, 1])
})

test('nobody is asked for metadata while no broker is there, and the first that is back is', () => {
  const given = new GivenUpdater()
  for (const brokerId of [1, 2, 3]) given.stage.kill(`broker-${brokerId}`)
  given.want('orders')
  given.stage.pass(60)
  given.stage.pass(10_000)
  expect(given.askedOf).toEqual([])
  given.stage.seat('broker-2', new ScriptedActor(() => ordersMetadata([])))
  given.stage.pass(1000)
  given.stage.pass(1000)
  expect(given.updates).toBe(1)
})

test('an answer to what was wanted before does not answer what is wanted now, which is asked for at once', () => {
  const given = new GivenUpdater()
  given.isAnswering = false
  given.want('orders').want('users')
  given.isAnswering = true
  given.answer()
  expect([given.askedOf.length, given.updates]).toEqual([2, 1])
})

test('metadata is kept for ever where metadata.max.age.ms is infinite', () => {
  const given = new GivenUpdater({ 'metadata.max.age.ms': Number.POSITIVE_INFINITY }).want('orders')
  given.stage.pass(10 ** 9)
  expect(given.askedOf).toHaveLength(1)
})
