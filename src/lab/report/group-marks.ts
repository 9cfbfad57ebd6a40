import type { GroupStory } from '../experiments/group-story.js'
import { rangeInWords } from '../experiments/group-words.js'
import { instant } from './instant.js'
import { html, type Markup } from './markup.js'

/** The place of a member's band. */
export interface BandPlace {
  x(ms: number): number
  /** The top of the band of a partition. */
  y(partition: number): number
  /** The height of a band. */
  readonly band: number
}

export type MarkName = 'handed' | 'handed-again' | 'effect-again' | 'effect-skipped' | 'commit' | 'commit-refused'

interface PlacedMark {
  readonly name: MarkName
  readonly atMs: number
  readonly partition: number
  readonly says: string
}

export function hasBand({ owned }: GroupStory, member: string, partition: number): boolean {
  return owned.some((span) => span.member === member && span.partition === partition)
}

/** Draws what a member does with its partitions; what stands for trouble is drawn last, above all others. */
export function memberMarks(story: GroupStory, member: string, place: BandPlace): readonly Markup[] {
  const marks = marksOf(story).filter((mark) => mark.member === member && hasBand(story, member, mark.partition))
  const isTrouble = ({ name }: PlacedMark): boolean => name !== 'handed' && name !== 'commit'
  return [...marks.filter((mark) => !isTrouble(mark)), ...marks.filter(isTrouble)].map(
    ({ name, atMs, partition, says }) => {
      const shape = SHAPES[name](place.x(atMs), place.y(partition), place.band)
      return html`<g class="mark ${name}"><title>${instant(atMs)}: ${says}</title>${shape}</g>`
    },
  )
}

/** Lists the kinds of marks that a story has, for its legend. */
export function markNames(story: GroupStory): ReadonlySet<MarkName> {
  return new Set(marksOf(story).map(({ name }) => name))
}

function marksOf(story: GroupStory): readonly (PlacedMark & { readonly member: string })[] {
  const { handedOut, effects, commits } = story
  return [
    ...handedOut.map((one) => ({
      ...one,
      name: one.isAgain ? ('handed-again' as const) : ('handed' as const),
      says: `${one.member} is handed ${rangeInWords(one)}${one.isAgain ? ' again' : ''}`,
    })),
    ...effects.flatMap((one) =>
      one.kind === 'once'
        ? []
        : {
            ...one,
            name: one.kind === 'again' ? ('effect-again' as const) : ('effect-skipped' as const),
            says: `${one.member} ${one.kind === 'again' ? 'has handled' : 'passes over'} ${rangeInWords(one)}${one.kind === 'again' ? ' once more' : ''}`,
          },
    ),
    ...commits.map((one) => ({
      ...one,
      name: one.error === 'NONE' ? ('commit' as const) : ('commit-refused' as const),
      says: `${one.member} ${one.error === 'NONE' ? 'commits' : 'is refused to commit'} offset ${one.offset} of partition ${one.partition}${one.error === 'NONE' ? '' : `: ${one.error}`}`,
    })),
  ]
}

type Shape = (x: number, y: number, height: number) => Markup

/** Kinds differ in their shape, not in their colour alone. */
const SHAPES: Readonly<Record<MarkName, Shape>> = {
  handed: (x, y, height) => html`<line x1="${px(x)}" x2="${px(x)}" y1="${px(y + 2)}" y2="${px(y + height - 5)}"/>`,
  'handed-again': (x, y, height) =>
    html`<path d="M${px(x)} ${px(y + height - 1)}V${px(y + 4)}M${px(x - 4)} ${px(y - 2)}h8l-4 7z"/>`,
  'effect-again': (x, y, height) => html`<rect x="${px(x - 3)}" y="${px(y + height / 2 - 3)}" width="6" height="6"/>`,
  'effect-skipped': (x, y, height) => html`<circle cx="${px(x)}" cy="${px(y + height / 2)}" r="3.5"/>`,
  commit: (x, y, height) => html`<path d="M${px(x)} ${px(y + height - 5)}l3 4l-3 4l-3 -4z"/>`,
  'commit-refused': (x, y, height) =>
    html`<path d="M${px(x - 4)} ${px(y + height - 6)}l8 8M${px(x + 4)} ${px(y + height - 6)}l-8 8"/>`,
}

const px = (value: number): string => value.toFixed(1)
