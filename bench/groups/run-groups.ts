import CliTable3 from 'cli-table3'
import { compact, threeDigits } from '../../src/lab/numbers.js'
import { percentileOf } from '../percentile.js'
import { commitThroughput } from './commit-throughput.js'
import { commits } from './commits.js'
import { cooperative } from './cooperative.js'
import type { GroupBench, GroupBenchOptions, GroupFigure } from './group-figure.js'
import { reading } from './reading.js'
import { takeover } from './takeover.js'

export const GROUP_BENCHES: readonly GroupBench[] = [reading, commits, commitThroughput, takeover, cooperative]

export async function runGroups(benches: readonly GroupBench[], options: GroupBenchOptions): Promise<GroupFigure[]> {
  const figures: GroupFigure[] = []
  for (const bench of benches) {
    const onProgress = (line: string): void => options.onProgress(`${bench.name}: ${line}`)
    figures.push(...(await bench.run({ ...options, onProgress })))
  }
  return figures
}

export function groupsTable(figures: readonly GroupFigure[]): string {
  const table = new CliTable3({
    head: ['', 'unit', 'times', 'min', 'median', 'p99', 'max'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { what, unit, values } of figures) {
    const shown = unit === 'ms' ? threeDigits : compact
    const percentiles = [0, 50, 99, 100].map((percentage) => shown(percentileOf(values, percentage)))
    table.push([what, unit, String(values.length), ...percentiles])
  }
  return table.toString()
}
