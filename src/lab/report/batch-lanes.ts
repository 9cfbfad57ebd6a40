import { threeDigits } from '../numbers.js'
import type { BatchStory, Flight } from './batch-story.js'
import { inRows, labelWidth, type Placed, rowCount } from './lane-rows.js'
import { html, type Markup } from './markup.js'

/**
 * The fate of batches along time, from left to right:
 *
 *     sender      [0–2]   [3–5]                    batches as they are closed
 *     connection    [0–2 ERROR ]   [0–2       ]    requests in flight, from sent to answered
 *                           [3–5      ]
 *     log                         [at 0]  [at 3]   what the producer is told of offsets
 *
 * Moments stand apart by more than nothing and less than their time: both a microsecond and a second can be seen. The
 * slider covers what has not happened yet.
 */
const LEFT = 16
const RIGHT = 120
const HEAD = 22
const ROW = 27
const BOX = 21
const AXIS = 30
const STEP_MIN = 12
const STEP_PER_DECADE = 16
const AXIS_LABEL = 66
const WIDTH_MIN = 680

/** Returns the place of each moment. A short story is stretched to the width that there is anyway. */
export function momentPlaces(moments: readonly number[]): readonly number[] {
  const steps = moments.map((ms, index) => {
    const gap = ms - (moments[index - 1] ?? ms)
    return index === 0 ? 0 : STEP_MIN + STEP_PER_DECADE * Math.log10(1 + gap * 100)
  })
  const total = steps.reduce((sum, step) => sum + step, 0)
  const stretch = total === 0 ? 1 : Math.max(1, (WIDTH_MIN - LEFT - RIGHT) / total)
  let x = LEFT
  return steps.map((step) => {
    x += step * stretch
    return x
  })
}

interface Lane {
  readonly name: string
  readonly rows: number
  draw(top: number): Markup | readonly Markup[]
}

export function batchLanes(story: BatchStory): Markup {
  const xs = momentPlaces(story.moments)
  const x = (moment: number): number => xs[moment] ?? LEFT
  const end = xs.at(-1) ?? LEFT
  const connections = [...new Set(story.flights.map(({ connection }) => connection))]
  const lanes: Lane[] = [
    boxLane(
      'sender: batches as they are closed',
      'closed',
      story.closed.map(({ at, name }) => ({ x: x(at), label: name })),
    ),
    ...connections.map((name) =>
      flightLane(
        `connection of ${name}: requests in flight`,
        story.flights.filter(({ connection }) => connection === name),
        x,
        end,
      ),
    ),
    boxLane(
      'log: where records are written, as the producer is told',
      'written',
      story.flights.flatMap((flight) => {
        const { error, until } = flight
        return error === 'NONE' && until !== null ? [{ x: x(until), label: offsetsOf(flight) }] : []
      }),
    ),
  ]
  const tops = lanes.map(
    (_, index) => HEAD + lanes.slice(0, index).reduce((sum, { rows }) => sum + laneHeight(rows), 0),
  )
  const bottom = HEAD + lanes.reduce((sum, { rows }) => sum + laneHeight(rows), 0)
  const width = Math.max(WIDTH_MIN, end + RIGHT)
  return html`<svg class="time" viewBox="0 ${HEAD - 4} ${px(width)} ${bottom + AXIS - HEAD}" width="${px(width)}" height="${bottom + AXIS - HEAD}" role="img" aria-label="Batches along time: closed by the sender, in flight, in the log; the same is told in the table below" data-places="${xs.map(px).join(' ')}">
${axis(story.moments, xs, bottom)}
${lanes.map(
  (
    lane,
    index,
  ) => html`<g><text class="axis" x="4" y="${(tops[index] ?? 0) + 15}">${lane.name}</text><line class="lane" x1="0" x2="${px(width)}" y1="${(tops[index] ?? 0) + laneHeight(lane.rows)}" y2="${(tops[index] ?? 0) + laneHeight(lane.rows)}"/>
${lane.draw((tops[index] ?? 0) + HEAD)}</g>
`,
)}
<g class="after"><rect x="${px(end)}" y="${HEAD - 4}" width="0" height="${bottom - HEAD + 4}"/><line x1="${px(end)}" x2="${px(end)}" y1="${HEAD - 4}" y2="${bottom}"/></g>
</svg>`
}

const laneHeight = (rows: number): number => HEAD + rows * ROW + 6

function boxLane(name: string, kind: string, boxes: readonly { readonly x: number; readonly label: string }[]): Lane {
  const placed = inRows(boxes, ({ x, label }) => ({ x, width: labelWidth(label), label }))
  return {
    name,
    rows: rowCount(placed),
    draw: (top) =>
      placed.map(({ item: { label }, x, width, row }) =>
        labelled({ kind, label, x, width, y: top + row * ROW, says: label }),
      ),
  }
}

function flightLane(name: string, flights: readonly Flight[], x: (moment: number) => number, end: number): Lane {
  const from = (flight: Flight): number => (flight.from === null ? 0 : x(flight.from))
  const until = (flight: Flight): number => (flight.until === null ? end + RIGHT / 2 : x(flight.until))
  const placed: readonly Placed<Flight>[] = inRows(flights, (flight) => ({
    x: from(flight),
    width: until(flight) - from(flight),
    label: flightLabel(flight),
  }))
  return {
    name,
    rows: rowCount(placed),
    draw: (top) =>
      placed.map(({ item, x: at, width, row }) => {
        const says = `records ${item.name}, attempt ${item.attempt}: ${item.error ?? 'not answered'}`
        const label = flightLabel(item)
        return labelled({ kind: kindOf(item), label, x: at, width, y: top + row * ROW, says })
      }),
  }
}

function kindOf({ error }: Flight): string {
  if (error === null) return 'flight open'
  return error === 'NONE' ? 'flight' : 'flight erred'
}

/** Labels a flight with its name, its attempt from the second on, and its error. */
function flightLabel({ name, attempt, error }: Flight): string {
  const again = attempt > 1 ? ` (attempt ${attempt})` : ''
  return error === null || error === 'NONE' ? `${name}${again}` : `${name}${again} ${error}`
}

function offsetsOf({ name, baseOffset, partition }: Flight): string {
  const where = partition === 0 ? '' : ` of partition ${partition}`
  return baseOffset < 0 ? `${name}${where}` : `${name} at ${baseOffset}${where}`
}

interface Box {
  readonly kind: string
  readonly label: string
  readonly x: number
  readonly width: number
  readonly y: number
  readonly says: string
}

function labelled({ kind, label, x, width, y, says }: Box): Markup {
  return html`<g class="${kind}"><title>${says}</title><rect x="${px(x)}" y="${y}" width="${px(Math.max(2, width))}" height="${BOX}" rx="3"/><text x="${px(x + 6)}" y="${y + 15}">${label}</text></g>`
}

/** Draws as many times as have room. */
function axis(moments: readonly number[], xs: readonly number[], y: number): readonly Markup[] {
  let free = Number.NEGATIVE_INFINITY
  return xs.flatMap((x, index) => {
    if (x < free) return []
    free = x + AXIS_LABEL
    return [
      html`<line class="grid" x1="${px(x)}" x2="${px(x)}" y1="${HEAD}" y2="${y}"/><text class="axis" x="${px(x)}" y="${y + 20}">${millis(moments[index] ?? 0)}</text>`,
    ]
  })
}

export const millis = (ms: number): string => `${ms < 0 ? '−' : ''}${threeDigits(Math.abs(ms))} ms`
const px = (value: number): string => value.toFixed(1)
