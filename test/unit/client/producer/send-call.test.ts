import { expect, test } from 'vitest'
import { KafkaError } from '../../../../src/base/errors.js'
import type { BatchReport } from '../../../../src/client/batches/batch-report.js'
import { SendCall } from '../../../../src/client/producer/send-call.js'

const errors = { of: (report: BatchReport) => new KafkaError(report.error, `partition ${report.partition}`) }
const reportOf = (partition: number, said: Partial<BatchReport> = {}): BatchReport => {
  return {
    topic: 't',
    partition,
    error: 'NONE',
    baseOffset: 100,
    logAppendTimeMs: -1,
    recordCount: 9,
    attempts: 1,
    ...said,
  }
}

/** What the promise has come to by now. */
async function stateOf(call: SendCall): Promise<unknown> {
  const pending = Symbol('pending')
  const state = await Promise.race([call.promise, Promise.resolve(pending)]).catch((error: Error) => error.message)
  return state === pending ? 'pending' : state
}

test('a call is done when every batch that took its records was reported', async () => {
  const call = new SendCall(errors)
  call.noteBatch()
  call.noteBatch()
  call.appended()
  call.settled(reportOf(0), 4, 2)
  expect(await stateOf(call)).toBe('pending')
  call.settled(reportOf(1), 0, 1)
  expect(await call.promise).toEqual([
    { topicName: 't', partition: 0, errorCode: 0, baseOffset: 104, recordCount: 2, logAppendTime: -1 },
    { topicName: 't', partition: 1, errorCode: 0, baseOffset: 100, recordCount: 1, logAppendTime: -1 },
  ])
})

test('a report before the last record has found a batch is not the end', async () => {
  const call = new SendCall(errors)
  call.noteBatch()
  call.settled(reportOf(0), 0, 1)
  expect(await stateOf(call)).toBe('pending')
  call.appended()
  expect(await call.promise).toHaveLength(1)
})

test('one batch that was not written fails the call, once all others are known too', async () => {
  const call = new SendCall(errors)
  call.noteBatch()
  call.noteBatch()
  call.appended()
  call.settled(reportOf(3, { error: 'NOT_LEADER_OR_FOLLOWER' }), 0, 1)
  expect(await stateOf(call)).toBe('pending')
  call.settled(reportOf(1), 0, 1)
  expect(await stateOf(call)).toBe('partition 3')
})

test('the first of several failures is told', async () => {
  const call = new SendCall(errors)
  call.noteBatch()
  call.settled(reportOf(1, { error: 'CORRUPT_MESSAGE' }), 0, 1)
  call.failed(new Error('the second'))
  expect(await stateOf(call)).toBe('partition 1')
})

test('a call without records is done at once', async () => {
  const call = new SendCall(errors)
  call.appended()
  expect(await call.promise).toEqual([])
})

test('an offset that nobody knows stays unknown', async () => {
  const call = new SendCall(errors)
  call.noteBatch()
  call.appended()
  call.settled(reportOf(0, { baseOffset: -1 }), 5, 1)
  expect(await call.promise).toMatchObject([{ baseOffset: -1 }])
})
