import { expect, test } from 'vitest'
import { batchSizeAndLinger } from '../../../../src/lab/experiments/batch-size-and-linger.js'
import type { LabReport } from '../../../../src/lab/experiments/run-experiment.js'
import { labPage } from '../../../../src/lab/report/lab-page.js'
import { labTable } from '../../../../src/lab/report/lab-table.js'
import { cellOf, runOn } from './given-experiment.js'

/** Sixty records, one every simulated millisecond. */
function given(batchSize: number, linger: number): ReturnType<typeof cellOf> {
  const options = { 'batch.size': batchSize, 'linger.ms': linger, 'max.in.flight.requests.per.connection': 5 }
  return { ...cellOf(options), records: 60 }
}

const factsOf = ({ shown }: LabReport, name: string): unknown[] => shown.map(({ outcome }) => outcome?.facts[name])

test('batches get fuller with linger.ms, until they are full', async () => {
  const report = await runOn(
    'simulation',
    batchSizeAndLinger,
    [0, 2, 5, 20, 80].map((linger) => given(1_024, linger)),
  )
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  // Without lingering, two records share a batch where the sender's turn comes late; the seed decides how often.
  expect(factsOf(report, 'batches')).toEqual([59, 30, 12, 8, 8])
  expect(factsOf(report, 'left by linger.ms')).toEqual([59, 30, 12, 1, 1])
  expect(factsOf(report, 'left full')).toEqual([0, 0, 0, 7, 7])
})

test('batches get fuller with batch.size, until linger.ms ends them', async () => {
  // The last batch is never told that it is full: nobody has another record for it.
  const sizes = [0, 512, 1_024, 16_384, 65_536]
  const report = await runOn(
    'simulation',
    batchSizeAndLinger,
    sizes.map((size) => given(size, 10)),
  )
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(factsOf(report, 'room for')).toEqual([1, 3, 8, 141, 569])
  expect(factsOf(report, 'records per batch')).toEqual(['1.00', '4.00', '7.50', '10.0', '10.0'])
  expect(factsOf(report, 'left full')).toEqual([59, 14, 7, 0, 0])
})

test('the words name the option that is the limit', async () => {
  const cells = [given(1_024, 0), given(1_024, 20), given(16_384, 20)]
  const { shown } = await runOn('simulation', batchSizeAndLinger, cells)
  const says = shown.map(({ outcome }) => outcome?.says)
  expect(says[0]).toContain('with linger.ms=0 none waits for a second record')
  expect(says[1]).toContain('batch.size is the limit here')
  expect(says[2]).toContain('linger.ms=20 had passed. It is the limit here')
})

test.each([
  [
    'linger.ms',
    [given(16_384, 5), given(16_384, 20)],
    'linger.ms from 5 to 20 makes no batch fuller: 12 batches after 12',
  ],
  [
    'batch.size',
    [given(1_024, 20), given(16_384, 20)],
    'batch.size from 1024 to 16384 makes no batch fuller: 8 batches after 8',
  ],
] as const)(
  'where a larger %s makes batches no fuller, the claim is broken though each cell holds',
  async (_, cells, says) => {
    const deaf: typeof batchSizeAndLinger = {
      ...batchSizeAndLinger,
      run: (host, _config, seed) => batchSizeAndLinger.run(host, cells[0], seed),
    }
    const report = await runOn('simulation', deaf, cells)
    expect(report.shown.map(({ broken }) => broken)).toEqual([[], []])
    expect(report.result.verdict).toBe('broken')
    expect(labTable(report, { hasColors: false })).toContain(`✗ ${says}`)
    expect(labPage(report, { command: '' })).toContain(`<li>${says}</li>`)
  },
)
