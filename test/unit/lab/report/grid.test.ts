import { expect, test } from 'vitest'
import { cellName, gridOf, heldStill } from '../../../../src/lab/report/grid.js'
import { madeUpRun } from './made-up-runs.js'

test('batch.size makes the rows and linger.ms the columns, ascending, and every run has its cell', () => {
  const runs = [65_536, 1_024].flatMap((size) =>
    [20, 5, 0].map((linger) => madeUpRun({ 'batch.size': size, 'linger.ms': linger })),
  )
  const grid = gridOf(runs)
  expect(grid.rows).toEqual({ option: 'batch.size', values: [1_024, 65_536] })
  expect(grid.columns).toEqual({ option: 'linger.ms', values: [0, 5, 20] })
  expect(grid.planes[0]?.cells.map((row) => row.map((cell) => cell?.index))).toEqual([
    [5, 4, 3],
    [2, 1, 0],
  ])
})

test('each combination of the other swept options is a plane of its own', () => {
  const sizes = [1, 2].map((size) => ({ 'batch.size': size }))
  const runs = ['1', 'all'].flatMap((acks) =>
    [1, 3].flatMap((brokers) =>
      sizes.flatMap((size) => [0, 5].map((linger) => madeUpRun({ ...size, 'linger.ms': linger, acks, brokers }))),
    ),
  )
  const { planes } = gridOf(runs)
  expect(planes.map(({ options }) => options.map(({ value }) => value).join(' '))).toEqual([
    '1 1',
    '1 3',
    'all 1',
    'all 3',
  ])
  expect(planes.flatMap(({ cells }) => cells.flat()).every((cell) => cell !== undefined)).toBe(true)
})

test('another swept option takes the place of an axis that was not swept', () => {
  const { rows, columns } = gridOf(
    ['0', '1', 'all'].flatMap((acks) => [1, 9].map((size) => madeUpRun({ acks, 'batch.size': size }))),
  )
  expect([rows.option, columns.option]).toEqual(['batch.size', 'acks'])
  expect(columns.values).toEqual(['0', '1', 'all'])
})

test('a combination that was not in the sweep leaves a gap, an option that a run does not name stands at its default', () => {
  const runs = [madeUpRun({ 'batch.size': 1 }), madeUpRun({ 'batch.size': 2, 'linger.ms': 0, 'buffer.memory': 7 })]
  const { planes } = gridOf(runs)
  expect(planes.map(({ options }) => options)).toEqual([
    [{ option: 'buffer.memory', value: 'default' }],
    [{ option: 'buffer.memory', value: 7 }],
  ])
  expect(planes[0]?.cells.flat().map((cell) => cell?.index)).toEqual([undefined, 0, undefined, undefined])
})

test('a cell is named for what was swept, and for the axes when nothing was', () => {
  const runs = [madeUpRun({ acks: '1' }), madeUpRun({ acks: 'all' })]
  expect(cellName(madeUpRun({ acks: 'all' }), gridOf(runs))).toBe('acks all')
  expect(cellName(madeUpRun(), gridOf([madeUpRun()]))).toBe('batch.size 16,384, linger.ms 5')
  expect(heldStill(runs).map(({ option }) => option)).not.toContain('acks')
})
