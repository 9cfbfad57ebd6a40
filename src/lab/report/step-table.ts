import { millis } from './batch-lanes.js'
import { type Content, html, type Markup } from './markup.js'

export interface ToldStep {
  /** The moment of a slider that it belongs to. */
  readonly at: number
  readonly atMs: number
  readonly actor: string
  readonly event: string
  readonly says: string
}

/** Tells in words what a figure draws, step by step. `rest` is a body of the table that follows. */
export function stepTable(caption: string, steps: readonly ToldStep[], rest: Content = null): Markup {
  const row = ({ at, atMs, actor, event, says }: ToldStep): Markup =>
    html`<tr data-at="${at}"><td>${millis(atMs)}</td><td class="words">${actor}</td><td class="words">${event}</td><td class="words says">${says}</td></tr>\n`
  return html`<div class="scroll steps" role="region" tabindex="0" aria-label="Step by step"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">when</th><th class="words" scope="col">who</th><th class="words" scope="col">event</th><th class="words" scope="col">what</th></tr></thead>
<tbody>${steps.map(row)}</tbody>${rest}</table></div>`
}
