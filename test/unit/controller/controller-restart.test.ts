import { expect, test } from 'vitest'
import { CONTROLLER, GivenController } from './given-controller.js'
import { contentsOf } from './given-image.js'

test('a controller that ends loses nothing', () => {
  const given = new GivenController([1, 2, 3])
  for (const name of ['a', 'b']) given.create(name, { replicationFactor: 3, configs: { 'min.insync.replicas': 2 } })
  given.kill('broker-2')
  given.register(2)
  given.controller.expectEnd(3)
  const before = contentsOf(given.controller.image)
  given.kill(CONTROLLER)
  expect(contentsOf(given.startController().image)).toEqual(before)
})

test('it goes on where it ended, time and again', () => {
  const given = new GivenController([1])
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    expect(given.create(name).answer).toMatchObject({ topics: [{ error: 'NONE', topicId: index + 1 }] })
    given.kill(CONTROLLER)
    given.startController()
  }
  expect(given.controller.image.topics.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
})

test('brokers that stay get its image, and need not register again', () => {
  const given = new GivenController([1, 2])
  given.kill(CONTROLLER)
  const before = given.images(1).length
  given.startController()
  expect(given.images(1).length).toBe(before + 1)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('a broker that ended meanwhile is found out and started again', () => {
  const given = new GivenController([1, 2])
  given.create('orders', { replicationFactor: 2 })
  given.kill(CONTROLLER)
  given.kill('broker-1')
  given.startController()
  expect([given.controller.image.activeBrokers, given.partition().leader]).toEqual([[2], 2])
  expect(given.asked).toEqual(['restart 1'])
})

test('a broker that was ended on purpose stays down', () => {
  const given = new GivenController([1, 2])
  given.controller.expectEnd(1)
  given.kill('broker-1')
  given.kill(CONTROLLER)
  given.startController()
  expect(given.asked).toEqual([])
})

test('a broker that was fenced for its silence comes back to the next controller', () => {
  const given = new GivenController([1, 2])
  given.silent.add(1)
  given.passLooks(5)
  given.kill(CONTROLLER)
  given.startController()
  expect(given.controller.image.activeBrokers).toEqual([2])
  given.silent.delete(1)
  given.passLooks(2)
  expect(given.controller.image.activeBrokers).toEqual([1, 2])
})

test('a request that the controller took with it may be made again', () => {
  const given = new GivenController([1, 2])
  given.slow.add(2)
  expect(given.create('orders').answer).toBeUndefined()
  given.kill(CONTROLLER)
  given.slow.delete(2)
  given.startController()
  expect(given.create('orders').answer).toMatchObject({ topics: [{ error: 'TOPIC_ALREADY_EXISTS' }] })
})
