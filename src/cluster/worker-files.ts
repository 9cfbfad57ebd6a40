import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { packageFolder } from './package-folder.js'

/** Where the files lie that threads start from. */
export interface WorkerFiles {
  /** URL of their folder. */
  readonly folder: string
  readonly ending: '.cjs' | '.js'
}

/**
 * The build joins each of the files that threads start from with all that it imports into one file, because a thread
 * that loads forty modules starts in twice the time. It is one of CommonJS, because a thread that loads no other needs
 * none of what Node has for modules, which takes an eighth of its start. Without that step the single files do the
 * same.
 */
export function workerFiles(): WorkerFiles {
  const built = new URL('dist/', packageFolder())
  const joined: WorkerFiles = { folder: new URL('threads/', built).href, ending: '.cjs' }
  return existsSync(workerFile('launcher', joined))
    ? joined
    : { folder: new URL('workers/', built).href, ending: '.js' }
}

export function workerFile(name: string, { folder, ending }: WorkerFiles = workerFiles()): URL {
  return new URL(`${name}${ending}`, folder)
}

/**
 * A function of a file that a thread needs seldom: resolves with what loads it. A joined file, which is one of
 * CommonJS, is loaded then and not before; it takes 10 ms.
 */
export async function workerFunction<Wanted>(name: string, exported: string): Promise<() => Wanted> {
  const files = workerFiles()
  const file = workerFile(name, files)
  const isJoined = files.ending === '.cjs'
  const loaded = isJoined ? null : ((await import(file.href)) as Record<string, Wanted>)
  return () => (loaded ?? (createRequire(file)(fileURLToPath(file)) as Record<string, Wanted>))[exported] as Wanted
}

/** Threads read source maps when the process does: that alone takes a third of their start. */
export function workerExecArgv(): string[] {
  return process.execArgv.filter((argument) => argument === '--enable-source-maps')
}
