import CliTable3 from 'cli-table3'
import { counted } from '../../src/base/words.js'
import { ANOMALIES, type AnomalyId } from '../../src/lab/history/anomalies.js'
import { threeDigits } from '../../src/lab/numbers.js'
import type { CampaignResult } from './campaign.js'
import type { FailoverFigures } from './failover.js'

export function killsTable(result: CampaignResult): string {
  const { counts, killsByKind, killsByPoint, failoverMs } = result
  const table = plainTable(['', 'three brokers, idempotent producers'])
  const named = (numbers: object): string =>
    Object.entries(numbers)
      .map((pair) => pair.join(' '))
      .join(', ')
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
  const broken = Object.keys(counts) as AnomalyId[]
  const verdict = broken.length === 0 ? ['no anomaly'] : broken.map((id) => sentence(id, result))
  return [table.toString(), ...verdict].join('\n')
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

/** The smallest value that is not below so many percent of them. */
function at(values: readonly number[], percentage: number): string {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = Math.max(0, Math.ceil((percentage / 100) * sorted.length) - 1)
  return threeDigits(sorted[rank] ?? 0)
}

function plainTable(head: readonly string[]): CliTable3.Table {
  return new CliTable3({ head: [...head], style: { head: [], border: [], compact: true } })
}
