import { counted } from '../../base/words.js'
import type { LoggedRecord, RecordOrder } from './batch-story.js'
import { labelWidth } from './lane-rows.js'
import { html, type Markup } from './markup.js'

/**
 * The order of sending above, the log by its offsets below, and a line from each record to where it is written. Lines
 * that cross are records that changed places; a record that is there twice has two lines; one without a line is not in
 * the log.
 */
const LEFT = 16
const TOP = 26
const BOX = 22
const BETWEEN = 96
const BOTTOM = 40
const SLOT_GAP = 4
const SLOT_MAX = 56
const WIDTH = 640
const WIDTH_MIN = 320
/** The most records that are drawn: a drawing of more shows less, and the table has them all. */
const DRAWN_MAX = 200

export function recordOrder({ partition, sent: allSent, log: allLogged }: RecordOrder): Markup {
  const [sent, log] = [allSent.slice(0, DRAWN_MAX), allLogged.slice(0, DRAWN_MAX)]
  const widest = Math.max(20, ...[...sent, ...log].map(({ name }) => labelWidth(name) - 2))
  const count = Math.max(sent.length, log.length)
  // Few records stand apart, so that their lines can be told apart.
  const slot = Math.max(widest + SLOT_GAP, Math.min(SLOT_MAX, WIDTH / count))
  const x = (index: number): number => LEFT + index * slot
  const middle = (index: number): number => x(index) + widest / 2
  const width = Math.max(WIDTH_MIN, LEFT * 2 + count * slot)
  const lower = TOP + BOX + BETWEEN
  const height = lower + BOX + BOTTOM
  const words = wordsOf({ sent: allSent, log: allLogged })
  const line = (record: LoggedRecord, index: number): Markup | null =>
    record.sentIndex < 0 || record.sentIndex >= sent.length
      ? null
      : html`<line class="way${kindOf(record)}" data-at="${record.at}" x1="${px(middle(record.sentIndex))}" y1="${TOP + BOX}" x2="${px(middle(index))}" y2="${lower}"/>`
  // What is emphasised is drawn last, above all others.
  const lines = log.map((record, index) => ({ record, markup: line(record, index) }))
  const emphasised = ({ record }: (typeof lines)[number]): boolean => record.hasMoved || record.isAgain
  const ordered = [...lines.filter((one) => !emphasised(one)), ...lines.filter(emphasised)]
  return html`<figcaption>Partition ${partition}: ${counted(allSent.length, 'record')} in the order of sending, and where each is in the log. ${words}</figcaption>
<div class="scroll" role="region" tabindex="0" aria-label="From the order of sending to the order in the log, partition ${partition}">
<svg class="order" viewBox="0 0 ${px(width)} ${height}" width="${px(width)}" height="${height}" role="img" aria-label="${words}">
<text class="axis" x="4" y="17">sent</text>
${ordered.map(({ markup }) => markup)}
${sent.map(({ name, at, isInLog }, index) => slotOf({ kind: isInLog ? 'sent' : 'sent missing', name, at, x: x(index), y: TOP, width: widest }))}
${log.map((record, index) => slotOf({ kind: `logged${kindOf(record)}`, name: record.name, at: record.at, x: x(index), y: lower, width: widest }))}
${log.map(({ offset, at }, index) => html`<text class="axis offset" data-at="${at}" text-anchor="middle" x="${px(middle(index))}" y="${lower + BOX + 14}">${offset}</text>`)}
<text class="axis" x="4" y="${height - 6}">log, by offset</text>
</svg></div>`
}

function kindOf({ hasMoved, isAgain }: LoggedRecord): string {
  return `${hasMoved ? ' moved' : ''}${isAgain ? ' again' : ''}`
}

interface Slot {
  readonly kind: string
  readonly name: string
  readonly at: number
  readonly x: number
  readonly y: number
  readonly width: number
}

function slotOf({ kind, name, at, x, y, width }: Slot): Markup {
  return html`<g class="${kind}" data-at="${at}"><rect x="${px(x)}" y="${y}" width="${px(width)}" height="${BOX}" rx="3"/><text text-anchor="middle" x="${px(x + width / 2)}" y="${y + 15}">${name}</text></g>`
}

function wordsOf({ sent, log }: Pick<RecordOrder, 'sent' | 'log'>): string {
  const moved = log.filter(({ hasMoved }) => hasMoved).length
  const again = log.filter(({ isAgain }) => isAgain).length
  const missing = sent.filter(({ isInLog }) => !isInLog).length
  const words = [
    moved > 0 ? `${counted(moved, 'record')} changed places` : 'No record changed places',
    ...(again > 0 ? [`${counted(again, 'record')} in the log again`] : []),
    ...(missing > 0 ? [`${counted(missing, 'record')} not in the log`] : []),
  ]
  const isCut = sent.length > DRAWN_MAX || log.length > DRAWN_MAX
  return `${words.join(', ')}.${isCut ? ` The first ${DRAWN_MAX} are drawn.` : ''}`
}

const px = (value: number): string => value.toFixed(1)
