import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { getSystemErrorMap } from 'node:util'
import { ConfigError } from '../base/errors.js'
import type { BenchResult } from '../lab/measure/bench-result.js'
import { benchPage } from '../lab/report/bench-page.js'
import { benchTable } from '../lab/report/bench-table.js'
import { verificationOf } from '../lab/report/figures.js'
import { checkDistinct } from './distinct-files.js'

export interface Outputs {
  /** A file, or `-` for standard output, which then carries the JSON alone. */
  readonly json?: string | undefined
  readonly report?: string | undefined
  /** A file, or `-`. */
  readonly history?: string | undefined
  readonly 'ready-file'?: string | undefined
}

/**
 * Reports a file that cannot be written before a run, not after it, and one that is `input` or another output at the
 * same time. Throws a ConfigError.
 */
export function checkOutputs(outputs: Outputs, input?: string): void {
  for (const { option, path } of writtenIn(outputs)) {
    if (path === '-') continue
    const folder = dirname(path)
    orRefused({ option, path }, () => {
      if (!isFolder(folder)) throw cannotWrite({ option, path }, `there is no folder ${folder}`)
      if (isFolder(path)) throw cannotWrite({ option, path }, 'it is a folder; name a file in it')
    })
  }
  checkDistinctOutputs(outputs, input)
}

/** Reports two outputs, or an output and the input, that are one file. Throws a ConfigError. */
export function checkDistinctOutputs(outputs: Outputs, input?: string): void {
  const read = input === undefined ? [] : [{ path: input, option: null }]
  checkDistinct([...read, ...writtenIn(outputs)])
}

function writtenIn({ json, report, history, 'ready-file': readyFile }: Outputs): readonly Written[] {
  const all = Object.entries({ json, report, history, 'ready-file': readyFile })
  return all.flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }]))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Prints the table, and writes JSON and page if they were asked for. */
export function publish(
  result: BenchResult,
  outputs: Outputs,
  page: { readonly command: string; readonly title?: string },
): void {
  const { json, report } = outputs
  const eye = json === '-' ? process.stderr : process.stdout
  eye.write(`${benchTable(result)}\n`)
  if (json !== undefined) writeJson(json, result)
  if (report === undefined) return
  writeOutput('report', report, benchPage(result, page))
  eye.write(`\nThe same as a page, with heatmaps and the reasons: ${report}\n`)
}

/** Writes the result as JSON to --json; see `writeOutput`. */
export function writeJson(path: string, result: object): void {
  writeOutput('json', path, `${JSON.stringify(result, null, 2)}\n`)
}

/**
 * Writes a text into a file, and makes its folder if there is none; `-` is standard output. Throws a ConfigError if the
 * system refuses.
 */
export function writeOutput(option: string, path: string, text: string): void {
  if (path === '-') {
    process.stdout.write(text)
    return
  }
  orRefused({ option, path }, () => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  })
}

interface Written {
  readonly option: string
  readonly path: string
}

/** Words a failure as the system does: Node's sentences repeat the call and the path. */
function orRefused(file: Written, run: () => void): void {
  try {
    run()
  } catch (error) {
    const { errno = 0, code } = error as NodeJS.ErrnoException
    const [, says] = getSystemErrorMap().get(errno) ?? []
    throw says === undefined ? error : cannotWrite(file, `${says} (${code})`)
  }
}

function cannotWrite({ option, path }: Written, why: string): ConfigError {
  return new ConfigError(option, `Cannot write ${path} for --${option}: ${why}`)
}

/**
 * The exit code of a contract: 0 if records were moved, all of them were acknowledged, and none was lost, duplicated or
 * out of order. Impossible cells fail nothing, unless all are impossible.
 */
export function exitCodeOf({ runs }: BenchResult): number {
  const ran = runs.filter(({ refused }) => refused === undefined)
  return ran.length > 0 && ran.every(({ records }) => records > 0) && verificationOf(ran).isClean ? 0 : 1
}
