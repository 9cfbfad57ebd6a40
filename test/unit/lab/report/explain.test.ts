import { describe, expect, test } from 'vitest'
import { type BatchesByReason, type BenchRun, refusedRun } from '../../../../src/lab/measure/bench-result.js'
import { explain } from '../../../../src/lab/report/explain.js'
import { madeUpRun } from './made-up-runs.js'

const NONE: BatchesByReason = { full: 0, linger: 0, flush: 0, memory: 0, close: 0 }
const idle: BenchRun['threads'] = { main: { busy: 0.3 }, 'sender-1': { busy: 0.2 }, 'broker-1': { busy: 0.2 } }
const lingering = {
  batchesByReason: { ...NONE, linger: 100 },
  batchBytesMean: 1_966,
  batchRecordsMean: 18,
  threads: idle,
}

describe('batches that left because linger passed', () => {
  test('say that the sender was waiting for records', () => {
    expect(explain(madeUpRun({}, lingering))).toBe(
      'Batches left because linger passed, 12 % full: the sender was waiting for records, not for the broker.',
    )
  })

  test('name the rate where the run was paced', () => {
    expect(explain(madeUpRun({ rate: 10_000 }, { ...lingering, recordsPerSecond: 9_990 }))).toContain(
      'waiting for records (the run was paced at 10.0 k records/s), not for the broker.',
    )
  })

  test('name the application where it could not make records faster', () => {
    expect(explain(madeUpRun({}, { ...lingering, threads: { main: { busy: 0.97 } } }))).toContain(
      'the sender was waiting for records, and the application was busy 97 % of the time.',
    )
  })

  test('do not clear the broker where all requests were in flight', () => {
    const sentence = explain(madeUpRun({}, { ...lingering, inFlightMean: 4.8 }))
    expect(sentence).toBe('Batches left because linger passed, 12 % full: the broker kept 4.80 of 5 requests waiting.')
  })

  test('say so when they were as good as full', () => {
    expect(explain(madeUpRun({}, { ...lingering, batchBytesMean: 16_000 }))).toContain(
      'came just too slowly to fill them',
    )
  })
})

describe('batches of linger.ms 0', () => {
  test('of one record each name the price of a request', () => {
    expect(explain(madeUpRun({ 'linger.ms': 0 }, { ...lingering, batchRecordsMean: 1.1 }))).toBe(
      'Batches left at once because linger.ms is 0, with a single record each: every record paid for a request of its own.',
    )
  })

  test('that grew anyway say what they grew behind', () => {
    const behindBroker = madeUpRun({ 'linger.ms': 0 }, { ...lingering, inFlightMean: 4.9 })
    expect(explain(behindBroker)).toContain(
      '12 % full: they grew only while the broker kept 4.90 of 5 requests waiting.',
    )
    expect(explain(madeUpRun({ 'linger.ms': 0 }, lingering))).toContain('each took the 18.0 records that had come')
  })
})

describe('full batches', () => {
  test.each([
    ['consumer-1', 'the consumer was busy 95 % of the time'],
    ['broker-2', 'the broker was busy 95 % of the time'],
    ['sender-1', 'the sender was busy 95 % of the time'],
    ['main', 'the application was busy 95 % of the time'],
  ])('name %s when it had no time left', (thread, says) => {
    expect(explain(madeUpRun({}, { threads: { ...idle, [thread]: { busy: 0.95 } } }))).toBe(
      `Batches left full, before linger passed: ${says}.`,
    )
  })

  test('name the hand-overs when nothing was at its limit', () => {
    expect(explain(madeUpRun({ 'linger.ms': 0 }))).toBe(
      'Batches left full, though linger.ms is 0: no thread was busy all the time, so the hand-overs between them set the pace.',
    )
  })

  test('count the limit of requests in flight over producers and leaders', () => {
    const twice = { producers: 2, brokers: 3, partitions: 2, 'max.in.flight.requests.per.connection': 1 }
    expect(explain(madeUpRun(twice, { inFlightMean: 3.7 }))).toContain('the broker kept 3.70 of 4 requests waiting')
    expect(explain(madeUpRun(twice, { inFlightMean: 3.5 }))).toContain('the hand-overs')
  })

  test('of few bytes are explained by the size of a record', () => {
    expect(explain(madeUpRun({ 'batch.size': 170 }, { batchBytesMean: 108, batchRecordsMean: 1 }))).toContain(
      'Batches left because the next record did not fit, 64 % full',
    )
    expect(explain(madeUpRun({ 'batch.size': 0 }, { batchBytesMean: 108 }))).toContain(
      'Every batch held a single record',
    )
  })
})

test.each([
  ['flush', 'the benchmark flushed at its end'],
  ['memory', 'buffer.memory ran out'],
  ['close', 'the producer was closed'],
])('batches that left for %s say so', (reason, says) => {
  expect(explain(madeUpRun({}, { batchesByReason: { ...NONE, [reason]: 7 } }))).toContain(
    `Batches left because ${says}, 98 % full`,
  )
})

test('no reason is called the reason when none explains most batches', () => {
  expect(explain(madeUpRun({}, { batchesByReason: { ...NONE, linger: 45, full: 50, flush: 4, close: 1 } }))).toContain(
    'Batches left for different reasons (50 % full, 45 % linger passed), 98 % full on average',
  )
})

test('a run that was refused, or that sent nothing, says that', () => {
  expect(explain(refusedRun(madeUpRun().config, 'acks 0 cannot be idempotent.'))).toBe(
    'Not run: acks 0 cannot be idempotent.',
  )
  expect(explain(madeUpRun({}, { batchesByReason: NONE }))).toBe('No batch was sent, so there is nothing to explain.')
})
