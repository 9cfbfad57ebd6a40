import { expect, test } from 'vitest'
import { refusedRun } from '../../../../src/lab/measure/bench-result.js'
import { benchTable } from '../../../../src/lab/report/bench-table.js'
import { madeUpResult, madeUpRun } from './made-up-runs.js'

const slow = madeUpRun({ 'batch.size': 1_024 }, { recordsPerSecond: 5_000_000 })
const fast = madeUpRun({ 'batch.size': 65_536 }, { recordsPerSecond: 23_000_000 })
const tableOf = (...runs: Parameters<typeof madeUpResult>[0]): string =>
  benchTable(madeUpResult(runs), { hasColors: false })

test('the table has a line for each cell, by what was swept, with speed, spread, latency, fill and reason', () => {
  const line =
    tableOf(slow, fast)
      .split('\n')
      .find((line) => line.includes('65,536')) ?? ''
  const cells = line.split('│').map((cell) => cell.trim())
  expect(cells).toEqual([
    '',
    '65,536',
    '23.0 M',
    '20.7 M – 23.9 M',
    '2,300',
    '0.060',
    '0.15',
    '0.54',
    '0.12',
    '98 %',
    '595',
    'full 100 %',
    '',
  ])
})

test('the verification stands below the table, and why the fastest and the slowest cell were so', () => {
  const table = tableOf(slow, fast)
  expect(table).toContain('✓ 2,000,000 records checked: nothing lost, nothing duplicated, nothing out of order')
  expect(table).toContain('Fastest (batch.size 65,536): Batches left full')
  expect(table).toContain('Slowest (batch.size 1,024): Batches left full')
})

test('losses stand where the table would have its good news', () => {
  const table = tableOf(slow, { ...fast, lost: 3, duplicated: 1 })
  expect(table).toContain('✗ 2,000,000 records checked: 3 lost, 1 duplicated, 0 out of order')
})

test('unacknowledged records stand in the table too, and a cell that moved nothing is neither fastest nor slowest', () => {
  const table = tableOf(slow, fast, { ...slow, records: 0, recordsPerSecond: 0, unacknowledged: 7 })
  expect(table).toContain('✗ 2,000,000 records checked: 0 lost, 0 duplicated, 0 out of order, 7 not acknowledged')
  expect(table).toContain('Slowest (batch.size 1,024): Batches left full')
})

test('a refused cell says why; when nothing ran, nothing is claimed', () => {
  const refused = refusedRun(madeUpRun({ 'batch.size': 2 }).config, 'it cannot be')
  expect(tableOf(refused, fast)).toContain('not run: it cannot be')
  expect(tableOf(refused)).toContain('✗ no record was checked')
})

test('a table without colours has no escape sequence', () => {
  expect(tableOf(slow, fast)).not.toContain('\u001b')
})
