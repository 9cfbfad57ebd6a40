import { expect, test } from 'vitest'
import {
  BufferExhaustedError,
  ClosedError,
  ConfigError,
  KafkaError,
  RecordTooLargeError,
  SerializationError,
  TimeoutError,
  WorkerDiedError,
} from '../../../src/base/errors.js'

test("an error takes its retriability from its code's row", () => {
  expect(new KafkaError('NOT_LEADER_OR_FOLLOWER')).toMatchObject({ name: 'KafkaError', retriable: true })
  expect(new KafkaError('INVALID_REQUEST')).toMatchObject({ retriable: false })
})

test("an error without a message says its code's sentence", () => {
  expect(new KafkaError('TOPIC_ALREADY_EXISTS').message).toBe('A topic of this name exists already.')
})

test('every special error is a KafkaError with a name and a code of its own', () => {
  const errors = [
    new TimeoutError('late'),
    new BufferExhaustedError('full'),
    new SerializationError({ topic: 'orders', half: 'key' }, 'it is a number'),
    new ConfigError('acks', 'wrong'),
    new RecordTooLargeError('large'),
    new ClosedError('closed'),
    new WorkerDiedError('died'),
  ]
  for (const error of errors) expect(error).toBeInstanceOf(KafkaError)
  expect(errors.map((error) => [error.name, error.code, error.retriable])).toEqual([
    ['TimeoutError', 'REQUEST_TIMED_OUT', true],
    ['BufferExhaustedError', 'REQUEST_TIMED_OUT', true],
    ['SerializationError', 'INVALID_RECORD', false],
    ['ConfigError', 'INVALID_CONFIG', false],
    ['RecordTooLargeError', 'MESSAGE_TOO_LARGE', false],
    ['ClosedError', 'INVALID_REQUEST', false],
    ['WorkerDiedError', 'NETWORK_EXCEPTION', true],
  ])
})

test('a config error names its option', () => {
  expect(new ConfigError('batch.size', 'wrong').option).toBe('batch.size')
})
