import { expect, test } from 'vitest'
import { offset } from '../../../src/base/ids.js'
import { type RecordCodec, RecordLog } from '../../../src/log/record-log.js'
import type { SharedLog } from '../../../src/log/shared-log.js'
import { buildBatch } from '../../../src/record/batch-builder.js'
import { CorruptRecordError } from '../../../src/record/batch-reader.js'
import { ATTRIBUTES_AT, GZIP } from '../../../src/record/layout.js'
import { batchBytes } from '../../../src/record/record-batch.js'
import { appendVisibly, batchOf, givenLog, Killed, recovered } from './given-log.js'

/** Values that begin with a question mark are of an unknown kind. */
const VALUES: RecordCodec<string> = {
  encode: (value) => ({ key: null, value }),
  decode: (_key, value) => (value === null || value.toString().startsWith('?') ? null : value.toString()),
}

function given(...batches: readonly (readonly string[])[]): {
  log: SharedLog
  records: RecordLog<string>
  seen: string[]
} {
  const { log } = givenLog()
  for (const values of batches) appendVisibly(log, buildBatch(values.map((value) => ({ value }))))
  return { log, records: new RecordLog(log, VALUES), seen: [] }
}

const into = (seen: string[]) => ({ replay: (value: string): void => void seen.push(value) })

test('a record log replays at least a batch in each step, in the order of the log', () => {
  const { records, seen } = given(['a', 'b'], ['c'], ['d'])
  expect(records.replay(into(seen), 1)).toBeGreaterThan(0)
  expect([seen, records.isAtEnd]).toEqual([['a', 'b'], false])
  while (!records.isAtEnd) records.replay(into(seen), 1)
  expect(seen).toEqual(['a', 'b', 'c', 'd'])
  expect(records.replay(into(seen), 1)).toBe(0)
})

test('a record log passes over records of a kind that is not known', () => {
  const { records, seen } = given(['a', '? of a later version', 'b'])
  records.replay(into(seen), 1_000)
  expect(seen).toEqual(['a', 'b'])
})

test('a record log begins at the first record that was not deleted, in the middle of a batch too', () => {
  const { log, seen } = given(['a', 'b', 'c'])
  log.deleteRecordsBefore(offset(1))
  const records = new RecordLog(log, VALUES)
  records.replay(into(seen), 1_000)
  expect([seen, records.isAtEnd]).toEqual([['b', 'c'], true])
})

test('a record log goes on behind what was deleted since it began', () => {
  const { log, records, seen } = given(['a'], ['b'], ['c'])
  records.replay(into(seen), 1)
  log.deleteRecordsBefore(offset(2))
  records.replay(into(seen), 1_000)
  expect(seen).toEqual(['a', 'c'])
})

test('a record log reads compressed batches', () => {
  const { log, records, seen } = given()
  const values = Array.from({ length: 20 }, () => 'compressible')
  appendVisibly(
    log,
    buildBatch(
      values.map((value) => ({ value })),
      { attributes: GZIP },
    ),
  )
  records.replay(into(seen), 1_000)
  expect(seen).toEqual(values)
})

test('a record log says that a batch cannot be read', () => {
  const { log, records, seen } = given(['a'])
  const memory = buildBatch([{ value: 'not compressed' }])
  memory.view.setInt16(ATTRIBUTES_AT, GZIP)
  appendVisibly(log, memory)
  expect(() => records.replay(into(seen), 1_000)).toThrow(CorruptRecordError)
})

// KAFKA-7286
test('a record log ends where its log does, though the last batch ends before that', () => {
  let isArmed = false
  const { log, handles } = givenLog({}, undefined, (point) => {
    if (isArmed && point === 'append-begun') throw new Killed()
  })
  appendVisibly(log, buildBatch([{ value: 'a' }]))
  isArmed = true
  // A segment begins behind a gap that is too long to count, and the batch behind it is not there.
  const far = batchOf(['b'], { baseOffset: offset(2 ** 32) })
  expect(() => log.appendAsFollower(far, 0, batchBytes(far, 0))).toThrow(Killed)
  const next = recovered(handles).log
  expect(next.logEndOffset).toBe(2 ** 32)
  const [records, seen]: [RecordLog<string>, string[]] = [new RecordLog(next, VALUES), []]
  for (let steps = 0; steps < 5; steps++) records.replay(into(seen), 1)
  expect([seen, records.isAtEnd]).toEqual([['a'], true])
})
