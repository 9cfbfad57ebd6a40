import { expect, test } from 'vitest'
import { fetchMinBytesAndWait } from '../../../../src/lab/experiments/fetch-min-bytes-and-wait.js'
import type { LabReport } from '../../../../src/lab/experiments/run-experiment.js'
import { labPage } from '../../../../src/lab/report/lab-page.js'
import { cellOf, runOn } from './given-experiment.js'

/** Sixty records, one every simulated millisecond, of which each takes 176 bytes in the log. */
function given(bytesMin: number, waitMsMax: number, options: Record<string, string | number> = {}) {
  const fetch = { 'fetch.min.bytes': bytesMin, 'fetch.max.wait.ms': waitMsMax, 'max.poll.records': 1_000 }
  const producer = { 'linger.ms': 0, 'max.in.flight.requests.per.connection': 5 }
  return { ...cellOf({ ...producer, ...fetch, ...options }, { brokers: 1, replicationFactor: 1 }), records: 60 }
}

const factsOf = ({ shown }: LabReport, name: string): unknown[] => shown.map(({ outcome }) => outcome?.facts[name])

test('records come in fewer answers with fetch.min.bytes, until fetch.max.wait.ms ends the waiting', async () => {
  const cells = [1, 1_760, 65_536].map((bytes) => given(bytes, 25))
  const report = await runOn('simulation', fetchMinBytesAndWait, cells)
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  const [each, tens, all] = factsOf(report, 'answers').map(Number) as [number, number, number]
  // Two records share an answer where the consumer's turn comes late; the seed decides how often.
  expect(each).toBeGreaterThan(40)
  expect([tens, all]).toEqual([6, 3])
  expect(factsOf(report, 'for their bytes')).toEqual([each, 6, 0])
})

test('records come in fewer answers with fetch.max.wait.ms, until fetch.min.bytes have come', async () => {
  const report = await runOn(
    'simulation',
    fetchMinBytesAndWait,
    [5, 20, 100, 500].map((wait) => given(1_760, wait)),
  )
  expect(report.result).toMatchObject({ verdict: 'holds', lost: 0, duplicated: 0, outOfOrder: 0 })
  expect(factsOf(report, 'for their bytes')).toEqual([0, 6, 6, 6])
  expect(Number(factsOf(report, 'for the time')[0])).toBeGreaterThan(9)
})

test('a consumer that gets what it has room for does not wait for more', async () => {
  const { shown } = await runOn('simulation', fetchMinBytesAndWait, [given(65_536, 500, { 'fetch.max.bytes': 176 })])
  expect(shown[0]?.outcome?.facts).toMatchObject({ 'for the time': 0 })
})

test('the words tell of answers that fetch.max.wait.ms has ended, where fetch.min.bytes is the limit of the others', async () => {
  const reports = await Promise.all(
    [20, 100].map((wait) => runOn('simulation', fetchMinBytesAndWait, [{ ...given(1_760, wait), records: 65 }])),
  )
  // The last five are too few bytes, and so they wait for as long as a fetch may.
  const longest = reports.map((report) => Number(factsOf(report, 'latency max, ms')[0]))
  expect(longest).toEqual([expect.closeTo(20, -1), expect.closeTo(100, -1)])
  for (const [index, { shown }] of reports.entries())
    expect(shown[0]?.outcome?.says).toContain(
      `fetch.min.bytes=1760 is the limit of 6 answers, and fetch.max.wait.ms=${[20, 100][index]} that of 1 answer for which`,
    )
})

test('the words name the option that is the limit, and the page draws a tooth for each answer', async () => {
  const report = await runOn('simulation', fetchMinBytesAndWait, [given(1, 20), given(1_760, 100), given(65_536, 20)])
  const says = report.shown.map(({ outcome }) => outcome?.says)
  expect(says[0]).toContain('fetch.min.bytes=1 waits for no second record')
  expect(says[1]).toContain('fetch.min.bytes=1760 is the limit here')
  expect(says[2]).toContain('fetch.max.wait.ms=20 is the limit here')
  const page = labPage(report, { command: '' })
  const [, first, second, third] = page.split('<figure class="story fetches">') as [string, string, string, string]
  const teeth = (figure: string, reason: string): number => figure.split(`<g class="tooth ${reason}">`).length - 1
  const seen = [first, second, third].map((figure) => [teeth(figure, 'bytes'), teeth(figure, 'time')])
  expect(seen).toEqual([
    [factsOf(report, 'answers')[0], 0],
    [6, 0],
    [0, factsOf(report, 'answers')[2]],
  ])
  expect(second).toContain('is handed out 10 records from offset 1, answered when fetch.min.bytes=1760 had come')
})

test.each([
  ['fetch.min.bytes', [given(1, 100), given(1_760, 100)], 'fetch.min.bytes from 1 to 1760 makes no fewer answers: '],
  [
    'fetch.max.wait.ms',
    [given(65_536, 10), given(65_536, 30)],
    'fetch.max.wait.ms from 10 to 30 makes no fewer answers: ',
  ],
] as const)(
  'where a larger %s makes no fewer answers, the claim is broken though each cell holds',
  async (_, cells, says) => {
    const deaf: typeof fetchMinBytesAndWait = {
      ...fetchMinBytesAndWait,
      run: (host, _config, seed) => fetchMinBytesAndWait.run(host, cells[0], seed),
    }
    const report = await runOn('simulation', deaf, cells)
    expect(report.shown.map(({ broken }) => broken)).toEqual([[], []])
    expect(report.brokenBetween).toContain(says)
  },
)

test.each([
  [
    'answers that would come before their time',
    given(65_536, 1),
    given(65_536, 100),
    'before fetch.max.wait.ms had passed',
  ],
  ['records that would wait for longer', given(65_536, 100), given(65_536, 1), 'longer than fetch.max.wait.ms'],
])('a broker with another fetch.max.wait.ms than it was told breaks the claim: %s', async (_, real, told, says) => {
  const other: typeof fetchMinBytesAndWait = {
    ...fetchMinBytesAndWait,
    run: (host, config, seed) => {
      const start: typeof host.start = async (...args) => {
        const cluster = await host.start(...args)
        const { consumer } = cluster.doors
        cluster.doors.consumer = (options) =>
          consumer.call(cluster.doors, {
            ...options,
            'fetch.max.wait.ms': real.workload.options['fetch.max.wait.ms'] as number,
          })
        return cluster
      }
      return fetchMinBytesAndWait.run({ ...host, start }, config, seed)
    },
  }
  const { shown } = await runOn('simulation', other, [told])
  expect(shown[0]?.broken[0]).toContain(says)
})

test.each([
  ['a fetch.max.wait.ms that nobody would wait for', { 'fetch.max.wait.ms': 60_000 }, 'it must be between 1 and 5000'],
  ['hand-outs that are parts of answers', { 'max.poll.records': 10 }, 'it must be at least 60'],
  ['compressed records', { 'compression.type': 'gzip' }, 'records are counted by their bytes here'],
])('%s: refused with the reason', async (_what, options, says) => {
  const { result } = await runOn('simulation', fetchMinBytesAndWait, [given(1, 20), given(1, 20, options)])
  expect(result.runs[1]?.refused).toContain(says)
})
