import { expect, test } from 'vitest'
import type { Request, Response, ResponseOf } from '../../../../src/protocol/api.js'
import type { Asked } from '../../../support/scripted-actor.js'
import { GivenBroker, ordersOf } from '../given-broker.js'
import { GivenGroups, offsetsTopic } from './given-groups.js'

const find = (...coordinatorKeys: string[]): Request => ({ api: 'FindCoordinator', keyType: 0, coordinatorKeys })
const nodesOf = (answer: unknown): (string | number)[][] =>
  (answer as ResponseOf<'FindCoordinator'>).coordinators.map(({ key, nodeId, errorCode }) => [key, nodeId, errorCode])
const NOT_THERE = ['g', -1, 'COORDINATOR_NOT_AVAILABLE']

// Utils.abs(String.hashCode) mod 50, as Kafka's GroupCoordinatorService.partitionFor says.
test.each([
  ['test', 48],
  ['my-group', 12],
  ['group-1', 49],
  ['', 0],
  // Its hash is the smallest integer, which has no absolute value.
  ['polygenelubricants', 0],
])('the coordinator of the group %j leads partition %i of 50', (key, partition) => {
  const leaders = Array.from({ length: 50 }, (_, index) => (index === partition ? 2 : 1))
  const { client } = new GivenGroups(leaders)
  expect(nodesOf(client.ask(find(key)).answer)).toEqual([[key, 2, 'NONE']])
})

test('the topic says how many partitions there are, and not the option', () => {
  const groups = ['a', 'b', 'c', 'd'].map((key) => [key, [2, 1, 2][key.charCodeAt(0) % 3], 'NONE'])
  const { client } = new GivenGroups([2, 1, 2])
  expect(nodesOf(client.ask(find('a', 'b', 'c', 'd')).answer)).toEqual(groups)
})

test('a group whose partition has no leader, or a leader that is not alive, has no coordinator', () => {
  const leaderless = new GivenGroups([-1])
  expect(nodesOf(leaderless.client.ask(find('g')).answer)).toEqual([NOT_THERE])
  const elsewhere = new GivenGroups([3])
  expect(nodesOf(elsewhere.client.ask(find('g')).answer)).toEqual([NOT_THERE])
})

test.each([
  [1, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
  [2, 'INVALID_REQUEST'],
  [3, 'INVALID_REQUEST'],
])('nothing but a group has a coordinator, and what has type %i is refused with %s', (keyType, error) => {
  const { client } = new GivenGroups()
  const answer = client.ask({ api: 'FindCoordinator', keyType, coordinatorKeys: ['t'] }).answer
  expect(nodesOf(answer)).toEqual([['t', -1, error]])
})

/** A broker without the topic, and a controller that answers when the test says. */
function givenNoTopic(): { broker: GivenBroker; created: () => number; answer: (response: Response) => void } {
  const broker = new GivenBroker()
  broker.publish(ordersOf())
  const created = (): number => broker.controller.unanswered('CreateInternalTopic').length
  const answer = (response: Response): void => {
    broker.controller.answerWhere((body) => (body.api === 'CreateInternalTopic' ? response : null))
    broker.stage.settle()
  }
  return { broker, created, answer }
}

test('the first questions have the topic created once, and wait for it', () => {
  const { broker, created, answer } = givenNoTopic()
  const asked = [broker.client(), broker.client()].map((client): Asked => client.ask(find('g')))
  expect([created(), ...asked.map((one) => one.answer)]).toEqual([1, undefined, undefined])

  broker.publish(ordersOf(), offsetsTopic())
  answer({ api: 'CreateInternalTopic', error: 'NONE', says: '' })

  expect(asked.map((one) => nodesOf(one.answer))).toEqual(Array(2).fill([['g', 1, 'NONE']]))
  expect(created()).toBe(0)
})

test('a topic that cannot be created leaves groups without a coordinator, and the next question tries again', () => {
  const { broker, created, answer } = givenNoTopic()
  const asked = broker.client().ask(find('g'))
  answer({ api: 'CreateInternalTopic', error: 'INVALID_REPLICATION_FACTOR', says: 'too few brokers' })
  expect(nodesOf(asked.answer)).toEqual([NOT_THERE])
  broker.client().ask(find('g'))
  expect(created()).toBe(1)
})

test('a controller that ends in the middle leaves groups without a coordinator', () => {
  const { broker } = givenNoTopic()
  const asked = broker.client().ask(find('g'))
  broker.stage.kill('controller-0')
  expect(nodesOf(asked.answer)).toEqual([NOT_THERE])
})
