import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchResult, BenchRun } from '../../src/lab/measure/bench-result.js'
import { repositoryRoot } from './source-tree.js'

/** As in the package: one file. */
const MAIN = join(repositoryRoot(), 'dist', 'cli', 'odradek.js')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the real command line, as a user's shell would, without a terminal. */
export function odradek(
  args: readonly string[],
  options: {
    readonly stdin?: string
    readonly cwd?: string
    readonly nodeOptions?: readonly string[]
    /** Where whoever reads standard output, or standard error as well, goes before anything is written. */
    readonly unread?: readonly ('stdout' | 'stderr')[]
    /** Where standard output goes, instead of to the caller. */
    readonly stdoutFile?: string
  } = {},
): Promise<Ended> {
  // Where CI is set, tables have colors though nobody looks.
  const env = { ...process.env, NO_COLOR: '1' }
  const nodeArgs = [...(options.nodeOptions ?? []), MAIN, ...args]
  const { cwd, stdoutFile } = options
  // The shell opens the file.
  const child =
    stdoutFile === undefined
      ? spawn(process.execPath, nodeArgs, { cwd, env, stdio: 'pipe' })
      : spawn('sh', ['-c', `exec "$@" >${stdoutFile}`, 'sh', process.execPath, ...nodeArgs], {
          cwd,
          env,
          stdio: 'pipe',
        })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  for (const stream of options.unread ?? []) child[stream].destroy()
  child.stdin.on('error', () => {})
  child.stdin.end(options.stdin ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** `odradek bench … --json -`, parsed: anything else on standard output fails here. */
export async function bench(
  args: string,
  options: { readonly stdin?: string } = {},
): Promise<Ended & { readonly runs: readonly BenchRun[] }> {
  const ended = await odradek(['bench', ...args.split(' '), '--json', '-'], options)
  try {
    return { ...ended, runs: (JSON.parse(ended.stdout) as BenchResult).runs }
  } catch {
    throw new Error(`No JSON, exit code ${ended.code}: ${ended.stdout}\n${ended.stderr}`)
  }
}

/** A file of this name in a folder of its own. */
export function givenFile(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'odradek-')), name)
  writeFileSync(path, text)
  return path
}
