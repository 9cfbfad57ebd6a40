import { counted } from '../../base/words.js'
import type { TimelineEntry } from '../experiments/recording.js'
import type { FetchStep } from '../experiments/timeline.js'
import { millis } from './batch-lanes.js'
import { labelWidth } from './lane-rows.js'
import { html, type Markup } from './markup.js'
import { stepTable } from './step-table.js'

/**
 * The time that records wait until they are handed out, by when each was sent: one tooth for each answer.
 *
 *     fetch.max.wait.ms  - - - - - - - - - - - -
 *                        |\       |\
 *                        | \      | \             a record that was sent first has waited longest
 *                        |  \     |  \   |\
 *     sent               ------------------------
 *     handed out              |        |    |     with the number of records in the answer
 */
const WIDTH = 1_040
const LEFT = 64
const RIGHT = 32
const TOP = 28
const PLOT = 168
const ANSWERS = 44
const AXIS = 26
const TICKS = 6
const DOT_RADIUS = 2
/** More dots than this would be a line. */
const DOTS_MAX = 400

const LEGEND = [
  ['tooth bytes', 'answered when fetch.min.bytes had come'],
  ['tooth time', 'answered when fetch.max.wait.ms had passed'],
  ['dot', 'a record, by when it was sent and how long it waited'],
  ['limit', 'fetch.max.wait.ms'],
] as const

type FetchEntry = TimelineEntry & { readonly fetch: FetchStep }

/**
 * Draws how long records waited for their answers, and tells each answer in a table. Returns null when the timeline
 * tells of none.
 */
export function fetchFigure(timeline: readonly TimelineEntry[]): Markup | null {
  const answers = timeline.filter((entry): entry is FetchEntry => entry.fetch !== undefined)
  if (answers.length === 0) return null
  const steps = timeline.map((entry, at) => ({ ...entry, at }))
  return html`<figure class="story fetches">
<div class="scroll" role="region" tabindex="0" aria-label="How long records waited">${drawing(answers)}</div>
<p class="legend-line">${LEGEND.map(([mark, says]) => html`<span><i class="key ${mark}"></i>${says}</span>`)}</p>
${stepTable('Answer by answer', steps)}
</figure>`
}

function drawing(answers: readonly FetchEntry[]): Markup {
  const waits = answers.flatMap(({ fetch }) => fetch.waitedMs)
  const waitMsMax = Math.max(...answers.map(({ fetch }) => fetch.waitMsMax))
  const [untilMs, highest] = [Math.max(...answers.map(({ atMs }) => atMs)), Math.max(waitMsMax, ...waits)]
  const fromMs = Math.min(0, ...answers.flatMap(({ atMs, fetch }) => fetch.waitedMs.map((waited) => atMs - waited)))
  const x = (ms: number): number => LEFT + ((ms - fromMs) / (untilMs - fromMs || 1)) * (WIDTH - LEFT - RIGHT)
  const y = (waited: number): number => TOP + PLOT - (waited / highest) * PLOT
  const base = TOP + PLOT
  const height = base + ANSWERS + AXIS
  const dots = waits.length > DOTS_MAX ? [] : answers.flatMap(sentOf)
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="How long each record waited, by when it was sent; the same is told in the table below">
${heights(highest).map((ms) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(ms))}" y2="${px(y(ms))}"/><text class="axis" text-anchor="end" x="${LEFT - 8}" y="${px(y(ms) + 4)}">${millis(ms)}</text>`)}
${times(fromMs, untilMs).map((ms) => html`<line class="grid" x1="${px(x(ms))}" x2="${px(x(ms))}" y1="${base}" y2="${base + ANSWERS}"/><text class="axis" text-anchor="middle" x="${px(x(ms))}" y="${height - 6}">${millis(ms)}</text>`)}
${answers.map((answer) => tooth(answer, x, y))}
${dots.map(({ sentMs, waited }) => html`<circle class="dot" cx="${px(x(sentMs))}" cy="${px(y(waited))}" r="${DOT_RADIUS}"/>`)}
<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(waitMsMax))}" y2="${px(y(waitMsMax))}"/><text class="axis" x="${LEFT + 6}" y="${px(y(waitMsMax) - 6)}">fetch.max.wait.ms</text>
<text class="axis" text-anchor="end" x="${LEFT - 8}" y="${base + 32}">answers</text><line class="lane" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${base}" y2="${base}"/>
${arrivals(answers, x, base)}
</svg>`
}

function sentOf({ atMs, fetch }: FetchEntry): { readonly sentMs: number; readonly waited: number }[] {
  return fetch.waitedMs.map((waited) => ({ sentMs: atMs - waited, waited }))
}

type Place = (ms: number) => number

function tooth(answer: FetchEntry, x: Place, y: Place): Markup {
  const { atMs, fetch, says } = answer
  const sent = sentOf(answer)
  const outline = [{ sentMs: sent[0]?.sentMs ?? atMs, waited: 0 }, ...sent, { sentMs: atMs, waited: 0 }]
  const points = outline.map(({ sentMs, waited }) => `${px(x(sentMs))},${px(y(waited))}`).join(' ')
  return html`<g class="tooth ${fetch.reason}"><title>${millis(atMs)}: ${says}</title><polygon points="${points}"/></g>`
}

/** Draws each answer when it was handed out, with the number of its records where that has room. */
function arrivals(answers: readonly FetchEntry[], x: Place, base: number): readonly Markup[] {
  let free = Number.NEGATIVE_INFINITY
  return answers.map(({ atMs, fetch }) => {
    const at = x(atMs)
    const label = String(fetch.waitedMs.length)
    const hasRoom = at >= free
    if (hasRoom) free = at + labelWidth(label) + 4
    const count = hasRoom
      ? html`<text class="axis" text-anchor="middle" x="${px(at)}" y="${base + 32}">${label}</text>`
      : null
    const says = `${counted(fetch.waitedMs.length, 'record')} at ${millis(atMs)}`
    return html`<g class="arrival ${fetch.reason}"><title>${says}</title><line x1="${px(at)}" x2="${px(at)}" y1="${base + 4}" y2="${base + 18}"/>${count}</g>`
  })
}

const heights = (highest: number): number[] => steps(0, highest, 4)
const times = (fromMs: number, untilMs: number): number[] => steps(fromMs, untilMs, TICKS)

/** Returns round numbers within the range, about so many. */
function steps(from: number, to: number, count: number): number[] {
  const least = Math.max(1e-3, (to - from) / count)
  const power = 10 ** Math.floor(Math.log10(least))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10)
  const first = Math.ceil(from / step)
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step)
}

const px = (value: number): string => value.toFixed(1)

/** Style that is added to that of all pages. */
export const FETCH_STYLE = `
.fetches svg { min-width: 760px; max-width: 100%; height: auto }
.tooth polygon { stroke-width: 1.2; stroke-linejoin: round }
.tooth.bytes polygon, i.tooth.bytes { fill: color-mix(in oklab, var(--full) 30%, var(--paper)); background: color-mix(in oklab, var(--full) 30%, var(--paper)); stroke: var(--full) }
i.tooth.bytes { outline: 1px solid var(--full) }
.tooth.time polygon { fill: color-mix(in oklab, var(--linger) 30%, var(--paper)); stroke: var(--linger); stroke-dasharray: 4 2 }
i.tooth.time { background: color-mix(in oklab, var(--linger) 30%, var(--paper)); border: 1px dashed var(--linger) }
.arrival line { stroke: var(--full); stroke-width: 1.5 }
.arrival.time line { stroke: var(--linger); stroke-dasharray: 3 2 }
.dot { fill: var(--ink) }
i.dot { background: var(--ink); width: 5px; height: 5px; border-radius: 50%; vertical-align: middle }
.limit { stroke: var(--bad); stroke-dasharray: 2 4 }
i.limit { height: 0; border-top: 2px dotted var(--bad); background: none; vertical-align: middle }
`
