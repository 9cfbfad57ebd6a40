import CliTable3 from 'cli-table3'
import type { Spread } from '../../src/lab/measure/bench-result.js'
import { compact, threeDigits } from '../../src/lab/numbers.js'
import type { PeerSummary } from './run-peers.js'

/** One line for each contestant; ratios are to the first of the same record size. */
export function peersTable(summaries: readonly PeerSummary[]): string {
  const table = new CliTable3({
    head: ['bytes', 'contestant', 'records/s', 'min – max', 'MB/s', 'CPU s/M', 'times the first'],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const summary of summaries) {
    const first = summaries.find(({ recordBytes }) => recordBytes === summary.recordBytes) ?? summary
    const { min, median, max } = summary.recordsPerSecond
    table.push([
      summary.recordBytes,
      summary.name,
      compact(median),
      `${compact(min)} – ${compact(max)}`,
      threeDigits(summary.megabytesPerSecond.median),
      cpu(summary.cpuSecondsPerMillionRecords),
      threeDigits(median / first.recordsPerSecond.median),
    ])
  }
  const legend = new Map(summaries.map(({ name, says }) => [name, says]))
  return [table.toString(), ...[...legend].map(([name, says]) => `${name}: ${says}`)].join('\n')
}

function cpu({ median }: Spread): string {
  return threeDigits(median)
}
