import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../base/errors.js'
import type { BenchResult } from '../lab/bench-result.js'
import { benchPage } from '../lab/report/html.js'
import { benchTable } from '../lab/report/table.js'

export interface Outputs {
  /** A file, or `-` for standard output, which then carries the JSON alone. */
  readonly json?: string | undefined
  readonly report?: string | undefined
  /** A file, or `-`. */
  readonly history?: string | undefined
}

/** Said before a run, not after it: a file that cannot be written. Throws a ConfigError. */
export function checkOutputs({ json, report, history }: Outputs): void {
  for (const [option, path] of [
    ['json', json],
    ['report', report],
    ['history', history],
  ] as const) {
    if (path === undefined || path === '-') continue
    const folder = dirname(path)
    if (!isFolder(folder))
      throw new ConfigError(option, `Cannot write ${path} for --${option}: there is no folder ${folder}`)
    if (isFolder(path))
      throw new ConfigError(option, `Cannot write ${path} for --${option}: it is a folder; name a file in it`)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** The table for the eye, JSON and page where they were asked for. */
export function publish(
  result: BenchResult,
  outputs: Outputs,
  page: { readonly command: string; readonly title?: string },
): void {
  const { json, report } = outputs
  const eye = json === '-' ? process.stderr : process.stdout
  eye.write(`${benchTable(result)}\n`)
  if (json !== undefined) {
    const text = `${JSON.stringify(result, null, 2)}\n`
    if (json === '-') process.stdout.write(text)
    else writeFileSync(json, text)
  }
  if (report === undefined) return
  mkdirSync(dirname(report), { recursive: true })
  writeFileSync(report, benchPage(result, page))
  eye.write(`\nThe same as a page, with heatmaps and the reasons: ${report}\n`)
}

/** The exit code of a contract: 0 when nothing was lost, duplicated or out of order. */
export function exitCodeOf({ runs }: BenchResult): number {
  return runs.every(({ lost, duplicated, outOfOrder }) => lost + duplicated + outOfOrder === 0) ? 0 : 1
}
