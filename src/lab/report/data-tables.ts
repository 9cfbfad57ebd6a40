import { grouped } from '../../base/words.js'
import { BATCH_REASONS, type BenchRun, type LatencySummary } from '../measure/bench-result.js'
import { compact, optionValue, percent, threeDigits } from '../numbers.js'
import { explain } from './explain.js'
import { batchFill, busyThreads, reasonShares } from './figures.js'
import { type Grid, sweptValues } from './grid.js'
import { type Content, html, type Markup } from './markup.js'

const PERCENTILES = ['p50', 'p95', 'p99', 'p999', 'max'] as const satisfies readonly (keyof LatencySummary)[]
const PERCENTILE_NAMES: Readonly<Record<keyof LatencySummary, string>> = {
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  p999: 'p99.9',
  max: 'max',
}

/** Writes every percentile of every run, from send to handler and from send to acknowledgement. */
export function latencyTable(runs: readonly BenchRun[], grid: Grid): Markup {
  const options = optionHeads(runs, grid)
  const percentiles = PERCENTILES.map((name) => html`<th scope="col">${PERCENTILE_NAMES[name]}</th>`)
  const summary = (figures: LatencySummary) => PERCENTILES.map((name) => html`<td>${threeDigits(figures[name])}</td>`)
  const row = (run: BenchRun) =>
    run.refused === undefined
      ? html`<tr>${optionCells(run, grid)}<td>${offered(run)}</td>${summary(run.latencyMs)}${summary(run.produceLatencyMs)}</tr>\n`
      : html`<tr>${optionCells(run, grid)}<td class="words" colspan="${1 + 2 * PERCENTILES.length}">not run: ${run.refused}</td></tr>\n`
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Latency of every cell"><table>
<caption>Milliseconds. With a rate, latency counts from the intended send time.</caption>
<colgroup span="${options.length}"></colgroup><colgroup></colgroup><colgroup span="${PERCENTILES.length}"></colgroup><colgroup span="${PERCENTILES.length}"></colgroup>
<thead><tr>${options.map((option) => html`<th scope="col" rowspan="2">${option}</th>`)}<th scope="col" rowspan="2">records/s offered</th>
<th scope="colgroup" colspan="${PERCENTILES.length}">send to handler</th><th scope="colgroup" colspan="${PERCENTILES.length}">send to acknowledgement</th></tr>
<tr>${percentiles}${percentiles}</tr></thead>
<tbody>${runs.map(row)}</tbody></table></div>`
}

function offered(run: BenchRun): string {
  const rate = run.latencyRate ?? run.config.rate
  return rate === 'max' ? 'max' : compact(rate)
}

interface Column {
  readonly title: string
  readonly isText?: boolean
  cell(run: BenchRun): Content
}

const COLUMNS: readonly Column[] = [
  { title: 'records', cell: (run) => grouped(run.records) },
  { title: 'records/s', cell: (run) => html`<b>${compact(run.recordsPerSecond)}</b>` },
  {
    title: 'min – max',
    cell: (run) => `${compact(run.spread.recordsPerSecond.min)} – ${compact(run.spread.recordsPerSecond.max)}`,
  },
  { title: 'p99, ms', cell: (run) => html`<b>${threeDigits(run.latencyMs.p99)}</b>` },
  { title: 'MB/s', cell: (run) => threeDigits(run.megabytesPerSecond) },
  { title: 'CPU s / M', cell: (run) => threeDigits(run.cpuSecondsPerMillionRecords) },
  { title: 'batch fill', cell: (run) => percent(batchFill(run)) },
  { title: 'records / batch', cell: (run) => threeDigits(run.batchRecordsMean) },
  {
    title: BATCH_REASONS.join(' / '),
    cell: (run) =>
      reasonShares(run)
        .map(({ share }) => percent(share))
        .join(' / '),
  },
  { title: 'requests/s', cell: (run) => compact(run.requestsPerSecond) },
  { title: 'in flight', cell: (run) => threeDigits(run.inFlightMean) },
  { title: 'in batch, ms', cell: (run) => threeDigits(run.recordQueueMsMean) },
  { title: 'request, ms', cell: (run) => threeDigits(run.requestLatencyMsMean) },
  {
    title: 'busy',
    isText: true,
    cell: (run) =>
      busyThreads(run)
        .map(({ thread, busy }) => `${thread} ${percent(busy)}`)
        .join(', '),
  },
  { title: 'why', isText: true, cell: explain },
]

const DEFECTS: readonly Column[] = [
  { title: 'lost', cell: (run) => defects(run.lost) },
  { title: 'duplicated', cell: (run) => defects(run.duplicated) },
  { title: 'out of order', cell: (run) => defects(run.outOfOrder) },
]

function defects(count: number): Content {
  return count === 0 ? '0' : html`<strong>${grouped(count)}</strong>`
}

/** Writes every figure of every run: what the heatmaps show, for reading without them. */
export function cellTable(runs: readonly BenchRun[], grid: Grid): Markup {
  const columns = [...DEFECTS, ...COLUMNS]
  const options = optionHeads(runs, grid)
  const row = (run: BenchRun) =>
    run.refused === undefined
      ? html`<tr>${optionCells(run, grid)}${columns.map((column) => html`<td${kind(column)}>${column.cell(run)}</td>`)}</tr>\n`
      : html`<tr>${optionCells(run, grid)}<td class="words" colspan="${columns.length}">not run: ${run.refused}</td></tr>\n`
  return html`<div class="scroll" role="region" tabindex="0" aria-label="All figures of every cell"><table>
<caption>Medians of the repeats. Megabytes are 10⁶ bytes of values; shares of batches are ${BATCH_REASONS.join(' / ')}.</caption>
<thead><tr>${options.map((option) => html`<th scope="col">${option}</th>`)}${columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${runs.map(row)}</tbody></table></div>`
}

function kind(column: Column): Content {
  return column.isText === true ? html` class="words"` : null
}

function optionHeads(runs: readonly BenchRun[], grid: Grid): readonly string[] {
  const first = runs[0]
  return first === undefined ? [] : sweptValues(first, grid).map(({ option }) => option)
}

function optionCells(run: BenchRun, grid: Grid): readonly Markup[] {
  return sweptValues(run, grid).map(({ value }) => html`<th scope="row">${optionValue(value)}</th>`)
}
