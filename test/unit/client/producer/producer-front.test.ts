import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { seededRandom } from '../../../../src/base/random.js'
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
    return error === 'NONE' ? said : { ...said, topics: [{ error, name: 'orders', topicId: -1, partitions: [] }] }
  }
  const { accumulator, clock } = givenAccumulator()
  const front = new ProducerFront({
    options: parseProducerOptions({ 'retry.backoff.ms': 100, 'metadata.max.age.ms': 1000, ...options }),
    accumulator: () => accumulator,
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

test('an error that passes is no answer: the topic is asked for again after retry.backoff.ms', () => {
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

const ENDS: Record<string, [attempts: number, retries: number, error: ErrorCode, name: string, says: string]> = {
  'expired and was never sent': [
    0,
    5,
    'REQUEST_TIMED_OUT',
    'TimeoutError',
    "2 record(s) for partition 3 of 'orders' have expired and were not sent: delivery.timeout.ms (120000 ms) has passed",
  ],
  'expired when it was to be sent again': [
    2,
    5,
    'REQUEST_TIMED_OUT',
    'TimeoutError',
    "partition 3 of 'orders' was sent 2 times and not acknowledged in time (delivery.timeout.ms is 120000 ms)",
  ],
  'was too late for a broker, and is sent once': [
    1,
    0,
    'REQUEST_TIMED_OUT',
    'TimeoutError',
    "partition 3 of 'orders' was sent once and not acknowledged in time (retries is 0)",
  ],
  'was refused the last time': [
    3,
    2,
    'NOT_LEADER_OR_FOLLOWER',
    'KafkaError',
    "partition 3 of 'orders' was not written: NOT_LEADER_OR_FOLLOWER (it was sent 3 times: retries is 2)",
  ],
  'was lost with its connection': [
    1,
    0,
    'NETWORK_EXCEPTION',
    'KafkaError',
    "partition 3 of 'orders' was not acknowledged: NETWORK_EXCEPTION (it was sent once: retries is 0), and whether it was written",
  ],
  'is sent no more, however many retries there are': [
    1,
    0,
    'MESSAGE_TOO_LARGE',
    'KafkaError',
    "partition 3 of 'orders' was not written: MESSAGE_TOO_LARGE",
  ],
}

test.each(Object.keys(ENDS))('the error says what ended a batch that %s', (end) => {
  const [attempts, retries, error, name, says] = ENDS[end]!
  const { front } = givenFront([], { retries })
  const report = { topic: 'orders', partition: 3, baseOffset: -1, logAppendTimeMs: -1, recordCount: 2 }
  const failure = front.errorOf({ ...report, error, attempts })
  expect([failure.name, failure.message]).toEqual([name, expect.stringContaining(says)])
  expect(failure.message.includes('retries')).toBe(says.includes('retries'))
})
