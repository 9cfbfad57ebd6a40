import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import CliTable3 from 'cli-table3'
import { counted } from '../src/base/words.js'
import { type Spread, spreadOf } from '../src/lab/measure/bench-result.js'
import { threeDigits } from '../src/lab/numbers.js'

/** Milliseconds. */
export interface StartupFigure {
  readonly brokers: number
  readonly processes: number
  /** The time from `Cluster.start` until it has resolved. */
  readonly started: Spread
  /** The time from `Cluster.start` until the first record was handled. */
  readonly firstRecord: Spread
}

export interface StartupTimes {
  readonly started: number
  readonly firstRecord: number
}

const CHILD = fileURLToPath(new URL('./startup-process.js', import.meta.url))

/** Each start has a process of its own: the second cluster of a process finds its code compiled. */
export function runStartup(options: { readonly brokers: number; readonly processes: number }): StartupFigure {
  const times = Array.from({ length: options.processes }, () => timesOf(options.brokers))
  return {
    ...options,
    started: spreadOf(times.map(({ started }) => started)),
    firstRecord: spreadOf(times.map(({ firstRecord }) => firstRecord)),
  }
}

function timesOf(brokers: number): StartupTimes {
  const { status, stdout } = spawnSync(process.execPath, [CHILD, String(brokers)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`The process that was to start a cluster ended with ${status}`)
  return JSON.parse(stdout) as StartupTimes
}

export function startupTable({ brokers, started, firstRecord }: StartupFigure): string {
  const table = new CliTable3({
    head: [`${counted(brokers, 'broker')}, ms`, 'min', 'median', 'max'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  const rows = [
    ['Cluster.start', started],
    ['to the first record', firstRecord],
  ] as const
  for (const [name, { min, median, max }] of rows)
    table.push([name, threeDigits(min), threeDigits(median), threeDigits(max)])
  return table.toString()
}
