import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { seededRandom } from '../../../../src/base/random.js'
import { MemoryLoans } from '../../../../src/client/batches/memory-loans.js'
import { ProducerErrors } from '../../../../src/client/producer/producer-errors.js'
import { ProducerEvents } from '../../../../src/client/producer/producer-events.js'
import { ProducerFront } from '../../../../src/client/producer/producer-front.js'
import type { TopicState } from '../../../../src/client/producer/producer-topics.js'
import type { Response } from '../../../../src/protocol/api.js'
import { ScriptedActor } from '../../../support/scripted-actor.js'
import { Stage } from '../../../support/stage.js'
import { givenAccumulator } from '../batches/given-accumulator.js'
import { ordersMetadata, partitionMetadata } from '../given-metadata.js'

/** The application's half of a producer, and the sender that the test plays: it says this of `orders`. */
function givenFront(
  errors: ErrorCode[],
  options: Parameters<typeof parseProducerOptions>[0] = {},
): {
  stage: Stage
  front: ProducerFront
  append: (topic: TopicState) => string
} {
  const stage = new Stage()
  const said = ordersMetadata([partitionMetadata({ partition: 0, leader: -1 })])
  const answer = (): Response => {
    const error = errors.shift() ?? 'NONE'
    const nothing = { topicId: -1, isInternal: false, partitions: [] }
    return error === 'NONE' ? said : { ...said, topics: [{ error, name: 'orders', ...nothing }] }
  }
  const { accumulator, clock } = givenAccumulator()
  const parsed = parseProducerOptions({ 'retry.backoff.ms': 100, 'metadata.max.age.ms': 1000, ...options })
  const front = new ProducerFront({
    options: parsed,
    errors: new ProducerErrors(parsed),
    events: new ProducerEvents(() => {}),
    accumulator,
    loans: new MemoryLoans(),
    sender: 'sender-0',
    ownBell: { ring: () => {} },
    clock,
    random: seededRandom(1),
    partitioner: null,
  })
  stage.seat('sender-0', new ScriptedActor(answer))
  stage.seat('client-0', front)
  const append = (topic: TopicState): string => front.append(topic, null, 'v', null, 0, 5, null)
  return { stage, front, append }
}

test('records of a partition without a leader are taken: the sender waits for one', () => {
  const { stage, front, append } = givenFront([])
  const topic = front.topic('orders')
  stage.settle()
  expect(append(topic)).toBe('appended')
})

test('an error that passes is not an answer: the topic is asked for again after retry.backoff.ms', () => {
  const { stage, front, append } = givenFront(['NOT_CONTROLLER', 'LEADER_NOT_AVAILABLE'])
  const topic = front.topic('orders')
  stage.settle()
  stage.pass(100)
  expect(append(topic)).toBe('unknown')
  stage.pass(99)
  expect(append(topic)).toBe('unknown')
  stage.pass(1)
  expect(append(topic)).toBe('appended')
})

test('an error that passes takes nothing back that is known', () => {
  const { stage, front, append } = givenFront(['NONE', 'NOT_CONTROLLER'])
  const topic = front.topic('orders')
  stage.settle()
  stage.pass(1000)
  expect([append(topic), topic.error]).toEqual(['appended', 'NONE'])
})

test('a topic that nobody knows is told at once', () => {
  const { stage, front, append } = givenFront(['UNKNOWN_TOPIC_OR_PARTITION'])
  const topic = front.topic('orders')
  stage.settle()
  expect(() => append(topic)).toThrow('UNKNOWN_TOPIC_OR_PARTITION')
})
