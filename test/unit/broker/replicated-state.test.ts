import { expect, test } from 'vitest'
import { LOAD_BYTES_PER_TURN } from '../../../src/broker/replicated-state.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { ATTRIBUTES_AT, GZIP } from '../../../src/record/layout.js'
import { GivenCounters, TIMEOUT_MS } from './given-counters.js'

test('a reply is held until the high watermark has passed its record', () => {
  const given = new GivenCounters()
  const asked = given.askAlone(1, 'a')
  expect([asked.answer, given.replicas.at(1).log.logEndOffset]).toEqual([undefined, 1])
  given.replicas.stage.settle()
  expect(asked.answer).toBe(1)
})

test('a reply without records is held while what it tells of is not committed', () => {
  const given = new GivenCounters()
  given.askAlone(1, 'a')
  const read = given.askAlone(1, 'a', 'read')
  expect(read.answer).toBeUndefined()
  given.replicas.stage.settle()
  expect(read.answer).toBe(1)
})

test('a reply that tells of committed records alone is given at once', () => {
  const given = new GivenCounters()
  given.ask(1, 'a')
  expect(given.askAlone(1, 'a', 'read').answer).toBe(1)
})

test('a state decides upon what it has decided before, committed or not', () => {
  const given = new GivenCounters()
  const asked = ['a', 'b', 'a'].map((name) => given.askAlone(1, name))
  given.replicas.stage.settle()
  expect(asked.map(({ answer }) => answer)).toEqual([1, 1, 2])
})

test('a broker that does not lead is not the coordinator', () => {
  const given = new GivenCounters()
  expect(given.ask(2, 'a')).toBe('NOT_COORDINATOR')
})

test('replies that are held fail when another broker leads', () => {
  const given = new GivenCounters()
  const asked = [given.askAlone(1, 'a'), given.askAlone(1, 'b')]
  given.replicas.elect(2, [1, 2, 3])
  expect(asked.map(({ answer }) => answer)).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR'])
  expect(given.lives(1)).toEqual(['load unload'])
})

test('a record that a leader had replayed and its successor has not is not there when it leads again', () => {
  const given = new GivenCounters()
  given.ask(1, 'a')
  given.askAlone(1, 'a')
  given.replicas.elect(2, [1, 2, 3])
  expect(given.ask(2, 'b')).toBe(1)
  given.replicas.elect(1, [1, 2, 3])
  given.replicas.stage.settle()
  expect([given.ask(1, 'a', 'read'), given.ask(1, 'b', 'read'), given.ask(1, 'a')]).toEqual([1, 1, 2])
})

test('a successor knows all that was answered by a leader that was killed', () => {
  const given = new GivenCounters()
  expect([given.ask(1, 'a'), given.ask(1, 'a')]).toEqual([1, 2])
  given.replicas.kill(1)
  given.replicas.elect(2, [2, 3])
  given.replicas.stage.settle()
  expect(given.ask(2, 'a')).toBe(3)
})

test('a leader that is started again reads its state from what it has left', () => {
  const given = new GivenCounters()
  given.ask(1, 'a')
  given.replicas.kill(1)
  given.replicas.start(1)
  given.replicas.elect(1, [1, 2, 3])
  const asked = given.askLater(1, 'a')
  for (let passed = 0; passed < 10; passed++) given.replicas.stage.pass(100)
  expect(asked.answer).toBe(2)
})

test('a leader whose leader epoch is new loads its state anew, though it led before', () => {
  const given = new GivenCounters()
  const asked = given.askAlone(1, 'a')
  given.replicas.elect(1, [1, 2, 3])
  given.replicas.stage.settle()
  expect([asked.answer, given.lives(1)]).toEqual(['NOT_COORDINATOR', ['load unload', 'load']])
  expect(given.ask(1, 'a')).toBe(2)
})

test('replies that are held fail when their topic is deleted', () => {
  const given = new GivenCounters()
  const asked = given.askAlone(1, 'a')
  given.replicas.deleteTopic()
  expect([asked.answer, given.ask(1, 'a')]).toEqual(['NOT_COORDINATOR', 'NOT_COORDINATOR'])
})

test('a long log is loaded in many turns, in which the state refuses requests for now', () => {
  const given = new GivenCounters({ 'log.segment.bytes': 2 ** 17 })
  const long = 'x'.repeat(10_000)
  const count = Math.ceil((20 * LOAD_BYTES_PER_TURN) / long.length)
  for (let index = 0; index < count; index++) given.ask(1, long)
  given.replicas.elect(2, [1, 2, 3])
  const answers: unknown[] = []
  while (typeof answers.at(-1) !== 'number') answers.push(given.askAlone(2, long, 'read').answer)
  given.replicas.stage.settle()
  expect(new Set(answers)).toEqual(new Set(['COORDINATOR_LOAD_IN_PROGRESS', count]))
  expect(answers.length).toBeGreaterThan(5)
})

test('nothing is decided while fewer replicas are in sync than the minimum', () => {
  const given = new GivenCounters()
  given.replicas.publish({ isr: [1] })
  expect([given.ask(1, 'a'), given.replicas.at(1).log.logEndOffset]).toEqual(['COORDINATOR_NOT_AVAILABLE', 0])
})

test('a reply that is held for too long is given up, and its record may still be committed', () => {
  const given = new GivenCounters({ 'replica.lag.time.max.ms': 10 * TIMEOUT_MS })
  for (const id of [2, 3]) given.replicas.stage.cut(`broker-${id}`, 'broker-1')
  const asked = given.askAlone(1, 'a')
  given.replicas.stage.pass(TIMEOUT_MS - 1)
  expect(asked.answer).toBeUndefined()
  given.replicas.stage.pass(1)
  expect(asked.answer).toBe('COORDINATOR_NOT_AVAILABLE')
  for (const id of [2, 3]) given.replicas.stage.heal(`broker-${id}`, 'broker-1')
  given.replicas.stage.pass(1_000)
  expect(given.ask(1, 'a', 'read')).toBe(1)
})

test('a record that is larger than the topic allows fails, and leaves no trace', () => {
  const given = new GivenCounters({}, { 'max.message.bytes': 1_000 })
  expect(given.ask(1, 'x'.repeat(1_000))).toBe('UNKNOWN_SERVER_ERROR')
  expect([given.ask(1, 'a'), given.replicas.at(1).log.logEndOffset]).toEqual([1, 1])
})

test('a state whose log cannot be read is not a coordinator, and its broker lives on', () => {
  const given = new GivenCounters()
  given.ask(1, 'a')
  const memory = buildBatch([{ value: 'not compressed, though the batch says so' }])
  memory.view.setInt16(ATTRIBUTES_AT, GZIP)
  given.replicas.client().produce({ 0: memory })
  given.replicas.stage.settle()
  expect([given.ask(1, 'a'), given.ask(1, 'a'), given.replicas.isUp(1)]).toEqual([
    'NOT_COORDINATOR',
    'NOT_COORDINATOR',
    true,
  ])
})

test('records that somebody else has appended are replayed before the next decision', () => {
  const given = new GivenCounters()
  given.ask(1, 'a')
  const records = [{ value: 'no counter' }, { key: 'a', value: '2' }]
  given.replicas.client().produce({ 0: buildBatch(records) })
  expect([given.ask(1, 'a'), given.replicas.at(1).log.logEndOffset]).toEqual([3, 4])
})
