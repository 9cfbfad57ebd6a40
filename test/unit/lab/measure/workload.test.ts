import { expect, test } from 'vitest'
import { configOf, DEFAULT_WORKLOAD, definitionsOf, optionsByPart } from '../../../../src/lab/measure/workload.js'

const workload = (options: Record<string, number | string | boolean>, shape = {}) => ({
  ...DEFAULT_WORKLOAD,
  ...shape,
  options,
})

test('an option goes to every part that knows it', () => {
  const { producer, consumer, topic, broker } = optionsByPart(
    workload({ 'request.timeout.ms': 100, 'batch.size': 1, 'odradek.log.full': 'delete', 'num.partitions': 3 }),
  )
  expect(producer).toEqual({ 'request.timeout.ms': 100, 'batch.size': 1 })
  expect(consumer).toMatchObject({ 'request.timeout.ms': 100 })
  expect(topic).toMatchObject({ 'odradek.log.full': 'delete' })
  expect(broker).toEqual({ 'odradek.log.full': 'delete', 'num.partitions': 3 })
  expect(definitionsOf('request.timeout.ms')).toHaveLength(2)
})

test('unless told otherwise, the log is small and blocks, and everything is read from its start', () => {
  const { topic, consumer } = optionsByPart(workload({}))
  expect(topic).toMatchObject({ 'odradek.log.full': 'block', 'retention.bytes': 64 * 2 ** 20 })
  expect(consumer).toEqual({ 'auto.offset.reset': 'earliest' })
  const many = optionsByPart(workload({}, { partitions: 8 }))
  expect(many.topic).toMatchObject({ 'retention.bytes': 8 * 2 ** 20 })
})

test('a segment size that was given is not mixed with a log size of our own', () => {
  const { topic } = optionsByPart(workload({ 'segment.bytes': 1_024 }))
  expect(topic).toEqual({ 'odradek.log.full': 'block', 'segment.bytes': 1_024 })
})

test('a config begins with batch.size, linger.ms and acks, has all options that were given, and the shape of the run', () => {
  expect(configOf(workload({ acks: 1, 'min.insync.replicas': 2 }, { rate: 10_000 }))).toEqual({
    'batch.size': 16_384,
    'linger.ms': 0,
    acks: '1',
    'min.insync.replicas': 2,
    brokers: 1,
    partitions: 1,
    'replication.factor': 1,
    producers: 1,
    consumers: 1,
    recordSize: 100,
    rate: 10_000,
    api: 'produce',
    handler: 'module',
  })
})

test('acks reads as Kafka writes it, and calls of send have their shape in the config', () => {
  expect(configOf(workload({ acks: -1 })).acks).toBe('all')
  expect(configOf(workload({ acks: 0 })).acks).toBe('0')
  expect(configOf(workload({}, { api: 'send' }))).toMatchObject({ recordsPerCall: 100, outstanding: 8 })
})
