import { expect, test } from 'vitest'
import { nextUncaught } from '../../support/uncaught.js'
import { GivenProducer } from './given-producer.js'

const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test("an exception of a delivery callback is the program's, and the producer goes on", async () => {
  const given = new GivenProducer()
  const { producer } = given
  given.front.topic('orders')
  given.settle()
  const thrown = new Error('thrown by the callback')
  const partitions: number[] = []
  for (const partition of [0, 1]) {
    producer.produce({ topic: 'orders', value: 'v', partition }, () => {
      partitions.push(partition)
      if (partition === 0) throw thrown
    })
  }
  const uncaught = nextUncaught()
  given.report(0)
  given.report(1)
  expect(await uncaught).toBe(thrown)
  expect(partitions).toEqual([0, 1])
  await producer.close()
})

test('an exception of a listener keeps no other from hearing it', async () => {
  const given = new GivenProducer()
  const heard: string[] = []
  given.producer.on('undelivered', () => {
    throw new Error('thrown by the listener')
  })
  given.producer.on('undelivered', ({ error }) => heard.push(error))
  given.front.topic('orders')
  given.settle()
  given.producer.produce({ topic: 'orders', value: 'v' })
  const uncaught = nextUncaught()
  given.report(0, 'MESSAGE_TOO_LARGE')
  expect(await uncaught).toEqual(new Error('thrown by the listener'))
  expect(heard).toEqual(['MESSAGE_TOO_LARGE'])
  await given.producer.close()
})

test('a flush that a callback asks for waits for every batch that is under way', async () => {
  const given = new GivenProducer()
  given.front.topic('orders')
  given.settle()
  let isFlushed = false
  const flush = (): void => void given.producer.flush().then(() => (isFlushed = true))
  given.producer.produce({ topic: 'orders', value: 'v', partition: 0 }, flush)
  given.producer.produce({ topic: 'orders', value: 'v', partition: 1 })
  given.report(0)
  await turns()
  expect(isFlushed).toBe(false)
  given.report(1)
  await turns()
  expect(isFlushed).toBe(true)
})

test('all who were refused wait for one drain, and whoever was not does not wait', async () => {
  const given = new GivenProducer()
  await given.producer.drained()
  expect(given.producer.produce({ topic: 'orders', value: 'v' })).toBe(false)
  const waiting = Array.from({ length: 20 }, () => given.producer.drained())
  given.settle()
  await Promise.all(waiting)
  expect([given.front.listenerCount('drain'), given.producer.produce({ topic: 'orders', value: 'v' })]).toEqual([
    0,
    true,
  ])
})
