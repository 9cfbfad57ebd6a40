import { expect, test } from 'vitest'
import { GivenControls } from './given-image.js'

test('a broker that registers is active, with an epoch of its own', () => {
  const controls = new GivenControls([])
  const epochs = [2, 1].map((brokerId) => controls.commit(controls.brokers.registerBroker(brokerId)).brokerEpoch)
  expect(controls.image.activeBrokers).toEqual([1, 2])
  expect(epochs[1]).toBeGreaterThan(epochs[0] as number)
})

test('a second broker of the same id is refused while the first is alive', () => {
  const controls = new GivenControls([1])
  const { records, reply } = controls.brokers.registerBroker(1)
  expect([records, reply.error]).toEqual([[], 'DUPLICATE_BROKER_REGISTRATION'])
})

test('a fenced broker may come back, with a larger epoch', () => {
  const controls = new GivenControls([])
  const first = controls.commit(controls.brokers.registerBroker(1))
  controls.commit(controls.brokers.fenceBroker(1))
  expect(controls.image.activeBrokers).toEqual([])
  const second = controls.commit(controls.brokers.registerBroker(1))
  expect([second.error, second.brokerEpoch > first.brokerEpoch, controls.image.activeBrokers]).toEqual([
    'NONE',
    true,
    [1],
  ])
})

test('a fenced broker leads nothing any more, and each of its partitions has a new epoch', () => {
  const controls = new GivenControls([1, 2, 3])
  controls.create({ name: 'orders', numPartitions: 6, replicationFactor: 2 })
  const before = controls.image.topicNamed('orders')!.partitions.map(({ leader }) => leader)
  controls.commit(controls.brokers.fenceBroker(2))
  const after = controls.image.topicNamed('orders')!.partitions
  for (const [partition, { leader, leaderEpoch }] of after.entries()) {
    const wasLed = before[partition] === 2
    expect(leader === 2).toBe(false)
    expect([leader === before[partition], leaderEpoch]).toEqual(wasLed ? [false, 1] : [true, 0])
  }
})

test('fencing twice, or fencing nobody, changes nothing', () => {
  const controls = new GivenControls([1])
  controls.commit(controls.brokers.fenceBroker(1))
  expect(controls.brokers.fenceBroker(1).records).toEqual([])
  expect(controls.brokers.fenceBroker(9).records).toEqual([])
})
