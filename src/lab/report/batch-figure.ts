import type { TimelineEntry } from '../experiments/recording.js'
import { batchLanes } from './batch-lanes.js'
import { type BatchStory, batchStoryOf, ordersOfLog } from './batch-story.js'
import { html, type Markup } from './markup.js'
import { recordOrder } from './record-order.js'
import { stepTable } from './step-table.js'

const LEGEND = [
  ['closed', 'a batch is closed'],
  ['flight', 'in flight, from sent to answered'],
  ['flight erred', 'answered with an error, or the answer was lost'],
  ['written', 'in the log, as the producer is told'],
  ['moved', 'changed places'],
  ['again', 'in the log again'],
] as const

/**
 * Draws a run's batches: lanes along time, the order of sending beside the order in the log, a slider over both, and a
 * table that says the same in words. Returns null when the timeline tells of no batches. `name` sets the slider apart
 * from others for readers that do not see it.
 */
export function batchFigure(timeline: readonly TimelineEntry[], name: string): Markup | null {
  const story = batchStoryOf(timeline)
  if (story === null) return null
  const last = story.moments.length - 1
  return html`<figure class="story">
<div class="scroll" role="region" tabindex="0" aria-label="Batches along time">${batchLanes(story)}</div>
<div class="slider" hidden><label>Moment <input type="range" min="0" max="${last}" value="${last}" step="1" aria-label="Moment of ${name}"></label><output></output></div>
<p class="legend-line">${LEGEND.map(([mark, says]) => html`<span><i class="key ${mark}"></i>${says}</span>`)}</p>
${story.orders.map(recordOrder)}
${table(story)}
</figure>`
}

/**
 * Draws what a run without told batches still shows: the order of its records. Returns null when the log is not told,
 * either.
 */
export function orderFigure(timeline: readonly TimelineEntry[]): Markup | null {
  const orders = ordersOfLog(timeline)
  return orders.length === 0 ? null : html`<figure class="story">${orders.map(recordOrder)}</figure>`
}

function table({ entries, moments, orders }: BatchStory): Markup {
  const logRow = (
    partition: number,
    { offset, name, hasMoved, isAgain }: BatchStory['orders'][number]['log'][number],
  ) =>
    html`<tr><td>offset ${offset}</td><td class="words">log</td><td class="words">partition ${partition}</td><td class="words says">record ${name}${hasMoved ? ', changed places' : ''}${isAgain ? ', again' : ''}</td></tr>\n`
  const log = orders.flatMap(({ partition, log: records }) => records.map((record) => logRow(partition, record)))
  const steps = entries.map((entry) => ({ ...entry, atMs: moments[entry.at] ?? 0 }))
  return stepTable('Step by step, and what the log holds at the end', steps, html`<tbody>${log}</tbody>`)
}
