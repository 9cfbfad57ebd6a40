import { expect, test } from 'vitest'
import { parseBrokerOptions } from '../../../src/base/config/broker-options.js'
import { Broker } from '../../../src/broker/broker.js'
import { APIS } from '../../../src/protocol/api.js'
import { firstStart } from '../broker/given-broker.js'
import { GivenController } from '../controller/given-controller.js'

const broker = new Broker(1, parseBrokerOptions({}), firstStart())
const { controller } = new GivenController()
const inOrder = (names: Iterable<string>): readonly string[] => [...names].sort()

test('a broker serves what its table says of leaders and brokers, and passes on what is forwarded', () => {
  const expected = APIS.filter(({ servedBy, isForwarded }) => servedBy !== 'controller' || isForwarded)
  const served = [...broker.serves].filter((name) => APIS.some((api) => api.name === name))
  expect(inOrder(served)).toEqual(inOrder(expected.map(({ name }) => name)))
})

test('a broker serves three words that Kafka does not have', () => {
  const words = [...broker.serves].filter((name) => !APIS.some((api) => api.name === name))
  expect(inOrder(words)).toEqual(['AwaitBroker', 'AwaitRebalance', 'ReadNoMore'])
})

test('the controller serves what its table says of it', () => {
  const expected = APIS.filter(({ servedBy }) => servedBy === 'controller')
  const served = [...controller.serves].filter((name) => APIS.some((api) => api.name === name))
  expect(inOrder(served)).toEqual(inOrder(expected.map(({ name }) => name)))
})

test('the controller serves one word that Kafka does not have', () => {
  const words = [...controller.serves].filter((name) => !APIS.some((api) => api.name === name))
  expect(words).toEqual(['CreateInternalTopic'])
})

test("no two APIs have one of Kafka's numbers", () => {
  expect(new Set(APIS.map(({ key }) => key)).size).toBe(APIS.length)
})
