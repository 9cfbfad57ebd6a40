import CliTable3 from 'cli-table3'
import pc from 'picocolors'
import { counted, grouped } from '../../base/words.js'
import { ANOMALIES, type AnomalyId } from '../history/anomalies.js'
import type { CheckedAnomaly, CheckResult } from '../history/check-result.js'
import type { TableOptions } from './bench-table.js'

/** The most anomalies of each kind that are shown in words; JSON has more. */
const SHOWN_MAX = 3

/** Reasons why an anomaly may be there although nothing is broken. */
const ALLOWED: Readonly<Partial<Record<AnomalyId, string>>> = {
  A1: 'acks 0 and 1 do not promise that a record is kept',
  A2: 'acks 0 and 1 do not promise that a record is kept',
  A4: 'without idempotence a retry may write a record twice',
  A13: 'without idempotence, and with more than one request in flight, a retry may change the order',
}

/**
 * Writes a checked history for a terminal: what was found, how much of that breaks a promise, and where in the file it
 * stands.
 */
export function checkTable(result: CheckResult, options: TableOptions = {}): string {
  const colors = pc.createColors(options.hasColors ?? pc.isColorSupported)
  const heads = ['', 'found', 'must not be', '']
  const table = new CliTable3({
    head: heads.map((head) => colors.bold(head)),
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  const row = (name: string, found: number, broken: number, means: string): void => {
    const color = broken > 0 ? colors.red : (text: string) => text
    table.push([name, grouped(found), color(grouped(broken)), means])
  }
  const { counts, broken } = result
  row('lost', result.lost, result.lostBroken, 'acknowledged and never read')
  row('duplicated', result.duplicated, broken.A4 ?? 0, 'read at several offsets (A4)')
  row('out of order', result.outOfOrder, broken.A13 ?? 0, 'behind a later record of its producer and partition (A13)')
  const ids = idsOf(counts)
  for (const id of ids) if (id !== 'A4' && id !== 'A13') row(id, counts[id] ?? 0, broken[id] ?? 0, ANOMALIES[id])
  const holds = result.verdict === 'holds'
  const verdict = holds
    ? `✓ ${counted(result.sent, 'record')} checked: nothing is broken that was promised`
    : `✗ broken: ${idsOf(broken)
        .map((id) => `${id} (${grouped(broken[id] ?? 0)})`)
        .join(', ')}`
  return [
    colors.dim(whatWasRead(result)),
    table.toString(),
    ...ids.flatMap((id) => [true, false].flatMap((isPromised) => examples(result, id, isPromised))),
    ...result.notChecked.map(({ anomalies, because }) =>
      colors.dim(visible(`Not looked for: ${anomalies.join(', ')}: ${because}`)),
    ),
    holds ? colors.green(verdict) : colors.bold(colors.red(verdict)),
  ].join('\n')
}

function whatWasRead({
  sent,
  acknowledged,
  failed,
  read,
  producers,
  consumers,
  partitions,
  file,
}: CheckResult): string {
  const unanswered = sent - acknowledged - failed
  const fates = [
    `${grouped(acknowledged)} acknowledged`,
    `${grouped(failed)} failed`,
    `${grouped(unanswered)} never answered`,
  ]
  const from = `${counted(sent, 'record')} of ${counted(producers, 'producer')} (${fates.join(', ')})`
  return visible(
    `${file}: ${from}, ${counted(read, 'reading')} of ${counted(consumers, 'consumer')}, ${counted(partitions, 'partition')}`,
  )
}

const idsOf = (counts: CheckResult['counts']): AnomalyId[] =>
  (Object.keys(ANOMALIES) as AnomalyId[]).filter((id) => (counts[id] ?? 0) > 0)

function examples({ anomalies, counts, broken }: CheckResult, id: AnomalyId, isPromised: boolean): string[] {
  const promised = broken[id] ?? 0
  const count = isPromised ? promised : (counts[id] ?? 0) - promised
  if (count === 0) return []
  const told = anomalies.filter((one) => one.id === id && one.isPromised === isPromised).slice(0, SHOWN_MAX)
  const head = isPromised ? `✗ ${id} ${ANOMALIES[id]}` : `· ${id} ${ANOMALIES[id]}; allowed: ${ALLOWED[id]}`
  const more = count > told.length ? [`    and ${grouped(count - told.length)} more`] : []
  return [head, ...told.map((one) => `    ${exampleOf(one)}`), ...more]
}

function exampleOf({ topic, partition, says, sent, read }: CheckedAnomaly): string {
  const parts = [
    `${topic}-${partition ?? '?'}`,
    ...sent.map(({ id, line, answeredInLine }) => {
      const answer = answeredInLine === null ? '' : `, answered in ${answeredInLine}`
      return `${id} sent in line ${line}${answer}`
    }),
    ...read.map(({ id, consumer, offset, line }) => `${id} read at ${offset} by ${consumer} in line ${line}`),
  ]
  return visible(`${says}   (${parts.join('; ')})`)
}

/** Makes a name from a file visible: it must not move a terminal's cursor. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
