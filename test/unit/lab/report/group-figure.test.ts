import { expect, test } from 'vitest'
import type { TimelineEntry } from '../../../../src/lab/experiments/recording.js'
import { groupFigures } from '../../../../src/lab/report/group-figure.js'
import { step, TAKEN_OVER } from './made-up-group.js'

const drawn = (timeline: readonly TimelineEntry[]): string =>
  (groupFigures(timeline, 'seed 1') ?? []).map(({ text }) => text).join('')
const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0
const figure = drawn(TAKEN_OVER)

test('each member has a band for each partition and each time in which it has it', () => {
  expect(count(figure, /<title>member a has partition/g)).toBe(3)
  expect(count(figure, /<title>member b has partition/g)).toBe(2)
  expect(count(figure, /<title>member c has partition/g)).toBe(0)
  expect(figure).toContain(
    '<title>member b has partition 1 of generation 2, 40.00 ms to 70.00 ms, 30.0 ms, then gives it up</title>',
  )
})

test('a band is hollow from the moment on at which the partition is somebody else’s', () => {
  const [band] = figure.match(/<title>member a has partition 0 [\s\S]*?<\/g>/) ?? ['']
  const [, x, width] = /<rect x="([\d.]+)" width="([\d.]+)"/.exec(band) ?? []
  const [, from] = /<rect class="ghost" x="([\d.]+)"/.exec(band) ?? []
  expect(Number(x) + Number(width)).toBeCloseTo(Number(from), 0)
  expect(count(figure, /class="ghost"/g)).toBe(2)
})

test('a member without a partition has a lane, and its death stands there', () => {
  expect(figure).toContain('>member c</text>')
  expect(figure).toContain('<title>member c dies, 90.00 ms</title>')
  expect(figure).toContain('<title>member a expelled, 52.00 ms</title>')
})

test('each partition tells who reads it, and when nobody does, in the drawing and in words', () => {
  expect(figure).toContain('<title>a reads partition 0, 10.00 ms to 20.00 ms, 10.0 ms</title>')
  expect(figure).toContain('<title>a has, but does not read, partition 0, 20.00 ms to 40.00 ms, 20.0 ms</title>')
  expect(figure).toContain('<title>nobody has partition 1, 70.00 ms to 80.00 ms, 10.0 ms</title>')
  const table = figure.split('When nobody reads a partition</caption>')[1]?.split('</table>')[0] ?? ''
  expect(table).toContain(
    '<th scope="row">1</th><td>70.00 ms</td><td>80.00 ms</td><td>10.0 ms</td><td class="words">nobody has it</td>',
  )
  expect(table).toContain('<td class="words">member a has it and does not go on</td>')
})

test('redeliveries and refused commits have marks of their own, and the legend names the marks that are there', () => {
  expect(count(figure, /<g class="mark handed-again">/g)).toBe(1)
  expect(count(figure, /<g class="mark effect-again">/g)).toBe(1)
  expect(figure).toContain('<title>64.00 ms: a is refused to commit offset 4 of partition 0: UNKNOWN_MEMBER_ID</title>')
  expect(figure).toContain('</i>a commit that is refused</span>')
  expect(figure).not.toContain('passed over')
})

test('generations begin where the first member hears of them', () => {
  expect(figure).toContain('<title>generation 2, 40.00 ms</title>')
  expect(count(figure, /<g class="generation">/g)).toBe(3)
})

test('tables tell each band and each step, but not each record that was handed out once', () => {
  expect(figure).toMatch(
    /<th class="words" scope="row">b<\/th><td>0<\/td><td>2<\/td><td>40.00 ms<\/td>.*<td>4<\/td><td>4<\/td>/,
  )
  const steps = figure.split('Step by step</caption>')[1] ?? ''
  expect(steps).toContain('sends 20 records')
  expect(count(steps, /handed-out of/g)).toBe(1)
})

test('two groups have a figure each, with a slider that names it', () => {
  const other = TAKEN_OVER.map((entry) => (entry.group ? { ...entry, group: { ...entry.group, group: 'bar' } } : entry))
  const both = drawn([...TAKEN_OVER, ...other])
  expect(count(both, /<figure class="story group">/g)).toBe(2)
  for (const group of ['kitchen', 'bar']) expect(both).toContain(`aria-label="Moment of group ${group} of seed 1"`)
  expect(groupFigures([], '')).toBeNull()
})

test('text from outside stays text', () => {
  const hostile = '</table><script>alert(1)</script>" onload="x'
  const entry = step(0, hostile, { step: 'committed', partition: 0, offset: 1, error: hostile })
  const group = { ...entry.group, group: hostile } as NonNullable<TimelineEntry['group']>
  const text = drawn([
    { ...step(0, hostile, { step: 'starts' }), group: { ...group, step: 'starts' } as never },
    { ...entry, group },
  ])
  expect(text).not.toContain('<script>')
  expect(text).not.toContain('" onload')
})
