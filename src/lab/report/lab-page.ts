import { counted, grouped } from '../../base/words.js'
import type { RunOutcome } from '../experiments/experiment.js'
import type { LabReport, ShownRun } from '../experiments/run-experiment.js'
import { thisMachine } from '../measure/this-machine.js'
import { optionValue } from '../numbers.js'
import { anomalyList } from './anomaly-list.js'
import { batchFigure, orderFigure } from './batch-figure.js'
import { STORY_SCRIPT, STORY_STYLE } from './batch-figure-look.js'
import { FETCH_STYLE, fetchFigure } from './fetch-figure.js'
import { groupFigures } from './group-figure.js'
import { GROUP_DEFINITIONS, GROUP_STYLE } from './group-look.js'
import {
  brokenTold,
  factNames,
  headOf,
  isTimed,
  paceOf,
  runName,
  sweptNames,
  totalHeads,
  whereOf,
} from './lab-table.js'
import { type Content, html, type Markup } from './markup.js'
import { eyebrow, page } from './page.js'
import { LANES_STYLE, swimlanes } from './swimlanes.js'

/**
 * Writes an experiment as one HTML page that needs nothing else: what was claimed, what was seen, and each run along
 * time.
 */
export function labPage(report: LabReport, options: { readonly command: string }): string {
  const { experiment, shown } = report
  const { odradek } = thisMachine()
  const title = `Experiment: ${experiment.name}`
  const names = sweptNames(shown)
  const main = html`<header class="masthead">
${eyebrow('odradek lab')}
<h1>${title}</h1>
<p class="lead">${experiment.claim}</p>
${verdict(report, names)}
<dl class="about">
<div><dt>Where</dt><dd>${whereOf(report)}</dd></div>
<div><dt>Version</dt><dd>Odradek ${odradek}</dd></div>
<div><dt>Command</dt><dd><code>${options.command}</code></dd></div>
</dl></header>
<section class="prose"><h2>What is done, and why it ends like this</h2>${experiment.explanation.split('\n\n').map((text) => html`<p>${text}</p>`)}</section>
<section><h2>What was seen</h2>${table(shown, names)}</section>
${anomalyList(report.result.anomalies)}
${shown.map((one) => runSection(one, names))}`
  return page({
    title,
    odradek,
    style: LANES_STYLE + STORY_STYLE + FETCH_STYLE + GROUP_STYLE,
    script: STORY_SCRIPT,
    definitions: GROUP_DEFINITIONS,
    main,
  })
}

function verdict({ result, shown, brokenBetween }: LabReport, names: readonly string[]): Markup {
  const seen = `${grouped(result.lost)} lost, ${grouped(result.duplicated)} duplicated, ${grouped(result.outOfOrder)} out of order, in ${counted(result.runs.length, 'configuration')}`
  if (result.verdict === 'holds')
    return html`<div class="verdict clean"><span aria-hidden="true">✓</span><p><b>The claim holds</b><br>${seen}</p></div>`
  const why = shown.flatMap((one) => brokenTold(one).map((says) => html`<li>${runName(one, names)} ${says}</li>`))
  return html`<div class="verdict broken" role="alert"><span aria-hidden="true">!</span><div><p><b>The claim is broken</b><br>${seen}</p><ul>${why}${brokenBetween === null ? null : html`<li>${brokenBetween}</li>`}</ul></div></div>`
}

function table(shown: readonly ShownRun[], names: readonly string[]): Markup {
  const facts = factNames(shown)
  const heads = [...names, ...facts.map((name) => headOf(shown, name, 'first seed')), ...totalHeads(shown)]
  const row = (one: ShownRun): Markup => {
    const { run, outcome, broken } = one
    const settings = names.map((name) => html`<th scope="row">${optionValue(run.config[name] ?? '')}</th>`)
    if (run.refused !== undefined)
      return html`<tr>${settings}<td class="words" colspan="${heads.length + 1 - names.length}">not run: ${run.refused}</td></tr>`
    const seen = facts.map((name) => html`<td>${outcome?.facts[name] ?? ''}</td>`)
    const counts = [run.lost, run.duplicated, run.outOfOrder].map((count) => html`<td>${defects(count)}</td>`)
    const pace = isTimed(shown) ? html`<td>${paceOf(run)}</td>` : null
    return html`<tr>${settings}${seen}${counts}${pace}<td class="words">${broken.length === 0 ? 'holds' : 'broken'}</td></tr>\n`
  }
  return html`<div class="scroll" role="region" tabindex="0" aria-label="What was seen in each configuration"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}<th class="words" scope="col">claim</th></tr></thead><tbody>${shown.map(row)}</tbody></table></div>`
}

function defects(count: number): Content {
  return count === 0 ? '0' : html`<strong>${grouped(count)}</strong>`
}

function runSection(one: ShownRun, names: readonly string[]): Content {
  const { outcome, run } = one
  if (outcome === null) return null
  const heading = names.map(
    (name) => html`<span class="setting">${name} <b>${optionValue(run.config[name] ?? '')}</b></span>`,
  )
  return html`<section><h2>${heading.length > 0 ? heading : 'Along time'}</h2>
<p class="sentence small">${outcome.says}</p>
${figureOf(outcome, { name: runName(one, names) || 'the run', brokers: Number(run.config.brokers) })}</section>
`
}

/** Draws what the run tells most about: groups, answers to fetches, batches, or else what each actor did. */
function figureOf(
  { recording }: RunOutcome,
  { name, brokers }: { readonly name: string; readonly brokers: number },
): Content {
  const { timeline } = recording
  const figure = groupFigures(timeline, name) ?? fetchFigure(timeline) ?? batchFigure(timeline, name)
  return figure ?? [swimlanes(recording, brokers), orderFigure(timeline)]
}
