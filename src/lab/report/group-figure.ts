import { type GroupStory, groupStoriesOf, type OwnedSpan } from '../experiments/group-story.js'
import type { TimelineEntry } from '../experiments/recording.js'
import { threeDigits } from '../numbers.js'
import { groupLanes } from './group-lanes.js'
import { markNames } from './group-marks.js'
import { instant } from './instant.js'
import { html, type Markup } from './markup.js'
import { goneFrom, type ReadSpan, readSpans } from './read-spans.js'
import { stepTable } from './step-table.js'
import { timeScale } from './time-scale.js'

const LEGEND = [
  ['handed', 'handed out'],
  ['handed-again', 'handed out again'],
  ['effect-again', 'handled twice: an effect that was there before'],
  ['effect-skipped', 'passed over: the effect is there'],
  ['commit', 'committed'],
  ['commit-refused', 'a commit that is refused'],
] as const

/**
 * Draws each group of a run: what each member has along time, who reads each partition, and a slider over both; tables
 * say the same in words. Returns null when the timeline tells of no group. `name` sets sliders apart for readers that
 * do not see them.
 */
export function groupFigures(timeline: readonly TimelineEntry[], name: string): readonly Markup[] | null {
  const stories = groupStoriesOf(timeline)
  return stories.length === 0 ? null : stories.map((story) => groupFigure(story, timeline, name))
}

function groupFigure(story: GroupStory, timeline: readonly TimelineEntry[], name: string): Markup {
  const told = timeline.filter((entry) => isTold(entry, story))
  const moments = [...new Set(told.map(({ atMs }) => atMs))]
  const scale = timeScale([
    ...timeline.filter(({ group }) => group?.group === story.group).map(({ atMs }) => atMs),
    story.untilMs,
  ])
  const steps = told.map((entry) => ({ ...entry, at: moments.indexOf(entry.atMs) }))
  const last = moments.length - 1
  const label = `Moment of group ${story.group} of ${name}`
  return html`<figure class="story group">
<figcaption>Group ${story.group}: the partitions of each member, and who reads each partition. ${scale.isToScale ? 'Time is to scale.' : 'Time is not to scale: moments that are close stand apart, and rests are cut short.'}</figcaption>
<div class="scroll lanes-of-group" role="region" tabindex="0" aria-label="Group ${story.group} along time">${groupLanes(
    story,
    scale,
    moments.map((ms) => scale.x(ms)),
  )}</div>
<div class="slider" hidden><label>Moment <input type="range" min="0" max="${last}" value="${last}" step="1" aria-label="${label}"></label><output></output></div>
<p class="legend-line">${legend(story)}</p>
${bandTable(story)}
${unreadTable(story)}
${stepTable('Step by step', steps)}
</figure>`
}

/** Whether a step is told in words: not each of the many that go as they should. */
function isTold({ group }: TimelineEntry, story: GroupStory): boolean {
  if (group === undefined) return true
  if (group.group !== story.group) return false
  return !(group.step === 'handed-out' || group.step === 'handled') || group.isAgain
}

function legend(story: GroupStory): readonly Markup[] {
  const names = markNames(story)
  const entry = (mark: string, says: string): Markup => html`<span><i class="key ${mark}"></i>${says}</span>`
  const is = (some: boolean, mark: string, says: string): Markup[] => (some ? [entry(mark, says)] : [])
  const unread = story.partitions.flatMap((partition) => readSpans(story, partition)).some(({ isRead }) => !isRead)
  return [
    entry('band of-0', 'a member has a partition; each partition has its colour'),
    ...is(
      story.owned.some((span) => goneFrom(story, span) !== null),
      'ghost',
      'it only believes so: the group has gone on without it',
    ),
    ...is(
      story.members.some(({ stalls }) => stalls.length > 0),
      'stall',
      'the member does not go on',
    ),
    ...is(unread, 'unread', 'nobody reads the partition'),
    ...LEGEND.flatMap(([mark, says]) => is(names.has(mark), `mark ${mark}`, says)),
    entry('generation', 'a generation begins'),
  ]
}

const ENDED_BY = { open: '', revoked: 'given up', lost: 'lost', leaves: 'left', dies: 'died' } as const

/** Tells each band in words. */
function bandTable({ owned, handedOut }: GroupStory): Markup {
  const row = (span: OwnedSpan): Markup => {
    const { member, partition, generation, fromMs, untilMs, end } = span
    const handed = handedOut.filter(
      (one) => one.member === member && one.partition === partition && one.atMs >= fromMs && one.atMs <= untilMs,
    )
    const count = (some: typeof handed): number => some.reduce((sum, { from, to }) => sum + to - from, 0)
    const again = count(handed.filter(({ isAgain }) => isAgain))
    return html`<tr><th class="words" scope="row">${member}</th><td>${partition}</td><td>${generation}</td><td>${instant(fromMs)}</td><td>${instant(untilMs)}</td><td class="words">${ENDED_BY[end]}</td><td>${count(handed)}</td><td>${again}</td></tr>\n`
  }
  return html`<div class="scroll steps" role="region" tabindex="0" aria-label="The bands in words"><table>
<caption>The bands in words</caption>
<thead><tr><th class="words" scope="col">member</th><th scope="col">partition</th><th scope="col">generation</th><th scope="col">from</th><th scope="col">until</th><th class="words" scope="col">then</th><th scope="col">records handed out</th><th scope="col">of them again</th></tr></thead>
<tbody>${owned.map(row)}</tbody></table></div>`
}

/** Tells when nobody reads a partition. Returns null when somebody always does. */
function unreadTable(story: GroupStory): Markup | null {
  const unread = story.partitions.flatMap((partition) => readSpans(story, partition)).filter(({ isRead }) => !isRead)
  if (unread.length === 0) return null
  const row = ({ partition, member, fromMs, untilMs }: ReadSpan): Markup =>
    html`<tr><th scope="row">${partition}</th><td>${instant(fromMs)}</td><td>${instant(untilMs)}</td><td>${threeDigits(untilMs - fromMs)} ms</td><td class="words">${member === null ? 'nobody has it' : `member ${member} has it and does not go on`}</td></tr>\n`
  return html`<div class="scroll steps" role="region" tabindex="0" aria-label="When nobody reads a partition"><table>
<caption>When nobody reads a partition</caption>
<thead><tr><th scope="col">partition</th><th scope="col">from</th><th scope="col">until</th><th scope="col">for</th><th class="words" scope="col">why</th></tr></thead>
<tbody>${unread.map(row)}</tbody></table></div>`
}
