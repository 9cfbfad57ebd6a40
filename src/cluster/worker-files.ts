import { existsSync } from 'node:fs'
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

/** Threads read source maps when the process does: that alone takes a third of their start. */
export function workerExecArgv(): string[] {
  return process.execArgv.filter((argument) => argument === '--enable-source-maps')
}
