import { ANOMALIES, type AnomalyId } from './anomalies.js'
import { ACKNOWLEDGED, UNSENT } from './flat-history.js'
import type { ToldHistory } from './history-builder.js'
import type { Counts, Finding, Verdict } from './verdict.js'

/** The JSON that `odradek check --json` prints: a contract with programs that read it. */
export interface CheckResult {
  readonly file: string
  /** The verdict; `broken` when something was found that breaks a promise. */
  readonly verdict: 'holds' | 'broken'
  /** Records sent; those that are neither acknowledged nor failed were never answered. */
  readonly sent: number
  readonly acknowledged: number
  readonly failed: number
  /** Readings, repeated ones included. */
  readonly read: number
  readonly producers: number
  readonly consumers: number
  readonly partitions: number
  readonly lost: number
  /** Lost records that were sent with acks=all. */
  readonly lostBroken: number
  readonly duplicated: number
  readonly outOfOrder: number
  readonly counts: Readonly<Counts>
  /** Counts of the anomalies that break a promise. */
  readonly broken: Readonly<Counts>
  /** Anomalies: the first ten of each kind that break a promise, and the first ten that break none. */
  readonly anomalies: readonly CheckedAnomaly[]
  readonly notChecked: readonly NotChecked[]
}

export interface CheckedAnomaly {
  readonly id: AnomalyId
  readonly name: string
  readonly isPromised: boolean
  readonly topic: string
  /** The partition; null when nobody has said which. */
  readonly partition: number | null
  readonly says: string
  readonly sent: readonly SentIn[]
  readonly read: readonly ReadIn[]
}

/** A record with the lines that tell of it, counted from 1. */
export interface SentIn {
  readonly id: string
  readonly line: number
  /** The line of the acknowledgement or the failure; null without one. */
  readonly answeredInLine: number | null
}

export interface ReadIn {
  readonly id: string
  readonly consumer: string
  readonly offset: number
  readonly line: number
}

/** The anomalies that could not be looked for, because the history does not tell enough. */
export interface NotChecked {
  readonly anomalies: readonly AnomalyId[]
  readonly because: string
}

export function checkResult(file: string, history: ToldHistory, verdict: Verdict<Finding>): CheckResult {
  const { sent, read, topicPartitions } = history
  const { counts, broken, lost } = verdict
  const outcomes = countsOf(sent.outcome)
  const all = sent.outcome.length - outcomes(UNSENT)
  const answered = history.answeredIn.reduce((sum, line) => sum + (line > 0 ? 1 : 0), 0)
  return {
    file,
    verdict: Object.keys(broken).length === 0 ? 'holds' : 'broken',
    sent: all,
    acknowledged: outcomes(ACKNOWLEDGED),
    failed: answered - outcomes(ACKNOWLEDGED),
    read: read.offset.length,
    producers: history.producers,
    consumers: new Set(history.consumers).size,
    partitions: topicPartitions.saidCount,
    lost: lost.count,
    lostBroken: lost.broken,
    duplicated: counts.A4 ?? 0,
    outOfOrder: counts.A13 ?? 0,
    counts,
    broken,
    anomalies: verdict.anomalies.map((finding) => checkedAnomaly(finding, history)),
    notChecked: notChecked(history),
  }
}

function countsOf(values: readonly number[]): (value: number) => number {
  const counts = [0, 0, 0, 0]
  for (const value of values) counts[value]! += 1
  return (value) => counts[value]!
}

function checkedAnomaly(
  { id, isPromised, partition, says, records, reads }: Finding,
  history: ToldHistory,
): CheckedAnomaly {
  const { sent, read, topicPartitions, answeredIn } = history
  const place = topicPartitions.at(partition)
  return {
    id,
    name: ANOMALIES[id],
    isPromised,
    topic: place.topic,
    partition: topicPartitions.isUnsaid(partition) ? null : place.partition,
    says,
    sent: [...new Set(records)]
      .filter((record) => sent.outcome[record] !== UNSENT)
      .map((record) => {
        const answer = answeredIn[record]!
        return {
          id: history.recordName(record),
          line: sent.number[record]!,
          answeredInLine: answer === 0 ? null : answer,
        }
      }),
    read: reads.map((at) => ({
      id: history.recordName(read.record[at]!),
      consumer: history.consumerName(history.consumers[read.session[at]!]!),
      offset: read.offset[at]!,
      line: read.poll[at]!,
    })),
  }
}

function notChecked({ sent, read, isOver, topicPartitions }: ToldHistory): NotChecked[] {
  const all = isOver.map((_, partition) => partition).filter((partition) => !topicPartitions.isUnsaid(partition))
  const open = all.filter((partition) => !isOver[partition])
  const names = open.slice(0, 3).map((partition) => topicPartitions.name(partition))
  const where = open.length === all.length ? '' : ` of ${names.join(', ')}${open.length > 3 ? ', …' : ''}`
  const isTimed = sent.invokedAt.some(Number.isFinite) && sent.completedAt.some(Number.isFinite)
  const checks: readonly (NotChecked & { readonly isChecked: boolean })[] = [
    {
      anomalies: ['A2', 'A20'],
      because: `no end line says that everything${where} was read, so only what lies before something that was read counts as lost`,
      isChecked: open.length === 0 && isOver.includes(true),
    },
    { anomalies: ['A15'], because: 'sends and acks have no time', isChecked: isTimed },
    { anomalies: ['A21'], because: 'polls have no highWatermark', isChecked: read.highWatermark.some(Number.isFinite) },
  ]
  return checks.flatMap(({ isChecked, ...rest }) => (isChecked ? [] : [rest]))
}
