import type { GroupStory, OwnedSpan, Span } from '../experiments/group-story.js'

/** A time in which a partition has the same reader, or none. */
export interface ReadSpan extends Span {
  readonly partition: number
  /** The member that has it; null: nobody has. */
  readonly member: string | null
  /** Whether its owner goes on reading it: one that stalls does not. */
  readonly isRead: boolean
}

/**
 * Returns who reads a partition from the moment on at which anybody first had it. What a member only believes to have
 * is not its own: the next owner ends it.
 */
export function readSpans(story: GroupStory, partition: number): readonly ReadSpan[] {
  const spans = story.owned.filter((span) => span.partition === partition).sort((a, b) => a.fromMs - b.fromMs)
  const read: ReadSpan[] = []
  let free = spans[0]?.fromMs ?? story.untilMs
  for (const span of spans) {
    const { member, fromMs, untilMs } = span
    if (fromMs > free) read.push({ partition, member: null, isRead: false, fromMs: free, untilMs: fromMs })
    const end = goneFrom(story, span) ?? untilMs
    read.push(...withStalls(story, { partition, member, isRead: true, fromMs, untilMs: end }))
    free = Math.max(free, end)
  }
  if (story.untilMs > free) read.push({ partition, member: null, isRead: false, fromMs: free, untilMs: story.untilMs })
  return read.filter((span) => span.untilMs > span.fromMs)
}

/**
 * Returns the moment from which a partition is not a member's any more, though the member does not know; null: it is
 * its own to the end. The group has gone on when it says so, or when another member has the partition.
 */
export function goneFrom(
  { owned }: GroupStory,
  { member, partition, fromMs, untilMs, goneMs }: OwnedSpan,
): number | null {
  const others = owned.filter((one) => one.partition === partition && one.member !== member)
  const taken = others.filter((one) => one.fromMs >= fromMs && one.fromMs < untilMs).map((one) => one.fromMs)
  const first = Math.min(goneMs ?? untilMs, ...taken)
  return first < untilMs ? first : null
}

/** Cuts the times out of a span in which its owner does not go on. */
function withStalls({ members }: GroupStory, whole: ReadSpan): readonly ReadSpan[] {
  const stalls = members.find(({ member }) => member === whole.member)?.stalls ?? []
  const spans: ReadSpan[] = []
  let from = whole.fromMs
  for (const stall of stalls) {
    const [begins, ends] = [Math.max(from, stall.fromMs), Math.min(whole.untilMs, stall.untilMs)]
    if (ends <= begins) continue
    spans.push({ ...whole, fromMs: from, untilMs: begins }, { ...whole, isRead: false, fromMs: begins, untilMs: ends })
    from = ends
  }
  return [...spans, { ...whole, fromMs: from }]
}
