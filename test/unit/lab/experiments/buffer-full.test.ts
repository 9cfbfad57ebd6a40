import { expect, test } from 'vitest'
import { bufferFull } from '../../../../src/lab/experiments/buffer-full.js'
import { cellOf, runOn } from './given-experiment.js'

const FULL = { 'batch.size': 1_024, 'buffer.memory': 4_096, 'max.block.ms': 50 }

test('every record that a full buffer has taken is read, and a refused one is not', async () => {
  const { result, shown } = await runOn('simulation', bufferFull, [cellOf(FULL)], [1, 2, 3])
  expect(result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0, anomalies: [] })
  const { facts, observations } = shown[0]?.outcome ?? {}
  expect(facts).toMatchObject({ 'send() meanwhile': 'REQUEST_TIMED_OUT' })
  // The first one, those that filled the memory, ten more, and the last one; not the one that was refused.
  const taken = Number(facts?.['taken until it threw'])
  expect(observations?.history.sent).toHaveLength(1 + taken + 1 + 10 + 1)
  expect(new Set(observations?.history.read.map(({ offset }) => offset)).size).toBe(1 + taken + 10 + 1)
})

test('the timeline tells the refusal with the name of the memory', async () => {
  const { result } = await runOn('simulation', bufferFull, [cellOf(FULL)])
  const refused = result.runs[0]?.timeline?.find(({ event }) => event === 'refused')
  expect(refused?.says).toContain('BufferExhaustedError')
  expect(refused?.says).toContain('the 4096 bytes of buffer.memory')
})

test('more memory takes more records before it is full', async () => {
  const sizes = [4_096, 8_192, 65_536]
  const { shown } = await runOn(
    'simulation',
    bufferFull,
    sizes.map((size) => cellOf({ ...FULL, 'buffer.memory': size })),
  )
  expect(shown.map(({ outcome }) => outcome?.facts['taken until it threw'])).toEqual([32, 64, 512])
  // The record with which the last batch was begun.
  expect(shown.map(({ outcome }) => outcome?.facts['taken until produce() said false'])).toEqual([25, 57, 505])
})

test.each([
  ['batch.size above buffer.memory', { 'batch.size': 8_192 }, 'the buffer must hold at least one batch'],
  ['memory for millions of records', { 'buffer.memory': 2 ** 30 }, 'at most 1,000,000 records'],
  ['a max.block.ms that nobody would wait for', { 'max.block.ms': 60_000 }, 'it must be at most 5000 here'],
])('%s is refused', async (_what, options, says) => {
  const { result } = await runOn('simulation', bufferFull, [cellOf(FULL), cellOf({ ...FULL, ...options })])
  expect(result.runs[1]?.refused).toContain(says)
})
