import { expect, test } from 'vitest'
import { HISTORY_MAX } from '../../../../src/lab/experiments/lab-result.js'
import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'
import { anomalyList } from '../../../../src/lab/report/anomaly-list.js'
import { batchFigure, orderFigure } from '../../../../src/lab/report/batch-figure.js'
import { momentPlaces } from '../../../../src/lab/report/batch-lanes.js'
import { html } from '../../../../src/lab/report/markup.js'
import { closed, logOf, SWAPPED, TWICE } from './made-up-timeline.js'

const drawn = (timeline: typeof SWAPPED): string => batchFigure(timeline, 'seed 1')?.text ?? ''
const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0

test('each batch is drawn as it is closed, in flight with its error, and in the log with its offset', () => {
  const figure = drawn(SWAPPED)
  expect(count(figure, /<g class="closed">/g)).toBe(2)
  expect(count(figure, /<g class="flight">/g)).toBe(2)
  expect(figure).toMatch(
    /<g class="flight erred"><title>[^<]*<\/title><rect[^>]*\/><text[^>]*>0–1 NOT_ENOUGH_REPLICAS<\/text>/,
  )
  expect(figure).toContain('>2 at 0</text>')
  expect(figure).toContain('>0–1 at 1</text>')
})

test('the lines of records that changed places cross, and are emphasised', () => {
  const lines = [...drawn(SWAPPED).matchAll(/<line class="way moved"[^>]* x1="([\d.]+)"[^>]* x2="([\d.]+)"/g)]
  const ways = lines.map(([, from, to]) => [Number(from), Number(to)] as const).sort(([a], [b]) => a - b)
  expect(ways).toHaveLength(3)
  const [first, second, third] = ways.map(([, to]) => to) as [number, number, number]
  expect(first).toBeLessThan(second)
  expect(third).toBeLessThan(first)
  expect(drawn(SWAPPED)).toContain('3 records changed places.')
})

test('records that kept their order have lines that do not cross', () => {
  const figure = drawn([closed(0, 1, [0, 1]), ...logOf(0, 1)])
  expect(count(figure, /<line class="way"/g)).toBe(2)
  expect(figure).not.toContain('class="way moved"')
  expect(figure).toContain('No record changed places.')
})

test('a record that is in the log twice is drawn twice', () => {
  const figure = drawn(TWICE)
  expect(count(figure, /<g class="logged( again)?"/g)).toBe(2)
  expect(count(figure, /<line class="way again"/g)).toBe(1)
  expect(figure).toContain('1 record in the log again')
})

test('a record that is not in the log has no line', () => {
  const figure = drawn([closed(0, 1, [0, 1]), ...logOf(1)])
  expect(count(figure, /<line class="way"/g)).toBe(1)
  expect(figure).toContain('<g class="sent missing"')
})

test('the slider is an input with a label, a step for each moment, and hidden as long as no script has run', () => {
  const figure = drawn(SWAPPED)
  expect(figure).toContain('<div class="slider" hidden><label>')
  expect(figure).toContain('<input type="range" min="0" max="5" value="5" step="1" aria-label="Moment of seed 1">')
  expect(figure.match(/data-places="([^"]*)"/)?.[1]?.split(' ')).toHaveLength(6)
})

test('a page whose script does not run tells everything in a table: each step, and each offset of the log', () => {
  const figure = drawn(SWAPPED)
  expect(figure).toContain('<td class="words says">batch 1 is answered</td>')
  expect(figure).toContain(
    '<td>offset 0</td><td class="words">log</td><td class="words">partition 0</td><td class="words says">record 2, changed places</td>',
  )
})

test('moments stand apart in their order, a microsecond and a second alike', () => {
  const places = momentPlaces([0, 0.001, 1_000])
  expect(places[1]! - places[0]!).toBeGreaterThan(10)
  expect(places[2]! - places[1]!).toBeGreaterThan(places[1]! - places[0]!)
  expect(places[2]).toBeLessThan(700)
})

const HOSTILE = '</table><script>alert(1)</script>" onload="x'

test('text from outside stays text', () => {
  const told = { atMs: 0, actor: HOSTILE, event: HOSTILE, says: HOSTILE }
  const step = { ...closed(1, 1, [0]).batch!, broker: HOSTILE, error: HOSTILE, attempt: 1 }
  const timeline = [told, { ...told, event: 'answered', batch: step }]
  const figure = batchFigure(timeline, HOSTILE)?.text ?? ''
  const list = html`${anomalyList([{ seed: 1, kind: HOSTILE, history: timeline, replay: HOSTILE }])}`.text
  for (const text of [figure, list]) {
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('" onload')
    expect(text).toContain('&lt;script&gt;')
  }
})

test('each anomaly stands beside its drawing, with the command that shows it again', () => {
  const anomalies = [1, 2].map((seed) => ({
    seed,
    kind: 'outOfOrder',
    history: SWAPPED,
    replay: `odradek lab run x --seed ${seed}`,
  }))
  const list = html`${anomalyList(anomalies)}`.text
  for (const seed of [1, 2]) expect(list).toContain(`<code>odradek lab run x --seed ${seed}</code>`)
  // One of each kind is drawn.
  expect(count(list, /<figure class="story">/g)).toBe(1)
  expect(html`${anomalyList([])}`.text).toBe('')
})

test('an anomaly of which only the end is kept is told and not drawn', () => {
  const [first] = SWAPPED
  const end = [...Array.from({ length: HISTORY_MAX }, () => first as TimelineEntry), ...SWAPPED].slice(-HISTORY_MAX)
  const anomaly = { seed: 1, kind: 'outOfOrder', history: end, replay: 'odradek lab run x --seed 1' }
  const list = html`${anomalyList([anomaly])}`.text
  expect([count(list, /<figure/g), count(list, /<code>odradek lab run x/g)]).toEqual([0, 1])
})

test('the log is drawn beside the order in which records were counted, where nobody told of batches', () => {
  const figure = orderFigure(logOf(0, 2, 1, 1))?.text ?? ''
  expect(count(figure, /<g class="sent"/g)).toBe(3)
  expect(count(figure, /<line class="way moved"/g)).toBe(2)
  expect(count(figure, /<line class="way again"/g)).toBe(1)
  expect(orderFigure([])).toBeNull()
})
