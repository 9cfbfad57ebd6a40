import type { GroupStep, OffsetRange } from './group-step.js'
import type { TimelineEntry } from './recording.js'

/** A group along time, put together from the steps of its members. Times are those of the timeline. */
export interface GroupStory {
  readonly group: string
  readonly fromMs: number
  /** The end of its last member, or of the timeline. */
  readonly untilMs: number
  /** All partitions that anybody had, ascending. */
  readonly partitions: readonly number[]
  /** Members in the order of their beginning. */
  readonly members: readonly MemberStory[]
  /** Generations, ascending; `atMs` is when the first member was told. */
  readonly generations: readonly { readonly generation: number; readonly atMs: number }[]
  readonly owned: readonly OwnedSpan[]
  readonly handedOut: readonly (OffsetRange & OfMember & { readonly isAgain: boolean })[]
  /** The fate of records in handlers: an effect, an effect that was there before, or none because it was there. */
  readonly effects: readonly (OffsetRange & OfMember & { readonly kind: 'once' | 'again' | 'skipped' })[]
  readonly commits: readonly (OfMember & CommitAnswer)[]
}

export interface MemberStory {
  readonly member: string
  readonly startsMs: number
  /** Its end; null: it was there at the end of the story. */
  readonly end: { readonly atMs: number; readonly how: 'leaves' | 'dies' } | null
  readonly stalls: readonly Span[]
  /** The moments from which the group has gone on without it. */
  readonly expelledMs: readonly number[]
}

export interface Span {
  readonly fromMs: number
  readonly untilMs: number
}

/** A partition in the hands of a member, as the member sees it. */
export interface OwnedSpan extends Span {
  readonly member: string
  readonly partition: number
  /** The generation in which the member got it. */
  readonly generation: number
  readonly end: 'revoked' | 'lost' | 'leaves' | 'dies' | 'open'
  /**
   * The moment from which the group counts it as somebody else's, though the member does not know; null: it is the
   * member's to the end.
   */
  readonly goneMs: number | null
}

export interface OfMember {
  readonly member: string
  readonly generation: number
  readonly atMs: number
}

export interface CommitAnswer {
  readonly partition: number
  readonly offset: number
  /** `NONE`, or the error's name. */
  readonly error: string
}

/** Puts together the stories of all groups of which the timeline tells, in the order of their beginning. */
export function groupStoriesOf(timeline: readonly TimelineEntry[]): readonly GroupStory[] {
  const builders = new Map<string, StoryBuilder>()
  for (const { atMs, group: step } of timeline) {
    if (step === undefined) continue
    const builder = builders.get(step.group) ?? new StoryBuilder(step.group, atMs)
    builders.set(step.group, builder)
    builder.add(atMs, step)
  }
  const endMs = timeline.at(-1)?.atMs ?? 0
  return [...builders.values()].map((builder) => builder.story(endMs))
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] }

class StoryBuilder {
  readonly #group: string
  readonly #fromMs: number
  readonly #members = new Map<string, Mutable<MemberStory> & { stalls: Mutable<Span>[]; expelledMs: number[] }>()
  readonly #generations = new Map<number, number>()
  readonly #owned: Mutable<OwnedSpan>[] = []
  readonly #handedOut: Mutable<GroupStory>['handedOut'][number][] = []
  readonly #effects: Mutable<GroupStory>['effects'][number][] = []
  readonly #commits: Mutable<GroupStory>['commits'][number][] = []

  constructor(group: string, fromMs: number) {
    this.#group = group
    this.#fromMs = fromMs
  }

  add(atMs: number, step: GroupStep): void {
    const { member, generation } = step
    const about = { member, generation, atMs }
    switch (step.step) {
      case 'starts':
        if (!this.#members.has(member))
          this.#members.set(member, { member, startsMs: atMs, end: null, stalls: [], expelledMs: [] })
        return
      case 'generation':
        if (!this.#generations.has(generation)) this.#generations.set(generation, atMs)
        return
      case 'assigned':
        for (const partition of step.partitions)
          this.#owned.push({ ...OPEN, member, partition, generation, fromMs: atMs })
        return
      case 'revoked':
      case 'lost':
        return this.#give(member, atMs, step.step, (partition) => step.partitions.includes(partition))
      case 'handed-out':
        this.#handedOut.push({ ...about, ...rangeOf(step), isAgain: step.isAgain })
        return
      case 'handled':
        this.#effects.push({ ...about, ...rangeOf(step), kind: step.isAgain ? 'again' : 'once' })
        return
      case 'skipped':
        this.#effects.push({ ...about, ...rangeOf(step), kind: 'skipped' })
        return
      case 'committed':
        this.#commits.push({ ...about, partition: step.partition, offset: step.offset, error: step.error })
        return
      case 'stalls':
        this.#members.get(member)?.stalls.push({ fromMs: atMs, untilMs: Number.POSITIVE_INFINITY })
        return
      case 'goes-on':
        return this.#goOn(member, atMs)
      case 'expelled':
        this.#members.get(member)?.expelledMs.push(atMs)
        for (const span of this.#openOf(member)) span.goneMs = atMs
        return
      case 'leaves':
      case 'dies':
        return this.#end(member, atMs, step.step)
    }
  }

  story(endMs: number): GroupStory {
    const ends = [...this.#members.values()].map(({ end }) => end?.atMs ?? endMs)
    const untilMs = Math.max(...ends)
    const until = (ms: number): number => Math.min(ms, untilMs)
    return {
      group: this.#group,
      fromMs: this.#fromMs,
      untilMs,
      partitions: [...new Set(this.#owned.map(({ partition }) => partition))].sort((a, b) => a - b),
      members: [...this.#members.values()].map((member) => ({
        ...member,
        stalls: member.stalls.map((span) => ({ ...span, untilMs: until(span.untilMs) })),
      })),
      generations: [...this.#generations]
        .map(([generation, atMs]) => ({ generation, atMs }))
        .sort((a, b) => a.generation - b.generation),
      owned: this.#owned.map((span) => ({ ...span, untilMs: until(span.untilMs) })),
      handedOut: this.#handedOut,
      effects: this.#effects,
      commits: this.#commits,
    }
  }

  #end(member: string, atMs: number, how: 'leaves' | 'dies'): void {
    const of = this.#members.get(member)
    if (of !== undefined) of.end = { atMs, how }
    this.#goOn(member, atMs)
    this.#give(member, atMs, how, () => true)
  }

  #goOn(member: string, atMs: number): void {
    const stall: Mutable<Span> | undefined = this.#members.get(member)?.stalls.at(-1)
    if (stall !== undefined) stall.untilMs = Math.min(stall.untilMs, atMs)
  }

  #give(member: string, atMs: number, end: OwnedSpan['end'], is: (partition: number) => boolean): void {
    for (const span of this.#openOf(member))
      if (is(span.partition)) {
        span.untilMs = atMs
        span.end = end
      }
  }

  #openOf(member: string): Mutable<OwnedSpan>[] {
    return this.#owned.filter((span) => span.member === member && span.end === 'open')
  }
}

const OPEN = { untilMs: Number.POSITIVE_INFINITY, end: 'open', goneMs: null } as const

const rangeOf = ({ partition, from, to }: OffsetRange): OffsetRange => ({ partition, from, to })
