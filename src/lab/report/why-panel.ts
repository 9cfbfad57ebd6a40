import { counted, grouped } from '../../base/words.js'
import type { BenchRun, LatencySummary } from '../measure/bench-result.js'
import { compact, optionValue, percent, threeDigits } from '../numbers.js'
import { explain, reasonLabel } from './explain.js'
import { batchesSent, batchFill, busyThreads, inFlightLimit, reasonShares } from './figures.js'
import type { Cell, Grid } from './grid.js'
import { sweptValues } from './grid.js'
import { type Content, html, type Markup } from './markup.js'

/** Writes everything that explains one cell. The page shows one panel of a plane at a time, chosen in its heatmaps. */
export function whyPanel({ run, index }: Cell, grid: Grid): Markup {
  return html`<article class="why" data-run="${index}">
<header><h3>${sweptValues(run, grid).map(({ option, value }) => html`<span class="setting">${option} <b>${optionValue(value)}</b></span>`)}</h3>
<p class="sentence" id="why-${index}">${explain(run)}</p></header>
${run.refused === undefined ? html`<div class="facts">${[batches(run), reasons(run), time(run), threads(run), latency(run), repeats(run)]}</div>` : null}
</article>
`
}

function fact(title: string, figure: Content, ...content: readonly Content[]): Markup {
  return html`<section><h4>${title}<span>${figure}</span></h4>${content}</section>`
}

function list(entries: readonly (readonly [term: Content, value: Content])[]): Markup {
  return html`<dl>${entries.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** Writes a width in per cent for a style attribute. */
function width(share: number): string {
  return `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`
}

function batches(run: BenchRun): Markup {
  const fill = batchFill(run)
  return fact(
    'Batch fill',
    percent(fill),
    html`<div class="bar"><i class="fill" style="width:${width(fill)}"></i></div>`,
    list([
      ['bytes in a batch', html`${grouped(run.batchBytesMean)} of ${grouped(run.config['batch.size'])}`],
      ['records in a batch', threeDigits(run.batchRecordsMean)],
      ['requests per second', compact(run.requestsPerSecond)],
    ]),
  )
}

function reasons(run: BenchRun): Markup {
  const shares = reasonShares(run)
  const label = (reason: (typeof shares)[number]['reason']) => reasonLabel(reason, run.config['linger.ms'])
  return fact(
    'Why batches left',
    counted(batchesSent(run), 'batch'),
    html`<div class="bar">${shares
      .filter(({ share }) => share > 0)
      .map(({ reason, share }) => html`<i class="${reason}" style="width:${width(share)}"></i>`)}</div>`,
    list(
      shares
        .filter(({ batches }) => batches > 0)
        .map(({ reason, batches, share }) => [
          html`<i class="key ${reason}"></i>${label(reason)}`,
          html`${percent(share)} <small>${compact(batches)}</small>`,
        ]),
    ),
  )
}

function time(run: BenchRun): Markup {
  const { recordQueueMsMean: queue, requestLatencyMsMean: request } = run
  const total = queue + request
  const share = total > 0 ? queue / total : 0
  return fact(
    'Where the time went',
    html`${threeDigits(total)} ms`,
    html`<div class="bar"><i class="queue" style="width:${width(share)}"></i><i class="request" style="width:${width(total > 0 ? 1 - share : 0)}"></i></div>`,
    list([
      [html`<i class="key queue"></i>waiting in its batch`, html`${threeDigits(queue)} ms`],
      [html`<i class="key request"></i>request to answer`, html`${threeDigits(request)} ms`],
      ['requests in flight', html`${threeDigits(run.inFlightMean)} of ${inFlightLimit(run)}`],
    ]),
  )
}

function threads(run: BenchRun): Markup {
  return fact(
    'Busy share of threads',
    null,
    html`<div class="threads">${busyThreads(run).map(
      ({ thread, busy }) =>
        html`<div><span>${thread}</span><div class="bar"><i class="busy" style="width:${width(busy)}"></i></div><b>${percent(busy)}</b></div>`,
    )}</div>`,
  )
}

function latency(run: BenchRun): Markup {
  const row = (name: string, figures: LatencySummary) =>
    html`<tr><th scope="row">${name}</th>${[figures.p50, figures.p99, figures.p999].map((ms) => html`<td>${threeDigits(ms)}</td>`)}</tr>`
  const rate = run.latencyRate === undefined ? null : html`at ${compact(run.latencyRate)}/s`
  return fact(
    'Latency, ms',
    rate,
    html`<table class="small"><thead><tr><td></td><th scope="col">p50</th><th scope="col">p99</th><th scope="col">p99.9</th></tr></thead>
<tbody>${[row('to handler', run.latencyMs), row('to ack', run.produceLatencyMs)]}</tbody></table>`,
  )
}

function repeats(run: BenchRun): Markup {
  const { min, median, max } = run.spread.recordsPerSecond
  const at = (value: number): string => width(max > 0 ? value / max : 0)
  return fact(
    'Records per second',
    compact(median),
    html`<div class="bar range"><i style="left:${at(min)};right:0"></i><b style="left:${at(median)}"></b></div>`,
    list([
      [counted(run.repeats, 'repeat'), html`${compact(min)} – ${compact(max)}`],
      ['values', html`${threeDigits(run.megabytesPerSecond)} MB/s`],
      ['CPU for a million', html`${threeDigits(run.cpuSecondsPerMillionRecords)} s`],
    ]),
  )
}
