import { expect, test } from 'vitest'
import { parseCells, parseLimit, parseRepeat } from '../../../src/cli/sweep-options.js'
import { DEFAULT_WORKLOAD } from '../../../src/lab/measure/workload.js'

test('without options there is one cell, the usual one', () => {
  expect(parseCells({}, '1')).toEqual([DEFAULT_WORKLOAD])
})

test('options of Kafka and of the workload make the same product, the last one varying fastest', () => {
  const cells = parseCells({ acks: 'all,1', handler: 'closure', 'linger.ms': '5, 0', brokers: '2' }, 'seed')
  expect(cells.map(({ options }) => [options.acks, options['linger.ms']])).toEqual([
    [-1, 5],
    [-1, 0],
    [1, 5],
    [1, 0],
  ])
  for (const cell of cells) expect(cell).toMatchObject({ handler: 'closure', brokers: 2, seed: 'seed' })
})

test('a rate is a number or max, and is swept too', () => {
  expect(parseCells({ rate: '10000,max,0.5' }, '1').map(({ rate }) => rate)).toEqual([10_000, 'max', 0.5])
  for (const rate of ['0', '-1', '', 'Infinity', 'NaN'])
    expect(() => parseCells({ rate }, '1')).toThrow('Cannot set rate')
})

test('a run has a length by records or by time; two seconds when nobody says', () => {
  expect(parseLimit({ records: '5' })).toEqual({ records: 5 })
  expect(parseLimit({ duration: '0.5' })).toEqual({ seconds: 0.5 })
  expect(parseLimit({})).toEqual({ seconds: 2 })
  expect(() => parseLimit({ records: '1', duration: '1' })).toThrow('give one of the two')
  expect([parseRepeat(undefined), parseRepeat('3')]).toEqual([1, 3])
})
