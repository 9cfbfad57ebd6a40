import CliTable3 from 'cli-table3'
import { counted } from '../../src/base/words.js'
import { ANOMALIES, type AnomalyId } from '../../src/lab/history/anomalies.js'
import { threeDigits } from '../../src/lab/numbers.js'
import { percentileOf } from '../percentile.js'
import type { CampaignResult } from './campaign.js'
import type { FailoverFigures } from './failover.js'
import type { GroupCounts } from './watched-groups.js'

export function killsTable(result: CampaignResult): string {
  const { counts, killsByKind, killsByPoint, failoverMs, groups } = result
  const table = plainTable(['', 'three brokers, idempotent producers'])
  table.push(
    ['kills', `${result.kills} (${named(killsByKind)})`],
    ['at named points', named(killsByPoint)],
    ['acknowledged', String(result.acknowledged)],
    ['lost', String((counts.A1 ?? 0) + (counts.A2 ?? 0))],
    ['duplicated', String(counts.A4 ?? 0)],
    ['out of order', String(counts.A13 ?? 0)],
    ['failed sends', String(result.failed)],
    [
      'leader failover, ms',
      `p50 ${at(failoverMs, 50)}, p99 ${at(failoverMs, 99)}, max ${at(failoverMs, 100)} (${failoverMs.length})`,
    ],
  )
  if (groups !== null) table.push(...groupRows(groups))
  const broken = Object.keys(counts) as AnomalyId[]
  const verdict = [...broken.map((id) => sentence(id, result)), ...(groups?.violations ?? [])]
  return [table.toString(), ...(verdict.length === 0 ? ['no anomaly'] : verdict)].join('\n')
}

function groupRows(groups: GroupCounts): [string, string][] {
  const { tenures, read, redelivered, acknowledgedCommits, failedCommits, looks, violations } = groups
  return [
    ['members killed', String(groups.membersKilled)],
    ['partitions assigned', String(tenures)],
    ['read by groups', String(read)],
    ['redelivered', named(redelivered)],
    ['below what was committed', violations.length === 0 ? '0' : 'see below'],
    ['commits acknowledged', String(acknowledgedCommits)],
    ['commits failed', named(failedCommits)],
    ['looks at what is committed', String(looks)],
    ['violations', String(violations.length)],
  ]
}

/** `random 3, loses 1` */
function named(numbers: object): string {
  return Object.entries(numbers)
    .map((pair) => pair.join(' '))
    .join(', ')
}

export function failoverTable({ killed, paused }: FailoverFigures): string {
  const table = plainTable(['leader, ms to', 'times', 'min', 'p50', 'p99', 'max'])
  const rows = [
    ['killed: another leader', killed.electedMs],
    ['killed: the next acknowledged write', killed.acknowledgedMs],
    ['paused: another leader', paused.electedMs],
    ['paused: the next acknowledged write', paused.acknowledgedMs],
  ] as const
  for (const [name, times] of rows) {
    if (times.length === 0) continue
    table.push([name, String(times.length), ...[0, 50, 99, 100].map((percentage) => at(times, percentage))])
  }
  return table.toString()
}

function sentence(id: AnomalyId, { anomalies, counts }: CampaignResult): string {
  const told = anomalies
    .filter((anomaly) => anomaly.id === id)
    .map(({ partition, says }) => `  partition ${partition}: ${says}`)
  return [`${id} ${ANOMALIES[id]}: ${counted(counts[id] ?? 0, 'time')}`, ...told].join('\n')
}

const at = (values: readonly number[], percentage: number): string => threeDigits(percentileOf(values, percentage))

function plainTable(head: readonly string[]): CliTable3.Table {
  return new CliTable3({ head: [...head], style: { head: [], border: [], compact: true } })
}
