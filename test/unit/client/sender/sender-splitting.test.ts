import { describe, expect, test } from 'vitest'
import type { ProducerOptions } from '../../../../src/base/config/producer-options.js'
import { PART_RESULTS_MAX } from '../../../../src/client/batches/part-results.js'
import { GivenSender } from './given-sender.js'

const TOO_LARGE = { error: 'MESSAGE_TOO_LARGE' } as const

/** A sender whose broker takes no batch above so many bytes; `written` is what it takes, in its order. */
function givenLimit(bytesMax: number, options: Partial<ProducerOptions> = {}, sizes = {}) {
  const sender = new GivenSender({ 'linger.ms': 10, ...options }, sizes).connect()
  const written: string[][] = []
  const serve = (): void => {
    for (let turn = 0; turn < 50 && sender.produces().length > 0; turn++) {
      const { bytes } = sender.produces()[0]!.body.batches[0]!
      const [values] = sender.valuesAt()
      if (bytes > bytesMax) sender.answer(1, TOO_LARGE)
      else {
        sender.answer(1, { baseOffset: 100 + written.flat().length })
        written.push(values!)
      }
    }
  }
  return { sender, written, serve }
}

function append(sender: GivenSender, values: readonly string[]): void {
  for (const value of values) sender.append(0, value)
  sender.pass(10)
}

const PART = { error: 'NONE', baseOffset: 0, logAppendTimeMs: -1, sends: 1, bytes: 70, uncompressedBytes: 70 } as const
const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const LINES = LETTERS.map((letter) => letter.repeat(90))

describe.each([
  ['uncompressed', 'none'],
  ['compressed', 'gzip'],
] as const)('a batch of several records that is too large (%s)', (_how, type) => {
  test.each([[true], [false]])('is split until the broker takes it (idempotent: %s)', (isIdempotent) => {
    const acks = isIdempotent ? -1 : 1
    const bytesMax = type === 'none' ? 300 : 115
    const { sender, written, serve } = givenLimit(bytesMax, {
      'compression.type': type,
      'enable.idempotence': isIdempotent,
      acks,
    })
    append(sender, LINES)
    serve()
    expect(written.flat()).toEqual(LINES)
    expect(written.length).toBeGreaterThan(1)
    // Each part says where it is, and no attempt was counted.
    expect(sender.reports().map(({ error }) => error)).toEqual(written.map(() => 'NONE'))
    expect(sender.counters.totals()).toMatchObject({ batches: 1, retries: 0, splits: written.length - 1 })
  })
})

test('each part is reported with the offset that it has', () => {
  const { sender, written, serve } = givenLimit(500)
  append(sender, LINES)
  serve()
  expect([written.map(({ length }) => length), sender.reports().map(({ baseOffset }) => baseOffset)]).toEqual([
    [4, 4],
    [100, 104],
  ])
})

test('nothing is reported before all parts are settled', () => {
  const { sender } = givenLimit(0)
  append(sender, LINES)
  sender.answer(1, TOO_LARGE)
  sender.answer(1, { baseOffset: 7 })
  expect(sender.reports()).toEqual([])
  sender.answer(1, { error: 'INVALID_RECORD' })
  expect(sender.reports()).toEqual([
    { partition: 0, error: 'NONE', baseOffset: 7 },
    { partition: 0, error: 'INVALID_RECORD', baseOffset: -1 },
  ])
})

test('the outcomes of parts wait for room, and are reported when the application has made it', () => {
  const { sender, serve } = givenLimit(500)
  const { partResults, reports } = sender.given.shared
  const { written } = reports
  const taken = Array(PART_RESULTS_MAX).fill({ ...PART, recordCount: 1 })
  partResults.write(taken)
  append(sender, LINES)
  serve()
  expect(reports.written).toBe(written)

  partResults.take(taken.length)
  sender.settle()
  expect(sender.reports()).toHaveLength(2)
})

test('a batch that falls into more parts than are told of at once is told of in several pieces', () => {
  const parts = 2 * PART_RESULTS_MAX + 500
  const { sender, written, serve } = givenLimit(
    75,
    { 'max.in.flight.requests.per.connection': 1 },
    { batchBytes: 2 ** 20, bufferBytes: 2 ** 21 },
  )
  append(sender, Array(parts).fill('v'))
  for (let turn = 0; turn < 200; turn++) serve()
  const settled: number[] = []
  const note = ({ baseOffset }: { baseOffset: number }): void => void settled.push(baseOffset)
  let pieces = 0
  for (; settled.length < parts && pieces < 10; pieces++) {
    sender.given.accumulator.takeReports(note)
    sender.settle()
  }
  expect([pieces, written.length]).toEqual([3, parts])
  expect(settled).toEqual(Array.from({ length: parts }, (_, index) => 100 + index))
})

test('a record that is too large by itself fails alone', () => {
  const { sender, written, serve } = givenLimit(400)
  const values = ['a', 'b', 'x'.repeat(500), 'c', 'd']
  append(sender, values)
  serve()
  expect(written.flat()).toEqual(['a', 'b', 'c', 'd'])
  expect(sender.reports().filter(({ error }) => error !== 'NONE')).toEqual([
    { partition: 0, error: 'MESSAGE_TOO_LARGE', baseOffset: -1 },
  ])
})

test('the parts take the place and the sequences of their batch, before those behind it', () => {
  const sender = new GivenSender({ 'enable.idempotence': true, acks: -1, 'linger.ms': 10 }).connect()
  append(sender, ['first'])
  sender.answer()
  for (const name of ['a', 'b'])
    for (let record = 0; record < 4; record++) sender.append(0, `${name}${record}${'-'.repeat(200)}`)
  sender.pass(10)
  sender.answer(1, TOO_LARGE)
  sender.answer(1, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  const seen: string[] = []
  for (let turn = 0; turn < 6; turn++) {
    sender.pass(200)
    if (sender.produces().length === 0) continue
    seen.push(
      `${sender.countsAt()[0]} ${sender
        .valuesAt()[0]!
        .map((value) => value.slice(0, 2))
        .join(' ')}`,
    )
    sender.answer()
  }
  expect(seen).toEqual(['0/1 a0 a1', '0/3 a2 a3', '0/5 b0 b1 b2 b3'])
})

test('a part is given up with delivery.timeout.ms, counted from the first record of its batch', () => {
  const sender = new GivenSender({
    'linger.ms': 10,
    'delivery.timeout.ms': 500,
    'max.in.flight.requests.per.connection': 1,
  }).connect()
  append(sender, LINES)
  sender.answer(1, TOO_LARGE)
  sender.pass(490)
  sender.answer(1, { error: 'NOT_ENOUGH_REPLICAS' })
  expect(sender.reports().map(({ error }) => error)).toEqual(['REQUEST_TIMED_OUT', 'REQUEST_TIMED_OUT'])
})

test('the memory of parts is used again', () => {
  const sender = new GivenSender({ 'linger.ms': 10 }).connect()
  const memoryIds = new Set<number>()
  for (let round = 0; round < 10; round++) {
    append(sender, LINES)
    sender.answer(1, TOO_LARGE)
    for (; sender.produces().length > 0; sender.answer()) memoryIds.add(sender.produces()[0]!.body.batches[0]!.memoryId)
    sender.reports()
  }
  expect([...memoryIds].sort()).toEqual([2, 3])
})
