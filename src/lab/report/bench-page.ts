import { counted } from '../../base/words.js'
import type { BenchResult, BenchRun } from '../measure/bench-result.js'
import { compact, optionValue, threeDigits } from '../numbers.js'
import { LATENCY_PALETTE, scaleOf, THROUGHPUT_PALETTE } from './color-scale.js'
import { cellTable, latencyTable } from './data-tables.js'
import { bestRun, faultsInWords, verificationOf } from './figures.js'
import { type Cell, cellName, type Grid, gridOf, heldStill, type Plane } from './grid.js'
import { HATCH, type HeatmapMetric, heatmap } from './heatmap.js'
import { type Content, html, type Markup } from './markup.js'
import { eyebrow, page } from './page.js'
import { whyPanel } from './why-panel.js'

export interface PageOptions {
  /** The command that was run, as it can be run again. */
  readonly command: string
  readonly title?: string
}

/**
 * Writes a sweep as one HTML page: a heatmap of throughput and of latency for each of its planes, the reasons, and all
 * figures.
 */
export function benchPage(result: BenchResult, options: PageOptions): string {
  const grid = gridOf(result.runs)
  const metrics = metricsOf(result.runs)
  const title = options.title ?? `Throughput and latency by ${grid.rows.option} and ${grid.columns.option}`
  const main = html`${masthead(result, { ...options, title }, grid)}
${grid.planes.map((plane) => planeSection(plane, grid, metrics))}
<section><h2>Latency</h2>${latencyTable(result.runs, grid)}</section>
<section><h2>All cells</h2>${cellTable(result.runs, grid)}</section>`
  return page({ title, odradek: result.machine.odradek, definitions: HATCH, main })
}

function masthead(result: BenchResult, options: Required<PageOptions>, grid: Grid): Markup {
  const { cpus, model, node, odradek } = result.machine
  return html`<header class="masthead">
${eyebrow('odradek bench')}
<h1>${options.title}</h1>
${lead(result.runs, grid)}
${verification(result.runs, grid)}
<dl class="about">
<div><dt>Machine</dt><dd>${model}, ${counted(cpus, 'core')}</dd></div>
<div><dt>Versions</dt><dd>Node ${node}, Odradek ${odradek}</dd></div>
<div><dt>In every cell</dt><dd>${heldStill(result.runs).map(({ option, value }) => html`<span class="setting">${option} <b>${optionValue(value)}</b></span> `)}</dd></div>
<div><dt>Command</dt><dd><code>${options.command}</code></dd></div>
</dl></header>`
}

function lead(runs: readonly BenchRun[], grid: Grid): Content {
  const fastest = bestRun(runs, (run) => -run.recordsPerSecond)
  const quickest = bestRun(runs, (run) => run.latencyMs.p99)
  if (fastest === undefined || quickest === undefined) return null
  return html`<p class="lead">The fastest cell moved <b>${compact(fastest.recordsPerSecond)} records/s</b> (${threeDigits(fastest.megabytesPerSecond)} MB/s) with ${cellName(fastest, grid)}.
The lowest 99th percentile of latency was <b>${threeDigits(quickest.latencyMs.p99)} ms</b>, with ${cellName(quickest, grid)}.</p>`
}

function verification(runs: readonly BenchRun[], grid: Grid): Markup {
  const verification = verificationOf(runs)
  const { records, isClean } = verification
  const ran = runs.filter((run) => run.refused === undefined)
  const checked = `${counted(records, 'record')} in ${counted(ran.length, 'run')} checked one by one`
  if (ran.length === 0) return html`<div class="verdict"><p><b>Nothing was run</b>, so nothing was checked.</p></div>`
  if (isClean) {
    return html`<div class="verdict clean"><span aria-hidden="true">✓</span><p><b>Nothing lost, nothing duplicated, nothing out of order</b><br>${checked}</p></div>`
  }
  const affected = ran.filter((run) => !verificationOf([run]).isClean)
  return html`<div class="verdict broken" role="alert"><span aria-hidden="true">!</span><div><p><b>${faultsInWords(verification)}</b><br>${checked}</p>
<ul>${affected.map((run) => html`<li>${cellName(run, grid)}: ${faultsInWords(verificationOf([run]))}</li>`)}</ul></div></div>`
}

function metricsOf(runs: readonly BenchRun[]): readonly HeatmapMetric[] {
  const ran = runs.filter((run) => run.records > 0)
  const throughput = (run: BenchRun): number => run.recordsPerSecond
  const latency = (run: BenchRun): number => run.latencyMs.p99
  // All planes share one scale: the same colour is the same number everywhere on the page.
  return [
    {
      title: 'Throughput',
      unit: 'records/s',
      reading: 'higher is better',
      palette: THROUGHPUT_PALETTE,
      scale: scaleOf(ran.map(throughput)),
      value: throughput,
      format: compact,
    },
    {
      title: '99th percentile of latency',
      unit: 'ms, send to handler',
      reading: 'lower is better',
      palette: LATENCY_PALETTE,
      scale: scaleOf(ran.map(latency)),
      value: latency,
      format: threeDigits,
    },
  ]
}

function planeSection(plane: Plane, grid: Grid, metrics: readonly HeatmapMetric[]): Markup {
  const cells = plane.cells.flat().filter((cell): cell is Cell => cell !== undefined)
  const fastest = bestRun(
    cells.map(({ run }) => run),
    (run) => -run.recordsPerSecond,
  )
  const shown = cells.find(({ run }) => run === fastest) ?? cells[0]
  const heading = plane.options.map(
    ({ option, value }) => html`<span class="setting">${option} <b>${optionValue(value)}</b></span>`,
  )
  return html`<section class="plane" data-shown="${shown?.index ?? null}">
${heading.length > 0 ? html`<h2>${heading}</h2>` : html`<h2>${grid.rows.option} by ${grid.columns.option}</h2>`}
<div class="pair">${metrics.map((metric) => heatmap(grid, plane, metric))}</div>
<p class="note">${latencyNote(cells)} Point at a cell to see why, click to keep it; with the keyboard, use the arrows.</p>
<div class="panels">${cells.map((cell) => whyPanel(cell, grid))}</div>
</section>
`
}

function latencyNote(cells: readonly Cell[]): string {
  const rates = new Set(
    cells.filter(({ run }) => run.refused === undefined).map(({ run }) => run.latencyRate ?? run.config.rate),
  )
  const [rate] = rates
  if (rates.size !== 1 || rate === undefined) return 'Latency was measured at the rates of the table below.'
  if (rate === 'max') return 'Latency was measured at full speed, so it shows the depth of full buffers as well.'
  const isSecondPass = cells.some(({ run }) => run.latencyRate !== undefined)
  const origin = isSecondPass ? ', half the throughput of the slowest cell, in a pass of its own' : ''
  return `Latency was measured at ${compact(rate)} records/s${origin}.`
}
