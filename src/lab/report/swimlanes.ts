import type { Dated, PartitionView, Recording, TimelineEntry } from '../experiments/recording.js'
import { threeDigits } from '../numbers.js'
import { html, type Markup } from './markup.js'

/**
 * One run along time: a lane for each actor, from left to right in milliseconds since the kill.
 *
 *     producer   | | | | o o o          records that are sent, acknowledged (o), given up (x)
 *     broker-1   [ leader    ]x          what the controller thinks of it, and the high watermark in the leader's band
 *     broker-2   [ isr       ][ leader ]
 *     controller         (3) (4)         entries of the timeline, by their numbers
 *     consumer     | | |                 records that are read
 */
const WIDTH = 1_040
const LEFT = 96
/** The right margin: half of an axis label. */
const RIGHT = 32
const LANE = 54
const BAND = 26
const TOP = 10
const AXIS = 34
const NUMBER_RADIUS = 8
const TICKS = 6

interface Scale {
  readonly from: number
  readonly to: number
  x(atMs: number): number
}

const LEGEND = [
  ['leads', 'leader'],
  ['follows', 'in the isr'],
  ['outside', 'not in the isr'],
  ['down', 'down, as the controller knows it'],
  ['watermark', 'high watermark, as the consumer saw it'],
  ['send', 'a record is sent'],
  ['acknowledged', 'acknowledged'],
  ['failed', 'given up'],
  ['read', 'read'],
] as const

/** Draws the run, and below it its timeline in words with the same numbers. */
export function swimlanes(recording: Recording, brokers: number): Markup {
  const timeline = recording.timeline.filter(({ record }) => record === undefined)
  const lanes = [
    'producer',
    ...Array.from({ length: brokers }, (_, index) => `broker-${index + 1}`),
    'controller',
    'consumer',
  ]
  const scale = scaleOf([...timeline, ...recording.marks])
  const height = TOP + lanes.length * LANE + AXIS
  const top = (lane: string): number => TOP + lanes.indexOf(lane) * LANE
  return html`<figure class="lanes"><div class="scroll" role="region" tabindex="0" aria-label="What happened along time">
<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="A lane for each actor, along time; the same is told in words below">
${lanes.map((lane) => html`<text class="axis" x="0" y="${top(lane) + LANE / 2 + 5}">${lane}</text><line class="lane" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${top(lane) + LANE}" y2="${top(lane) + LANE}"/>`)}
${axis(scale, TOP + lanes.length * LANE)}
${bands(recording.views, scale, top)}
${watermarks(recording, scale, top)}
${marks(recording, scale, top)}
${timeline.filter(({ event }) => event === 'kill').map(({ atMs }) => html`<line class="kill" x1="${px(scale.x(atMs))}" x2="${px(scale.x(atMs))}" y1="${TOP}" y2="${TOP + lanes.length * LANE}"/>`)}
${numbers(timeline, scale, top)}
</svg></div>
<p class="legend-line">${LEGEND.map(([mark, says]) => html`<span><i class="key ${mark}"></i>${says}</span>`)}</p>
<ol class="told">${timeline.map((entry) => html`<li><b>${ms(entry.atMs)}</b> <span>${entry.actor}</span> ${entry.says}</li>\n`)}</ol></figure>`
}

function scaleOf(drawn: readonly { readonly atMs: number }[]): Scale {
  const times = drawn.map(({ atMs }) => atMs)
  const [from, end] = times.length === 0 ? [0, 0] : [Math.min(...times), Math.max(...times)]
  const to = end > from ? end : from + 1
  return { from, to, x: (atMs) => LEFT + ((atMs - from) / (to - from)) * (WIDTH - LEFT - RIGHT) }
}

function axis({ from, to, x }: Scale, y: number): readonly Markup[] {
  const step = roundStep((to - from) / TICKS)
  const count = Math.floor(to / step) - Math.ceil(from / step) + 1
  return Array.from({ length: count }, (_, index) => {
    const at = (Math.ceil(from / step) + index) * step
    return html`<line class="grid" x1="${px(x(at))}" x2="${px(x(at))}" y1="${TOP}" y2="${y}"/><text class="axis" text-anchor="middle" x="${px(x(at))}" y="${y + 22}">${ms(at)}</text>`
  })
}

/** Returns 1, 2 or 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10)
}

function bands(views: readonly Dated<PartitionView>[], scale: Scale, top: (lane: string) => number): readonly Markup[] {
  const brokers = [...new Set(views.flatMap(({ alive }) => alive))]
  return brokers.flatMap((id) => {
    // A broker has one band for as long as nothing changes for it: between two bands a seam would be seen.
    const changes = views.filter((view, index) => {
      const before = views[index - 1]
      return before === undefined || stateOf(before, id) !== stateOf(view, id)
    })
    const y = top(`broker-${id}`) + (LANE - BAND) / 2
    return changes.map((view, index) => {
      const [from, to] = [index === 0 ? scale.from : view.atMs, changes[index + 1]?.atMs ?? scale.to]
      return html`<rect class="${stateOf(view, id)}" x="${px(scale.x(from))}" width="${px(scale.x(to) - scale.x(from))}" y="${y}" height="${BAND}"/>`
    })
  })
}

function stateOf({ leader, isr, alive }: PartitionView, id: number): string {
  if (!alive.includes(id)) return 'down'
  if (leader === id) return 'leads'
  return isr.includes(id) ? 'follows' : 'outside'
}

/** Draws a step for each high watermark, in the band of whoever led then; the band's height is the highest of them. */
function watermarks(
  { views, highWatermarks }: Recording,
  scale: Scale,
  top: (lane: string) => number,
): readonly Markup[] {
  const highest = Math.max(1, ...highWatermarks.map(({ offset }) => offset))
  return highWatermarks.flatMap(({ offset, atMs }, index) => {
    const leader = views.findLast((view) => view.atMs <= atMs)?.leader ?? -1
    if (leader < 0) return []
    const until = Math.min(
      highWatermarks[index + 1]?.atMs ?? scale.to,
      views.find((view) => view.atMs > atMs && view.leader !== leader)?.atMs ?? scale.to,
    )
    const y = px(top(`broker-${leader}`) + (LANE + BAND) / 2 - (offset / highest) * BAND)
    return [html`<line class="watermark" x1="${px(scale.x(atMs))}" x2="${px(scale.x(until))}" y1="${y}" y2="${y}"/>`]
  })
}

function marks({ marks: all }: Recording, { x }: Scale, top: (lane: string) => number): readonly Markup[] {
  const [producer, consumer] = [top('producer'), top('consumer')]
  return all.map(({ kind, atMs }) => {
    const at = px(x(atMs))
    if (kind === 'send')
      return html`<line class="send" x1="${at}" x2="${at}" y1="${producer + 24}" y2="${producer + 34}"/>`
    if (kind === 'read')
      return html`<line class="read" x1="${at}" x2="${at}" y1="${consumer + 32}" y2="${consumer + 44}"/>`
    return html`<circle class="${kind}" cx="${at}" cy="${producer + 42}" r="2.5"/>`
  })
}

/** Entries that would lie upon one another stand side by side. */
function numbers(timeline: readonly TimelineEntry[], scale: Scale, top: (lane: string) => number): readonly Markup[] {
  const last = new Map<string, number>()
  return timeline.map(({ actor, event, atMs }, index) => {
    const least = (last.get(actor) ?? Number.NEGATIVE_INFINITY) + 2 * NUMBER_RADIUS + 1
    const at = Math.min(WIDTH - NUMBER_RADIUS, Math.max(scale.x(atMs), least))
    last.set(actor, at)
    const y = top(actor) + (actor.startsWith('broker') ? LANE / 2 : 14)
    return html`<g class="number${event === 'kill' ? ' dies' : ''}"><circle cx="${px(at)}" cy="${y}" r="${NUMBER_RADIUS}"/><text text-anchor="middle" x="${px(at)}" y="${y + 4}">${index + 1}</text></g>`
  })
}

const px = (value: number): string => value.toFixed(1)
const ms = (value: number): string => `${value < 0 ? '−' : ''}${threeDigits(Math.abs(value))} ms`

/** Style that is added to that of all pages. */
export const LANES_STYLE = `
.lanes svg { min-width: 760px; max-width: 100%; height: auto }
.lane, .grid { stroke: var(--line) }
.kill { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3 }
rect.leads, i.leads { fill: var(--full); background: var(--full) }
rect.follows, i.follows { fill: color-mix(in oklab, var(--full) 35%, var(--paper)); background: color-mix(in oklab, var(--full) 35%, var(--paper)) }
rect.outside, i.outside { fill: var(--track); background: var(--track) }
rect.down { fill: none; stroke: var(--bad); stroke-dasharray: 2 4; stroke-opacity: .6 }
i.down { border: 1px dashed var(--bad) }
line.watermark { stroke: var(--linger); stroke-width: 2 }
i.watermark { background: var(--linger); height: 3px; vertical-align: middle }
.send { stroke: var(--soft) }
.read { stroke: var(--flush); stroke-width: 1.5 }
circle.acknowledged { fill: var(--good) }
circle.failed { fill: var(--bad) }
.number circle { fill: var(--card); stroke: var(--ink) }
.number text { font-size: 10.5px }
.dies circle { fill: var(--bad); stroke: var(--bad) }
.dies text { fill: var(--paper); font-weight: 700 }
i.send, i.read { width: 2px; border-radius: 0 }
i.send { background: var(--soft) }
i.read { background: var(--flush) }
i.acknowledged, i.failed { width: 6px; height: 6px; border-radius: 50%; vertical-align: middle }
i.acknowledged { background: var(--good) }
i.failed { background: var(--bad) }
.legend-line { display: flex; flex-wrap: wrap; gap: 2px 18px; color: var(--soft); font-size: 13px; margin: 12px 0 }
.told { font-size: 14px; padding-left: 2em; columns: 2 360px; column-gap: 40px }
.told li { break-inside: avoid; padding: 2px 0 }
.told b { font-weight: 600 }
.told span { color: var(--soft) }
.sentence.small { font-size: 18px; margin-bottom: 18px }
.prose p { max-width: 46em; margin-bottom: 12px }
`
