import { grouped } from '../../base/words.js'
import { HISTORY_MAX, type LabAnomaly } from '../experiments/lab-result.js'
import { batchFigure } from './batch-figure.js'
import { type Content, html, type Markup } from './markup.js'

/** The most anomalies that are drawn: a page with more drawings opens slowly, and they look much alike. */
const DRAWN_MAX = 3
const TOLD_MAX = 50

/** Lists each anomaly with the command that shows it again, beside its drawing. Returns null when there are none. */
export function anomalyList(anomalies: readonly LabAnomaly[]): Content {
  if (anomalies.length === 0) return null
  const drawn = firstOfEachKind(anomalies)
  const ordered = [...drawn, ...anomalies.filter((one) => !drawn.includes(one))]
  const rest = ordered.length - TOLD_MAX
  return html`<section><h2>Anomalies, and how to see them again</h2>
<ul class="anomalies">${ordered.slice(0, TOLD_MAX).map((one) => item(one, drawn.includes(one)))}</ul>
${rest > 0 ? html`<p class="note">and ${grouped(rest)} more: the JSON has them all.</p>` : null}</section>`
}

/** Returns the first anomaly of each kind: one of each kind says more than three of one. */
function firstOfEachKind(anomalies: readonly LabAnomaly[]): readonly LabAnomaly[] {
  const first = new Map<string, LabAnomaly>()
  for (const one of anomalies) if (!first.has(one.kind)) first.set(one.kind, one)
  return [...first.values()].slice(0, DRAWN_MAX)
}

function item(anomaly: LabAnomaly, isDrawn: boolean): Markup {
  const { kind, seed, history, replay } = anomaly
  // Without its beginning, a history would show records in wrong places.
  const isWhole = history.length < HISTORY_MAX
  const figure = isDrawn && isWhole ? batchFigure(history, `${kind}, seed ${seed}`) : null
  const says = history.at(-1)?.says ?? ''
  return html`<li class="${figure === null ? 'told' : ''}"><div class="about"><p><b>${kind}</b>, seed ${seed}</p><p>${says}</p><code>${replay}</code></div>${figure}</li>
`
}
