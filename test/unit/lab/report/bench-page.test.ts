import { describe, expect, test } from 'vitest'
import { refusedRun } from '../../../../src/lab/measure/bench-result.js'
import { benchPage } from '../../../../src/lab/report/bench-page.js'
import { explain } from '../../../../src/lab/report/explain.js'
import { escaped, html } from '../../../../src/lab/report/markup.js'
import { latencyOf, madeUpResult, madeUpRun } from './made-up-runs.js'

const command = 'odradek bench --batch.size 1024,16384 --linger.ms 0,5'
const sweep = [1_024, 16_384].flatMap((size) =>
  [0, 5].map((linger) => madeUpRun({ 'batch.size': size, 'linger.ms': linger })),
)

const pageOf = (runs = sweep): string => benchPage(madeUpResult(runs), { command })
const count = (page: string, pattern: RegExp): number => page.match(pattern)?.length ?? 0

describe('the page', () => {
  test('has two heatmaps, a cell of each run in both, and a panel and a sentence for each run', () => {
    const page = pageOf()
    expect(count(page, /<figure class="heatmap">/g)).toBe(2)
    expect(count(page, /<g class="cell"/g)).toBe(2 * sweep.length)
    expect(count(page, /<article class="why"/g)).toBe(sweep.length)
    expect(page).toContain(`id="why-3">${escaped(explain(sweep[3] ?? madeUpRun()))}</p>`)
  })

  test('has a pair of heatmaps for each combination of the other options', () => {
    const runs = ['1', 'all'].flatMap((acks) => sweep.map(({ config }) => madeUpRun({ ...config, acks })))
    expect(count(pageOf(runs), /<figure class="heatmap">/g)).toBe(4)
  })

  test('says in its tables all that the heatmaps show: speed, 99th percentile and sentence of each cell', () => {
    const run = madeUpRun({}, { recordsPerSecond: 7_770_000, latencyMs: latencyOf(0.5) })
    const [, table = ''] = pageOf([run]).split('<h2>All cells</h2>')
    for (const figure of ['<b>7.77 M</b>', '<b>1.25</b>', explain(run)]) expect(table).toContain(figure)
  })

  test('asks for nothing from anywhere', () => {
    const page = pageOf()
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/https?:|\bsrc=|@import|url\((?!#)|<iframe|<form/)
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)).toEqual(['data:,'])
  })

  test('says that nothing was lost, or how much and where', () => {
    expect(pageOf()).toContain('Nothing lost, nothing duplicated, nothing out of order')
    const broken = pageOf([
      ...sweep.slice(1),
      madeUpRun({ 'batch.size': 1_024, 'linger.ms': 0 }, { lost: 3, outOfOrder: 1_200 }),
    ])
    expect(broken).toContain('3 lost, 0 duplicated, 1,200 out of order')
    expect(broken).toContain('<li>batch.size 1,024, linger.ms 0: 3 lost')
    expect(broken).not.toContain('Nothing lost')
    expect(pageOf([madeUpRun(), madeUpRun({}, { unacknowledged: 7 })])).toContain('0 out of order, 7 not acknowledged')
  })

  test('shows a refused cell with its reason and without numbers', () => {
    const refused = refusedRun(madeUpRun({ 'batch.size': 1_024, 'linger.ms': 0 }).config, 'it cannot be')
    const page = pageOf([refused, ...sweep.slice(1)])
    expect(count(page, /<g class="cell refused"/g)).toBe(2)
    expect(page).toContain('Not run: it cannot be.')
    expect(page).not.toMatch(/NaN|undefined|Infinity/)
  })

  test('says at which rate latency was measured', () => {
    expect(pageOf()).toContain('Latency was measured at full speed')
    expect(pageOf(sweep.map((run) => ({ ...run, latencyRate: 430_000 })))).toContain(
      'Latency was measured at 430 k records/s, half the throughput of the slowest cell',
    )
  })

  test('can be made of refused runs alone, and of none', () => {
    const refused = pageOf([refusedRun(madeUpRun().config, 'it cannot be')])
    expect(refused).toContain('Nothing was run')
    expect(pageOf([])).toContain('Nothing was run')
  })
})

describe('what comes from outside', () => {
  const evil = `"'><script>alert(1)</script>&`

  test('is escaped wherever it stands in the page', () => {
    const run = madeUpRun({ [evil]: evil, acks: evil, 'batch.size': 1 }, { threads: { [evil]: { busy: 0.5 } } })
    const refused = refusedRun(madeUpRun({ 'batch.size': 2 }).config, evil)
    const machine = { cpus: 2, model: evil, node: evil, odradek: evil }
    const page = benchPage({ machine, runs: [run, refused] }, { command: evil, title: evil })
    expect(count(page, /alert\(1\)/g)).toBeGreaterThan(8)
    expect(count(page, /<script>/g)).toBe(1)
    expect(page).not.toContain(evil)
  })

  test('is escaped by the template, between tags and in attributes, once', () => {
    const inner = html`<b>${'<&>'}</b>`
    expect(html`<i title="${`"'`}">${[inner, 7, null]}</i>`.text).toBe(
      '<i title="&quot;&#39;"><b>&lt;&amp;&gt;</b>7</i>',
    )
  })
})
