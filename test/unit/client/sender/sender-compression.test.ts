import { expect, test } from 'vitest'
import { GivenSender } from './given-sender.js'

const GZIP = { 'compression.type': 'gzip' } as const
const LARGE = 'x'.repeat(900)

const bytesAt = (sender: GivenSender): number[] =>
  sender.produces().flatMap(({ body }) => body.batches.map(({ bytes }) => bytes))

test('a batch is compressed once, in its own memory, and sent again as it is', () => {
  const sender = new GivenSender(GZIP).connect()
  sender.append(0, LARGE)
  sender.settle()
  const [first] = sender.produces()[0]!.body.batches
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  sender.pass(200)
  expect([sender.valuesAt(), sender.produces()[0]!.body.batches]).toEqual([[[LARGE]], [first]])
  expect([first!.memoryId, first!.bytes < 150]).toEqual([0, true])
})

test('a batch that compression would make larger is sent as it is', () => {
  const sender = new GivenSender(GZIP).connect()
  sender.append(0, 'a')
  sender.settle()
  expect([sender.valuesAt(), bytesAt(sender)]).toEqual([[['a']], [61 + 8]])
  expect(sender.counters.totals()).toMatchObject({ batches: 1, compressionRates: 1 })
})

test('a request takes as many compressed batches as fit into max.request.size', () => {
  const sender = new GivenSender({ ...GZIP, 'max.request.size': 400, 'linger.ms': 100 }).connect()
  for (const partition of [0, 1, 2]) sender.append(partition, LARGE)
  sender.pass(100)
  expect(bytesAt(sender).length).toBe(3)
})

// A new identity is written into the header, and the CRC is that of the compressed bytes.
test('a batch that is counted anew stays compressed', () => {
  const sender = new GivenSender({ ...GZIP, 'enable.idempotence': true, acks: -1, retries: 1 }).connect()
  sender.append(0, 'first')
  sender.settle()
  sender.answer()
  for (const name of ['a', 'b']) sender.append(0, `${name}${LARGE}`)
  sender.settle()
  sender.answer(1, { error: 'INVALID_RECORD' })
  sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  sender.pass(200)
  expect([sender.valuesAt(), sender.countsAt()]).toEqual([[[`b${LARGE}`]], ['1/0']])
  expect(bytesAt(sender)[0]).toBeLessThan(150)
})
