import { expect, test } from 'vitest'
import { parseProducerOptions } from '../../../../src/base/config/producer-options.js'
import type { ErrorCode } from '../../../../src/base/error-code.js'
import { ClosedError } from '../../../../src/base/errors.js'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import { ProducerErrors } from '../../../../src/client/producer/producer-errors.js'

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
  const errors = new ProducerErrors(parseProducerOptions({ retries }))
  const report = { topic: 'orders', partition: 3, baseOffset: -1, logAppendTimeMs: -1, recordCount: 2 }
  const failure = errors.of({ ...report, error, attempts })
  expect([failure.name, failure.message]).toEqual([name, expect.stringContaining(says)])
  expect(failure.message.includes('retries')).toBe(says.includes('retries'))
})

const REPORT: BatchReport = {
  topic: 'orders',
  partition: 3,
  error: 'REQUEST_TIMED_OUT',
  baseOffset: -1,
  logAppendTimeMs: -1,
  recordCount: 2,
  attempts: 1,
}

test('a batch that fails when the producer has ended has failed with an error of its own that says so', () => {
  const errors = new ProducerErrors(parseProducerOptions({}))

  errors.end = new ClosedError('The producer is closed')

  expect(errors.of(REPORT)).toEqual(errors.end)
  expect(errors.of(REPORT)).not.toBe(errors.end)
})

test('a batch whose records are being kept has failed with what was fixed then, though the producer ends meanwhile', () => {
  const errors = new ProducerErrors(parseProducerOptions({}))

  const fixed = errors.fix(REPORT)
  errors.end = new ClosedError('The producer is closed')

  expect(fixed.code).toBe('REQUEST_TIMED_OUT')
  expect(errors.of(REPORT)).toBe(fixed)
  expect(errors.of({ ...REPORT })).toBeInstanceOf(ClosedError)
})
