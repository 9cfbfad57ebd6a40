import CliTable3 from 'cli-table3'
import pc from 'picocolors'
import { counted, grouped } from '../../base/words.js'
import type { LabAnomaly, LabRun } from '../experiments/lab-result.js'
import type { LabReport, ShownRun } from '../experiments/run-experiment.js'
import type { ConfigValue } from '../measure/bench-result.js'
import { optionValue } from '../numbers.js'
import type { TableOptions } from './bench-table.js'

/**
 * Writes the end of an experiment for a terminal: one line for each cell, the claim and its verdict, and its reasons.
 */
export function labTable(report: LabReport, options: TableOptions = {}): string {
  const colors = pc.createColors(options.hasColors ?? pc.isColorSupported)
  const { result, shown } = report
  const names = sweptNames(shown)
  const facts = factNames(shown)
  const heads = [...names, ...facts.map((name) => headOf(shown, name, 'first seed')), ...totalHeads(shown), 'claim']
  const table = new CliTable3({
    head: heads.map((head) => colors.bold(head.replace(' (', '\n('))),
    colAligns: heads.map((head) => (head === 'claim' ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  })
  for (const one of shown) {
    const settings = names.map((name) => optionValue(one.run.config[name] ?? ''))
    if (one.run.refused !== undefined) {
      const content = colors.dim(`not run: ${one.run.refused}`)
      table.push([...settings, { colSpan: heads.length - names.length, hAlign: 'left', content }])
      continue
    }
    const { lost, duplicated, outOfOrder } = one.run
    const cell = one.broken.length === 0 ? colors.green('holds') : colors.red('broken')
    const seen = facts.map((name) => String(one.outcome?.facts[name] ?? ''))
    table.push([
      ...settings,
      ...seen,
      grouped(lost),
      grouped(duplicated),
      grouped(outOfOrder),
      ...(isTimed(shown) ? [paceOf(one.run)] : []),
      cell,
    ])
  }
  const holds = result.verdict === 'holds'
  const verdict = `${holds ? '✓ The claim holds' : '✗ The claim is broken'}: ${result.claim}`
  return [
    table.toString(),
    holds ? colors.green(verdict) : colors.bold(colors.red(verdict)),
    ...shown.flatMap((one) => reasonsOf(one, names)),
    ...(report.brokenBetween === null ? [] : [`✗ ${report.brokenBetween}`]),
    ...unfinishedOf(report),
    ...smallestOf(report),
    colors.dim(whereOf(report)),
  ].join('\n')
}

/** Lists the names of the options in which the runs differ. */
export function sweptNames(shown: readonly ShownRun[]): readonly string[] {
  const [first] = shown
  if (first === undefined) return []
  const differs = (name: string): boolean => shown.some(({ run }) => run.config[name] !== first.run.config[name])
  return Object.keys(first.run.config).filter(differs)
}

export function factNames(shown: readonly ShownRun[]): readonly string[] {
  return [...new Set(shown.flatMap(({ outcome }) => Object.keys(outcome?.facts ?? {})))]
}

/** Returns the heads of the columns behind the facts. */
export function totalHeads(shown: readonly ShownRun[]): readonly string[] {
  const heads = ['lost', 'duplicated', 'out of order', ...(isTimed(shown) ? ['records/s'] : [])]
  return heads.map((head) => headOf(shown, head, 'all seeds'))
}

/** Returns a column's head, which says whose figures it has where there are several seeds. */
export function headOf(shown: readonly ShownRun[], head: string, whose: 'first seed' | 'all seeds'): string {
  return shown.some(({ run }) => run.seeds > 1) ? `${head} (${whose})` : head
}

/** Whether any run says something about speed. */
export function isTimed(shown: readonly ShownRun[]): boolean {
  return shown.some(({ run }) => run.recordsPerSecond !== null)
}

export function paceOf({ recordsPerSecond }: LabRun): string {
  return recordsPerSecond === null ? '' : grouped(Math.round(recordsPerSecond))
}

/** Names a run by what sets it apart: `acks all, min.insync.replicas 3`. */
export function runName({ run }: ShownRun, names: readonly string[]): string {
  const set = names.filter((name) => run.config[name] !== undefined)
  return set.map((name) => `${name} ${optionValue(run.config[name] as ConfigValue)}`).join(', ')
}

export function whereOf({ result }: LabReport): string {
  const seeds = Math.max(0, ...result.runs.map((run) => run.seeds))
  return result.host === 'simulation'
    ? `In the simulation, ${counted(seeds, 'seed')}`
    : `On threads, ${counted(seeds, 'run')}`
}

const BROKEN_TOLD_MAX = 5
const LINES_TOLD_MAX = 30

function reasonsOf(one: ShownRun, names: readonly string[]): string[] {
  const name = runName(one, names)
  const start = name === '' ? '' : `${name}: `
  const says = one.outcome === null ? [] : [`${start}${one.outcome.says}`]
  return [...says, ...brokenTold(one).map((why) => `✗ ${start}${why}`)]
}

/** Tells why the claim does not hold, for the first seeds, and how many more there are. */
export function brokenTold({ broken }: ShownRun): string[] {
  const more = broken.length - BROKEN_TOLD_MAX
  const rest = more > 0 ? [`and ${counted(more, 'more seed')}: the JSON has them all`] : []
  return [...broken.slice(0, BROKEN_TOLD_MAX), ...rest]
}

const isUnfinished = ({ kind }: LabAnomaly): boolean => kind === 'stuck' || kind === 'failed'

/** Tells the last steps of the first seed that did not come to its end, with the command that shows it again. */
function unfinishedOf({ result }: LabReport): string[] {
  const first = result.anomalies.find(isUnfinished)
  if (first === undefined) return []
  return [`What seed ${first.seed} has done last:`, ...linesOf(first), `Run it again: ${first.replay}`]
}

/** Tells the smallest of the shrunk anomalies, record by record, with the command that shows it again. */
function smallestOf({ experiment, result }: LabReport): string[] {
  if (experiment.shrinks === undefined) return []
  const shrunk = result.anomalies.filter((one) => !isUnfinished(one))
  const [first] = shrunk.sort((a, b) => a.history.length - b.history.length)
  if (first === undefined) return []
  return [`The smallest history with ${first.kind}:`, ...linesOf(first), `See it again: ${first.replay}`]
}

function linesOf({ history }: LabAnomaly): string[] {
  return history
    .slice(-LINES_TOLD_MAX)
    .map(({ atMs, actor, says }) => `  ${atMs.toFixed(3).padStart(10)} ms  ${actor.padEnd(9)} ${says}`)
}
