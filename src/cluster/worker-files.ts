import { existsSync } from 'node:fs'
import { packageFolder } from './package-folder.js'

/**
 * The folder of the files that threads start from. The build joins each of them with all that it imports into one file,
 * because a thread that loads forty modules starts in twice the time; without that step the single files do the same.
 */
export function workerFolder(): URL {
  const built = new URL('dist/', packageFolder())
  const joined = new URL('threads/', built)
  return existsSync(new URL('launcher.js', joined)) ? joined : new URL('workers/', built)
}

/** Threads read source maps when the process does: that alone takes a third of their start. */
export function workerExecArgv(): string[] {
  return process.execArgv.filter((argument) => argument === '--enable-source-maps')
}
