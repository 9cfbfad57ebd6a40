import { readdirSync } from 'node:fs'
import CliTable3 from 'cli-table3'
import { Bench } from 'tinybench'
import { threeDigits } from '../src/lab/numbers.js'
import type { MicroSuite } from './micro/micro-suite.js'

export interface MicroFigure {
  readonly suite: string
  readonly task: string
  readonly unit: string
  readonly nanosecondsPerUnit: { readonly median: number; readonly p99: number }
  readonly samples: number
}

const FOLDER = new URL('./micro/', import.meta.url)

/** The suites beside this file, by name; `only` picks some of them. */
export async function microSuites(only: readonly string[]): Promise<readonly MicroSuite[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.js'))
  const modules = await Promise.all(
    files.map((file) => import(new URL(file, FOLDER).href) as Promise<{ suite?: MicroSuite }>),
  )
  const suites = modules.flatMap(({ suite }) => (suite === undefined ? [] : [suite]))
  const unknown = only.find((name) => !suites.some((suite) => suite.name === name))
  if (unknown !== undefined) {
    throw new RangeError(`There is no micro suite "${unknown}"; there are ${suites.map(({ name }) => name).join(', ')}`)
  }
  return only.length === 0 ? suites : suites.filter(({ name }) => only.includes(name))
}

export async function runMicro(
  suites: readonly MicroSuite[],
  options: { readonly msPerTask: number },
): Promise<readonly MicroFigure[]> {
  const figures: MicroFigure[] = []
  for (const suite of suites) {
    const bench = new Bench({ time: options.msPerTask, throws: true })
    suite.register(bench)
    for (const task of await bench.run()) {
      const { result } = task
      if (result.state !== 'completed') continue
      const perUnit = (ms: number): number => (ms * 1e6) / suite.unitsPerRun
      const { p50, p99, samplesCount } = result.latency
      figures.push({
        suite: suite.name,
        task: task.name,
        unit: suite.unit,
        nanosecondsPerUnit: { median: perUnit(p50), p99: perUnit(p99) },
        samples: samplesCount,
      })
    }
  }
  return figures
}

export function microTable(figures: readonly MicroFigure[]): string {
  const table = new CliTable3({
    head: ['suite', 'task', 'ns', 'p99 ns', 'for one', 'samples'],
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { suite, task, unit, nanosecondsPerUnit, samples } of figures) {
    table.push([
      suite,
      task,
      threeDigits(nanosecondsPerUnit.median),
      threeDigits(nanosecondsPerUnit.p99),
      unit,
      samples,
    ])
  }
  return table.toString()
}
