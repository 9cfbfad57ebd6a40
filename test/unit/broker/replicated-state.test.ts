import { expect, test } from 'vitest'
import { LOAD_BYTES_PER_TURN } from '../../../src/broker/replicated-state.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { ATTRIBUTES_AT, GZIP } from '../../../src/record/layout.js'
import { PATIENCE_MS, PUT_OFF } from '../../support/counters.js'
import { TIMEOUT_MS } from '../../support/hosted-counters.js'
import { GivenCounters } from './given-counters.js'

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
  const refusals = given.pester(2, long, () => given.replicas.elect(2, [1, 2, 3]))
  const loading = refusals.filter((answer) => answer === 'COORDINATOR_LOAD_IN_PROGRESS')
  expect(loading.length).toBeGreaterThan(5)
  expect(given.ask(2, long, 'read')).toBe(count)
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
  const records = [{ value: 'no counter' }, { key: 'a', value: '{"value":2,"isOpen":false}' }]
  given.replicas.client().produce({ 0: buildBatch(records) })
  expect([given.ask(1, 'a'), given.replicas.at(1).log.logEndOffset]).toEqual([3, 4])
})

test('a parked request is replied to by the decision that it waits for', () => {
  const given = new GivenCounters()
  const [parked, other] = [given.askLater(1, 'a', 'next'), given.askLater(1, 'b', 'next')]
  given.replicas.stage.settle()
  expect([parked.answer, other.answer]).toEqual([undefined, undefined])
  expect([given.ask(1, 'a'), parked.answer, other.answer]).toEqual([2, 2, undefined])
})

test('a reply to a parked request is held until what it tells of is committed', () => {
  const given = new GivenCounters()
  const parked = given.askLater(1, 'a', 'next')
  given.replicas.stage.settle()
  given.askAlone(1, 'a')
  expect(parked.answer).toBeUndefined()
  given.replicas.stage.settle()
  expect(parked.answer).toBe(2)
})

test('a timer of a state writes records, and replies to whoever is parked', () => {
  const given = new GivenCounters()
  const parked = given.askLater(1, 'a', 'next')
  given.replicas.stage.settle()
  given.replicas.stage.pass(PATIENCE_MS - 1)
  expect([parked.answer, given.ask(1, 'a', 'read')]).toEqual([undefined, 1])
  given.replicas.stage.pass(1)
  expect([parked.answer, given.ask(1, 'a', 'read')]).toEqual([2, 2])
})

test('timers that are due at once are served one after the other', () => {
  const given = new GivenCounters()
  const parked = ['a', 'b', 'c'].map((name) => given.askLater(1, name, 'next'))
  given.replicas.stage.settle()
  given.replicas.stage.pass(PATIENCE_MS)
  expect(parked.map(({ answer }) => answer)).toEqual([2, 2, 2])
})

test('requests that are parked fail when another broker leads, and its timers begin anew', () => {
  const given = new GivenCounters()
  const parked = given.askLater(1, 'a', 'next')
  given.replicas.stage.settle()
  given.replicas.stage.pass(PATIENCE_MS - 1)
  given.replicas.elect(2, [1, 2, 3])
  expect(parked.answer).toBe('NOT_COORDINATOR')
  given.replicas.stage.pass(PATIENCE_MS - 1)
  expect(given.ask(2, 'a', 'read')).toBe(1)
  given.replicas.stage.pass(1)
  expect([given.ask(2, 'a', 'read'), given.replicas.at(1).log.logEndOffset]).toEqual([2, 2])
})

test('requests that are parked fail when their topic is deleted', () => {
  const given = new GivenCounters()
  const parked = given.askLater(1, 'a', 'next')
  given.replicas.stage.settle()
  given.replicas.deleteTopic()
  expect(parked.answer).toBe('NOT_COORDINATOR')
})

test('a state takes back what it has begun for records that were refused, and puts off whoever was parked', () => {
  const given = new GivenCounters()
  const parked = given.askLater(1, 'a', 'next')
  given.replicas.stage.settle()
  given.replicas.publish({ isr: [1] })
  const refused = given.askLater(1, 'a', 'next')
  given.replicas.stage.settle()
  expect([parked.answer, refused.answer]).toEqual([PUT_OFF, 'COORDINATOR_NOT_AVAILABLE'])
  given.replicas.publish({ isr: [1, 2, 3] })
  expect([given.ask(1, 'a'), refused.answer]).toEqual([2, 'COORDINATOR_NOT_AVAILABLE'])
})

test('a timer whose records are refused is served again later, and not in every turn', () => {
  const given = new GivenCounters()
  given.ask(1, 'a', 'next')
  given.replicas.agrees = false
  given.replicas.publish({ isr: [1] })
  given.replicas.stage.pass(PATIENCE_MS)
  expect(given.replicas.stage.sleepMs('broker-1')).toBeGreaterThan(0)
  given.replicas.agrees = true
  given.replicas.publish({ isr: [1, 2, 3] })
  given.replicas.stage.pass(1_000)
  expect(given.ask(1, 'a', 'read')).toBe(2)
})

test('a connection that has ended is told nothing, and what was asked through it is done', () => {
  const given = new GivenCounters()
  const client = given.replicas.client()
  const parked = given.askLater(1, 'a', 'next', client.address)
  given.replicas.stage.settle()
  const held = given.askAlone(1, 'b', 'count', client.address)
  client.connection.close()
  given.replicas.stage.settle()
  expect([given.ask(1, 'a'), given.ask(1, 'b')]).toEqual([2, 2])
  expect([parked.answer, held.answer]).toEqual([undefined, undefined])
})

test('a state is told where each record stands in the log, when it writes and when it loads', () => {
  const given = new GivenCounters()
  for (const [type, name] of [
    ['count', 'a'],
    ['twice', 'b'],
    ['twice', 'a'],
  ] as const)
    given.ask(1, name, type)
  expect([given.ask(1, 'a', 'offset'), given.ask(1, 'b', 'offset')]).toEqual([4, 2])
  given.replicas.elect(2, [1, 2, 3])
  expect([given.ask(2, 'a', 'offset'), given.ask(2, 'b', 'offset')]).toEqual([4, 2])
})
