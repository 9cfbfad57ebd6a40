import type { GroupStory, MemberStory, OwnedSpan } from '../experiments/group-story.js'
import { threeDigits } from '../numbers.js'
import { BAND_COLOURS } from './group-look.js'
import { hasBand, memberMarks } from './group-marks.js'
import { instant } from './instant.js'
import { labelWidth } from './lane-rows.js'
import { html, type Markup } from './markup.js'
import { goneFrom, type ReadSpan, readSpans } from './read-spans.js'
import type { TimeScale } from './time-scale.js'

/**
 * A group along time, from left to right: what each member has, and below it who reads each partition.
 *
 *                      |generation 1      |generation 2
 *     member a      0  [==============]        [========]     a band while it has the partition; marks of what it does
 *                   1  [==================][============]
 *     member b      0                     [===]               and a lane without a band while it has nothing
 *
 *     partition     0  [a            ]////[b  ][a       ]     hatched while nobody reads it
 *                   1  [a                 ][a           ]
 *
 * The names stand in a drawing of their own, which stays where it is when the other one is scrolled.
 */
const NAMES_WIDTH = 100
const HEAD = 26
const TITLE = 17
const ROW = 20
const BAND = 15
const GAP = 7
const AXIS = 28
/** Half of a time's label. */
const EDGE = 34

interface Lane {
  readonly top: number
  readonly height: number
}

interface MemberLane extends Lane {
  readonly member: MemberStory
  /** The partitions that it ever had, a row each. */
  readonly partitions: readonly number[]
}

interface Layout {
  readonly members: readonly MemberLane[]
  /** The top of each partition's row, in the order of the story. */
  readonly partitions: readonly number[]
  readonly middle: number
  readonly bottom: number
}

export function groupLanes(story: GroupStory, scale: TimeScale, places: readonly number[]): Markup {
  const layout = layoutOf(story)
  const height = layout.bottom + AXIS
  const end = scale.x(story.untilMs)
  return html`<svg class="names" viewBox="0 0 ${NAMES_WIDTH} ${height}" width="${NAMES_WIDTH}" height="${height}" aria-hidden="true">${names(story, layout)}</svg>
<svg class="time" viewBox="0 0 ${px(scale.width)} ${height}" width="${px(scale.width)}" height="${height}" role="img" aria-label="What each member of group ${story.group} has along time, and who reads each partition; the same is told in the tables below" data-places="${places.map(px).join(' ')}">
${axis(scale, layout.bottom)}
${layout.members.map((lane) => memberLane(story, lane, scale))}
${generations(story, scale, layout.bottom)}
${story.partitions.map((partition, index) => partitionRow(readSpans(story, partition), layout.partitions[index] ?? 0, scale))}
<g class="after"><rect x="${px(end)}" y="0" width="0" height="${layout.bottom}"/><line x1="${px(end)}" x2="${px(end)}" y1="0" y2="${layout.bottom}"/></g>
</svg>`
}

/** Writes the times; those at the edges stay within the drawing. */
function axis({ ticks, width }: TimeScale, bottom: number): readonly Markup[] {
  return ticks.map(({ ms, x }) => {
    const anchor = x < EDGE ? 'start' : x > width - EDGE ? 'end' : 'middle'
    const at = anchor === 'start' ? 2 : anchor === 'end' ? width - 2 : x
    return html`<line class="grid" x1="${px(x)}" x2="${px(x)}" y1="${HEAD}" y2="${bottom}"/><text class="axis" text-anchor="${anchor}" x="${px(at)}" y="${bottom + 19}">${instant(ms)}</text>`
  })
}

function layoutOf(story: GroupStory): Layout {
  let top = HEAD
  const members = story.members.map((member) => {
    const own = story.partitions.filter((partition) => hasBand(story, member.member, partition))
    const lane = { member, partitions: own, top, height: TITLE + Math.max(1, own.length) * ROW + GAP }
    top += lane.height
    return lane
  })
  const middle = top + GAP
  const partitions = story.partitions.map((_, index) => middle + GAP + index * ROW)
  return { members, partitions, middle, bottom: middle + GAP + story.partitions.length * ROW + GAP }
}

function names(story: GroupStory, { members, partitions, middle, bottom }: Layout): readonly Markup[] {
  const line = (y: number): Markup => html`<line class="lane" x1="0" x2="${NAMES_WIDTH}" y1="${y}" y2="${y}"/>`
  return [
    ...members.map(
      ({ member, partitions: own, top }) =>
        html`${line(top)}<text class="who" x="0" y="${top + 14}">member ${member.member}</text>${own.map((partition, row) => html`<text class="axis" text-anchor="end" x="${NAMES_WIDTH - 8}" y="${top + TITLE + row * ROW + 12}">${partition}</text>`)}`,
    ),
    line(middle),
    ...partitions.map(
      (top, index) =>
        html`<text x="0" y="${top + 12}">${index === 0 ? 'partition' : ''}</text><text class="axis" text-anchor="end" x="${NAMES_WIDTH - 8}" y="${top + 12}">${story.partitions[index] ?? ''}</text>`,
    ),
    line(bottom),
  ]
}

function generations({ generations: all }: GroupStory, { x, width }: TimeScale, bottom: number): readonly Markup[] {
  return all.map(({ generation, atMs }, index) => {
    const at = x(atMs)
    const next = all[index + 1]
    const room = (next === undefined ? width : x(next.atMs)) - at
    const label = [`generation ${generation}`, String(generation)].find((text) => labelWidth(text) <= room) ?? ''
    return html`<g class="generation"><title>generation ${generation}, ${instant(atMs)}</title><line x1="${px(at)}" x2="${px(at)}" y1="4" y2="${bottom}"/><text x="${px(at + 4)}" y="15">${label}</text></g>`
  })
}

function memberLane(story: GroupStory, lane: MemberLane, scale: TimeScale): Markup {
  const { member, partitions, top, height } = lane
  const { x } = scale
  const [from, until] = [x(member.startsMs), x(member.end?.atMs ?? story.untilMs)]
  const y = (partition: number): number => top + TITLE + Math.max(0, partitions.indexOf(partition)) * ROW
  const own = story.owned.filter((span) => span.member === member.member)
  return html`<g class="member"><line class="lane" x1="0" x2="${px(scale.width)}" y1="${top}" y2="${top}"/>
<rect class="life" x="${px(from)}" width="${px(until - from)}" y="${top + TITLE - 2}" height="${height - TITLE - 1}"/>
${idleSpans(member, own, story.untilMs).map((span) => idle(x(span.fromMs), x(span.untilMs), top + TITLE))}
${own.map((span) => band(story, span, scale, y(span.partition)))}
${member.stalls.map((span) => html`<g class="stall"><title>member ${member.member} does not go on, ${spanInWords(span)}</title><rect x="${px(x(span.fromMs))}" width="${px(Math.max(2, x(span.untilMs) - x(span.fromMs)))}" y="${top + TITLE - 2}" height="${height - TITLE - 1}"/></g>`)}
${memberMarks(story, member.member, { x, y, band: BAND })}
${happenings(lane, scale)}</g>
`
}

function band(story: GroupStory, span: OwnedSpan, { x }: TimeScale, y: number): Markup {
  const { member, partition, generation, fromMs, untilMs, end } = span
  const goneMs = goneFrom(story, span)
  const ownUntilMs = goneMs ?? untilMs
  const says = `member ${member} has partition ${partition} of generation ${generation}, ${spanInWords(span)}${WORDS_OF_END[end]}`
  const ghost =
    goneMs === null
      ? null
      : html`<rect class="ghost" x="${px(x(goneMs))}" width="${px(Math.max(0, x(untilMs) - x(goneMs)))}" y="${y}" height="${BAND}"/>`
  const width = Math.max(2, x(ownUntilMs) - x(fromMs))
  return html`<g class="band ${colourOf(partition)} ${end}"><title>${says}</title><rect x="${px(x(fromMs))}" width="${px(width)}" y="${y}" height="${BAND}" rx="2"/>${ghost}</g>`
}

/** Names the colour of a partition; those that share one are told apart by the names of their rows. */
const colourOf = (partition: number): string => `of-${partition % BAND_COLOURS.length}`

const WORDS_OF_END = {
  open: '',
  revoked: ', then gives it up',
  lost: ', then hears that it was lost',
  leaves: ', then leaves',
  dies: ', then dies',
} as const

function idle(from: number, until: number, y: number): Markup {
  const label = ['has no partition', 'no partition', 'idle'].find((text) => labelWidth(text) <= until - from)
  return html`<g class="idle"><line x1="${px(from)}" x2="${px(until)}" y1="${y + BAND / 2}" y2="${y + BAND / 2}"/>${label === undefined ? null : html`<text class="axis" x="${px(from + 6)}" y="${y + BAND - 4}">${label}</text>`}</g>`
}

/** Times in which a member is there and has nothing. */
function idleSpans(member: MemberStory, own: readonly OwnedSpan[], untilMs: number) {
  const spans: { readonly fromMs: number; readonly untilMs: number }[] = []
  let free = member.startsMs
  for (const span of [...own].sort((a, b) => a.fromMs - b.fromMs)) {
    if (span.fromMs > free) spans.push({ fromMs: free, untilMs: span.fromMs })
    free = Math.max(free, span.untilMs)
  }
  const end = member.end?.atMs ?? untilMs
  return end > free ? [...spans, { fromMs: free, untilMs: end }] : spans
}

/**
 * Writes what befalls a member above its bands, the worst first, as far as there is room; the steps below tell all.
 */
function happenings({ member, top }: MemberLane, { x, width }: TimeScale): readonly Markup[] {
  const { stalls, expelledMs, end, startsMs } = member
  const ends = end === null ? [] : [{ atMs: end.atMs, label: end.how, kind: end.how === 'dies' ? ' bad' : '' }]
  const all = [
    ...expelledMs.map((atMs) => ({ atMs, label: 'expelled', kind: ' bad' })),
    ...ends,
    ...stalls.map(({ fromMs }) => ({ atMs: fromMs, label: 'stalls', kind: '' })),
    { atMs: startsMs, label: 'begins', kind: '' },
  ]
  const taken: { readonly from: number; readonly until: number }[] = []
  return all.map(({ atMs, label, kind }) => {
    const at = x(atMs)
    const words = labelWidth(label)
    const isAtEdge = at + words > width
    const [from, until] = isAtEdge ? [at - words, at] : [at, at + words]
    const hasRoom = taken.every((other) => until <= other.from || from >= other.until)
    if (hasRoom) taken.push({ from, until })
    const text = html`<text text-anchor="${isAtEdge ? 'end' : 'start'}" x="${px(isAtEdge ? at - 4 : at + 4)}" y="${top + 13}">${label}</text>`
    return html`<g class="happens${kind}"><title>member ${member.member} ${label}, ${instant(atMs)}</title><line x1="${px(at)}" x2="${px(at)}" y1="${top + 4}" y2="${top + TITLE - 2}"/>${hasRoom ? text : null}</g>`
  })
}

function partitionRow(spans: readonly ReadSpan[], y: number, { x }: TimeScale): readonly Markup[] {
  return spans.map((span) => {
    const { partition, member, fromMs, untilMs, isRead } = span
    const [from, width] = [x(fromMs), x(untilMs) - x(fromMs)]
    const who = member === null ? 'nobody' : isRead ? member : `${member}, not read`
    const took = `${threeDigits(untilMs - fromMs)} ms`
    const label = (isRead ? [who] : [`${who}, ${took}`, took]).find((text) => labelWidth(text) <= width)
    const says = isRead
      ? `${who} reads partition ${partition}`
      : `${member ?? 'nobody'} ${member === null ? 'has' : 'has, but does not read,'} partition ${partition}`
    return html`<g class="${isRead ? `band ${colourOf(partition)}` : 'unread'}"><title>${says}, ${spanInWords(span)}</title><rect x="${px(from)}" width="${px(Math.max(1, width))}" y="${y}" height="${BAND}" rx="2"/>${label === undefined ? null : html`<text x="${px(from + 5)}" y="${y + 12}">${label}</text>`}</g>`
  })
}

function spanInWords({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }): string {
  return `${instant(fromMs)} to ${instant(untilMs)}, ${threeDigits(untilMs - fromMs)} ms`
}

const px = (value: number): string => value.toFixed(1)
