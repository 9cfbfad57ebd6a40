import CliTable3 from 'cli-table3'
import pc from 'picocolors'
import { counted } from '../../base/words.js'
import type { BenchResult, BenchRun } from '../measure/bench-result.js'
import { compact, optionValue, percent, threeDigits } from '../numbers.js'
import { explain, reasonLabel } from './explain.js'
import { batchFill, bestRun, faultsInWords, mainReason, verificationOf } from './figures.js'
import { cellName, type Grid, gridOf, sweptValues } from './grid.js'

export interface TableOptions {
  /** Whether the table has ANSI colours; by default as the terminal allows. */
  readonly hasColors?: boolean
}

const HEADS = [
  'records/s',
  'min – max',
  'MB/s',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'CPU s/M',
  'fill',
  'rec/batch',
  'batches left',
] as const

/**
 * Writes the end of a run for a terminal: one line for each cell, the verification, and why the fastest and slowest
 * were so.
 */
export function benchTable(result: BenchResult, options: TableOptions = {}): string {
  const colors = pc.createColors(options.hasColors ?? pc.isColorSupported)
  const grid = gridOf(result.runs)
  const optionNames = result.runs[0] === undefined ? [] : sweptValues(result.runs[0], grid).map(({ option }) => option)
  const table = new CliTable3({
    head: [...optionNames, ...HEADS].map((head) => colors.bold(head)),
    colAligns: [...optionNames, ...HEADS].map((head) => (head === 'batches left' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  const fastest = bestRun(result.runs, (run) => -run.recordsPerSecond)
  for (const run of result.runs) {
    const settings = sweptValues(run, grid).map(({ value }) => optionValue(value))
    if (run.refused !== undefined) {
      table.push([
        ...settings,
        { colSpan: HEADS.length, hAlign: 'left', content: colors.dim(`not run: ${run.refused}`) },
      ])
    } else {
      const [speed = '', ...others] = figures(run)
      table.push([...settings, run === fastest ? colors.green(speed) : speed, ...others])
    }
  }
  const verdict = verdictOf(result.runs)
  return [
    table.toString(),
    verdict.isClean ? colors.green(verdict.text) : colors.bold(colors.red(verdict.text)),
    ...extremes(result.runs, grid),
    colors.dim(machineLine(result)),
  ].join('\n')
}

function figures(run: BenchRun): string[] {
  const { min, max } = run.spread.recordsPerSecond
  const reason = mainReason(run)
  return [
    compact(run.recordsPerSecond),
    `${compact(min)} – ${compact(max)}`,
    threeDigits(run.megabytesPerSecond),
    threeDigits(run.latencyMs.p50),
    threeDigits(run.latencyMs.p99),
    threeDigits(run.latencyMs.p999),
    threeDigits(run.cpuSecondsPerMillionRecords),
    percent(batchFill(run)),
    threeDigits(run.batchRecordsMean),
    reason === undefined ? '' : `${reasonLabel(reason.reason, run.config['linger.ms'])} ${percent(reason.share)}`,
  ]
}

function verdictOf(runs: readonly BenchRun[]): { readonly text: string; readonly isClean: boolean } {
  const verification = verificationOf(runs)
  const { records, isClean } = verification
  if (records === 0 && isClean) return { text: '✗ no record was checked: nothing was run', isClean: false }
  const found = isClean ? 'nothing lost, nothing duplicated, nothing out of order' : faultsInWords(verification)
  return { text: `${isClean ? '✓' : '✗'} ${counted(records, 'record')} checked: ${found}`, isClean }
}

function extremes(runs: readonly BenchRun[], grid: Grid): string[] {
  const fastest = bestRun(runs, (run) => -run.recordsPerSecond)
  const slowest = bestRun(runs, (run) => run.recordsPerSecond)
  if (fastest === undefined || slowest === undefined) return []
  if (fastest === slowest) return [explain(fastest)]
  return [
    `Fastest (${cellName(fastest, grid)}): ${explain(fastest)}`,
    `Slowest (${cellName(slowest, grid)}): ${explain(slowest)}`,
  ]
}

function machineLine({ machine }: BenchResult): string {
  return `${machine.model}, ${counted(machine.cpus, 'core')}, Node ${machine.node}, Odradek ${machine.odradek}`
}
