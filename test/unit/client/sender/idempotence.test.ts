import { expect, test } from 'vitest'
import { GivenSender } from './given-sender.js'

const LARGE = 'x'.repeat(900)
const idempotent = (options = {}): GivenSender =>
  new GivenSender({ 'enable.idempotence': true, acks: -1, ...options }).connect()

/** Each in a batch of its own. */
function append(sender: GivenSender, ...names: readonly string[]): void {
  for (const name of names) sender.append(0, `${name}${LARGE}`)
  sender.settle()
}

/** One that the broker knows already, by one record. */
function known(options = {}): GivenSender {
  const sender = idempotent(options)
  append(sender, '-')
  sender.answer()
  sender.reports()
  return sender
}

const namesAt = (sender: GivenSender): string[] =>
  sender.valuesAt().map((values) => values.map((value) => value[0]).join(''))

test('nothing is sent before the producer has its id, for which it asks until there is one', () => {
  const sender = new GivenSender({ 'enable.idempotence': true, 'retry.backoff.ms': 100 })
  sender.identifies = false
  sender.connect()
  append(sender, 'a')
  sender.pass(100)
  expect(sender.produces()).toEqual([])
  sender.identifies = true
  sender.pass(100)
  expect(namesAt(sender)).toEqual(['a'])
})

test('records are counted by partition, in the order in which they leave', () => {
  const sender = idempotent()
  for (const value of ['a', 'b', 'c']) sender.append(0, value)
  sender.append(1, 'd')
  sender.settle()
  expect(sender.countsAt().sort()).toEqual(['0/0', '0/0'])
  sender.answer()
  sender.append(0, 'e')
  sender.settle()
  expect(sender.countsAt()).toEqual(['0/3'])
})

test('a retry is counted as the first attempt was', () => {
  const sender = idempotent()
  append(sender, 'a')
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  sender.pass(200)
  expect([namesAt(sender), sender.countsAt()]).toEqual([['a'], ['0/0']])
})

test('batches behind one that is sent again wait, and then go in their order', () => {
  const sender = known()
  append(sender, 'a', 'b', 'c', 'd')
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  for (let behind = 0; behind < 3; behind++) sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  const seen: string[] = []
  for (let turns = 0; turns < 10; turns++) {
    sender.pass(200)
    seen.push(...namesAt(sender).map((name, index) => `${name} ${sender.countsAt()[index]}`))
    if (sender.produces().length > 0) sender.answer()
  }
  expect(seen).toEqual(['a 0/1', 'b 0/2', 'c 0/3', 'd 0/4'])
  expect(sender.reports().map(({ error }) => error)).toEqual(['NONE', 'NONE', 'NONE', 'NONE'])
})

test('a batch that is sent again is alone on its way: where the producer was forgotten, one behind it would be taken', () => {
  const sender = known()
  append(sender, 'a', 'b', 'c')
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  for (let behind = 0; behind < 2; behind++) sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  const { requests } = sender.counters.totals()
  sender.pass(200)
  expect([namesAt(sender), sender.counters.totals().requests - requests]).toEqual([['a'], 1])
  sender.answer()
  expect([namesAt(sender), sender.counters.totals().requests - requests]).toEqual([['b'], 2])
})

test('nothing follows the first batch of a partition before it is acknowledged: a broker that does not know the producer would take it', () => {
  const sender = idempotent()
  append(sender, 'a', 'b', 'c')
  expect(sender.counters.totals().requests).toBe(1)
  sender.answer()
  expect(sender.counters.totals().requests).toBe(3)
})

test('after a rest in which the broker may have forgotten the producer, the first batch is alone on its way again', () => {
  const sender = known()
  sender.pass(1_001)
  append(sender, 'a', 'b', 'c')
  const { requests } = sender.counters.totals()
  expect(namesAt(sender)).toEqual(['a'])
  sender.answer()
  expect(sender.counters.totals().requests - requests).toBe(2)
})

test('the first batch is alone on its way in a topic that was created again, whose leader knows no producer', () => {
  const sender = known()
  sender.append(1, 'x')
  sender.settle()
  sender.createAgain(1, 1)
  sender.answer(1, { error: 'UNKNOWN_TOPIC_OR_PARTITION' })
  sender.pass(200)
  sender.answer()
  append(sender, 'a', 'b', 'c')
  const { requests } = sender.counters.totals()
  expect(namesAt(sender)).toEqual(['a'])
  sender.answer()
  expect(sender.counters.totals().requests - requests).toBe(2)
})

test('a batch that an attempt before has written is reported as written', () => {
  const sender = idempotent()
  append(sender, 'a')
  sender.answer(1, { error: 'DUPLICATE_SEQUENCE_NUMBER' })
  expect(sender.reports()).toMatchObject([{ error: 'NONE', baseOffset: -1 }])
})

test('batches behind one that is refused for good are counted anew, in a new epoch', () => {
  const sender = known()
  append(sender, 'a', 'b')
  sender.answer(1, { error: 'MESSAGE_TOO_LARGE' })
  sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  sender.pass(200)
  expect([namesAt(sender), sender.countsAt()]).toEqual([['b'], ['1/0']])
})

test('other partitions go on in the new epoch, from 0, once what they had on its way is settled', () => {
  const sender = idempotent()
  sender.append(1, 'a')
  sender.settle()
  sender.answer()
  append(sender, 'b')
  sender.answer(1, { error: 'MESSAGE_TOO_LARGE' })
  sender.append(1, 'c')
  sender.settle()
  expect(sender.countsAt()).toEqual(['1/0'])
})

test('a broker that has lost what it had acknowledged is sent the rest in a new epoch', () => {
  const sender = idempotent()
  append(sender, 'a')
  sender.answer()
  append(sender, 'b')
  sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  sender.pass(200)
  expect([namesAt(sender), sender.countsAt()]).toEqual([['b'], ['1/0']])
})

test('the last offset that is known to be written does not go back when an older batch is acknowledged late', () => {
  const sender = known()
  append(sender, 'a', 'b')
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' })
  sender.answer()
  sender.pass(200)
  sender.answer()
  append(sender, 'c')
  sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  sender.pass(200)
  // The broker has lost what it had acknowledged: `c` was the next one.
  expect([namesAt(sender), sender.countsAt()]).toEqual([['c'], ['1/0']])
})

test('no batch leaves behind one that was given up until it is known whether that was written', () => {
  const sender = known({ 'delivery.timeout.ms': 1_000, 'retry.backoff.ms': 600, 'retry.backoff.max.ms': 600 })
  append(sender, 'a')
  sender.pass(900)
  append(sender, 'b')
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  sender.pass(200)
  expect(sender.reports()).toMatchObject([{ error: 'REQUEST_TIMED_OUT' }])
  sender.append(0, 'c')
  sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  const seen: string[] = []
  for (let turns = 0; turns < 10; turns++) {
    sender.pass(300)
    seen.push(...namesAt(sender).map((name, index) => `${name} ${sender.countsAt()[index]}`))
    if (sender.produces().length > 0) sender.answer()
  }
  expect(seen).toEqual(['b 1/0', 'c 1/1'])
})
