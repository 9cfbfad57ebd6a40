import type { LabReport, ShownRun } from '../experiments/run-experiment.js'
import { thisMachine } from '../machine.js'
import { factNames, runName, sweptNames, whereOf } from './lab-table.js'
import { type Content, html, type Markup, trusted } from './markup.js'
import { counted, grouped, optionValue } from './numbers.js'
import { PAGE_SCRIPT } from './page-script.js'
import { PAGE_STYLE } from './page-style.js'
import { LANES_STYLE, swimlanes } from './swimlanes.js'

/** An experiment as one HTML page that needs nothing else: what was claimed, what was seen, and each run along time. */
export function labPage(report: LabReport, options: { readonly command: string }): string {
  const { experiment, shown } = report
  const { odradek } = thisMachine()
  const title = `Experiment: ${experiment.name}`
  const names = sweptNames(shown)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="odradek ${odradek}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(PAGE_STYLE)}${trusted(LANES_STYLE)}</style>
</head>
<body>
<main>
<header class="masthead">
<div class="top"><p class="eyebrow">odradek lab</p><button type="button" id="mode" hidden>Dark</button></div>
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
${shown.map((one) => runSection(one, names))}
</main>
<script>${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`.text
}

function verdict({ result, shown }: LabReport, names: readonly string[]): Markup {
  const seen = `${grouped(result.lost)} lost, ${grouped(result.duplicated)} duplicated, ${grouped(result.outOfOrder)} out of order, in ${counted(result.runs.length, 'configuration')}`
  if (result.verdict === 'holds')
    return html`<div class="verdict clean"><span aria-hidden="true">✓</span><p><b>The claim holds</b><br>${seen}</p></div>`
  const why = shown.flatMap((one) => one.broken.map((says) => html`<li>${runName(one, names)} ${says}</li>`))
  return html`<div class="verdict broken" role="alert"><span aria-hidden="true">!</span><div><p><b>The claim is broken</b><br>${seen}</p><ul>${why}</ul></div></div>`
}

function table(shown: readonly ShownRun[], names: readonly string[]): Markup {
  const facts = factNames(shown)
  const heads = [...names, ...facts, 'lost', 'duplicated', 'out of order', 'claim']
  const row = (one: ShownRun): Markup => {
    const { run, outcome, broken } = one
    const settings = names.map((name) => html`<th scope="row">${optionValue(run.config[name] ?? '')}</th>`)
    if (run.refused !== undefined)
      return html`<tr>${settings}<td class="words" colspan="${heads.length - names.length}">not run: ${run.refused}</td></tr>`
    const seen = facts.map((name) => html`<td>${outcome?.facts[name] ?? ''}</td>`)
    const counts = [run.lost, run.duplicated, run.outOfOrder].map((count) => html`<td>${defects(count)}</td>`)
    return html`<tr>${settings}${seen}${counts}<td class="words">${broken.length === 0 ? 'holds' : 'broken'}</td></tr>\n`
  }
  return html`<div class="scroll" role="region" tabindex="0" aria-label="What was seen in each configuration"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${shown.map(row)}</tbody></table></div>`
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
${swimlanes(outcome.recording, Number(run.config.brokers))}</section>
`
}
