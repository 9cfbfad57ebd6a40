import { expect, test } from 'vitest'
import { ReportQueue, type WrittenReport } from '../../../../src/client/batches/report-queue.js'

const ENTRIES = 16
const PLACE = { counter: 4, at: 64, entries: ENTRIES }

/** The two ends, each with its own view of the same memory. */
function givenEnds(): { sender: ReportQueue; application: ReportQueue; words: Int32Array } {
  const shared = new SharedArrayBuffer(PLACE.at + ReportQueue.bytesFor(ENTRIES) + 64)
  return {
    sender: new ReportQueue(shared, PLACE),
    application: new ReportQueue(shared, PLACE),
    words: new Int32Array(shared),
  }
}

const reportOf = (slot: number): WrittenReport => ({
  slot,
  error: slot % 2 === 0 ? 'NONE' : 'NOT_LEADER_OR_FOLLOWER',
  baseOffset: 2 ** 40 + slot,
  logAppendTimeMs: 1_700_000_000_000 + slot,
  sends: slot + 1,
  bytes: 1000 + slot,
  parts: slot % 3,
})

test('reports are read as they were written, each under its number', () => {
  const { sender, application } = givenEnds()
  const reports = [reportOf(3), reportOf(0), reportOf(5)]
  for (const report of reports) sender.write(report)
  expect(application.written).toBe(3)
  expect([2, 0, 1].map((number) => application.read(number))).toEqual([reports[2], reports[0], reports[1]])
})

test('a report that says no more than its slot and its error leaves the rest unknown', () => {
  const { sender, application } = givenEnds()
  sender.write(reportOf(1))
  for (let number = 1; number <= ENTRIES; number++) sender.write({ slot: 7, error: 'REQUEST_TIMED_OUT' })
  const unknown = { baseOffset: -1, logAppendTimeMs: -1, sends: 0, bytes: 0, parts: 0 }
  // Its entry had another report before.
  expect(application.read(ENTRIES)).toEqual({ slot: 7, error: 'REQUEST_TIMED_OUT', ...unknown })
})

test('reports keep their order when the counter of all reports ever written wraps', () => {
  const { sender, application, words } = givenEnds()
  words[PLACE.counter] = 2 ** 31 - 3
  let number = application.written
  for (let slot = 0; slot < 10; slot++) {
    sender.write(reportOf(slot))
    expect(application.read(number)).toEqual(reportOf(slot))
    number = (number + 1) | 0
    expect(application.written).toBe(number)
  }
  expect(number).toBeLessThan(0)
})

test('a queue of reports writes nothing but its counter and its own bytes', () => {
  const { sender, words } = givenEnds()
  words.fill(-1)
  words[PLACE.counter] = 0
  for (let slot = 0; slot < 3 * ENTRIES; slot++) sender.write(reportOf(slot))
  const first = PLACE.at / 4
  const end = first + ReportQueue.bytesFor(ENTRIES) / 4
  const outside = [...words].filter((_, word) => word !== PLACE.counter && (word < first || word >= end))
  expect(new Set(outside)).toEqual(new Set([-1]))
})
