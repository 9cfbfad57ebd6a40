import type { GroupStory, OwnedSpan, Span } from './group-story.js'

/** What a rebalance has cost the members that were there before it, and stayed. */
export interface Rebalance {
  /** How many partitions each of them had when it began. */
  readonly had: ReadonlyMap<string, number>
  /** How many of those each of them has given up. */
  readonly gaveUp: ReadonlyMap<string, number>
  /** The longest time of each of them between two hand-outs. */
  readonly stopMs: ReadonlyMap<string, number>
  /** The members that had nothing at some moment. */
  readonly stopped: readonly string[]
}

/** Returns what happened to these members within a time, which is long enough for them to be handed records again. */
export function rebalanceWithin(story: GroupStory, members: readonly string[], window: Span): Rebalance {
  const spansOf = (member: string): readonly OwnedSpan[] => story.owned.filter((span) => span.member === member)
  const hadOf = (member: string): readonly OwnedSpan[] =>
    spansOf(member).filter(({ fromMs, untilMs }) => fromMs <= window.fromMs && untilMs > window.fromMs)
  const ofEach = <Value>(of: (member: string) => Value): Map<string, Value> =>
    new Map(members.map((member) => [member, of(member)]))
  return {
    had: ofEach((member) => hadOf(member).length),
    gaveUp: ofEach((member) => hadOf(member).filter(({ untilMs }) => untilMs < window.untilMs).length),
    stopMs: ofEach((member) => longestStop(story, member, window)),
    stopped: members.filter((member) => !isCovered(spansOf(member), window)),
  }
}

/** Returns the longest time between two hand-outs of a member that has a part in the window. */
function longestStop({ handedOut }: GroupStory, member: string, { fromMs, untilMs }: Span): number {
  const times = handedOut.filter((one) => one.member === member).map(({ atMs }) => atMs)
  const stops = [...times, Math.max(untilMs, times.at(-1) ?? untilMs)].map((atMs, index) => {
    const before = times[index - 1] ?? fromMs
    return atMs > fromMs && before < untilMs ? atMs - before : 0
  })
  return Math.max(0, ...stops)
}

/** Whether a member has something all the while. */
function isCovered(spans: readonly Span[], window: Span): boolean {
  let covered = window.fromMs
  for (const { fromMs, untilMs } of [...spans].sort((a, b) => a.fromMs - b.fromMs))
    if (fromMs <= covered) covered = Math.max(covered, untilMs)
  return covered >= window.untilMs
}

/** Returns in words which records a member was handed of a partition that it did not have; null: none. */
export function strayHandOut({ handedOut, owned }: GroupStory): string | null {
  const stray = handedOut.find(
    ({ member, partition, atMs }) =>
      !owned.some(
        (span) => span.member === member && span.partition === partition && span.fromMs <= atMs && atMs <= span.untilMs,
      ),
  )
  return stray === undefined
    ? null
    : `member ${stray.member} was handed records of partition ${stray.partition}, which it did not have`
}
