import { fstatSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { ConfigError } from '../base/errors.js'

/** A file of a command line, or `-`: standard input where it is read, standard output where it is written. */
export interface NamedFile {
  readonly path: string
  /** The option that has it written; null: it is read. */
  readonly option: string | null
}

const [STDIN, STDOUT] = [0, 1]

/**
 * Refuses a file that would be written over another one of the same command line, whatever their names are: what was
 * read would be lost, or the first of two results. Asked before anything is written. Throws a ConfigError.
 */
export function checkDistinct(files: readonly NamedFile[]): void {
  const readFirst = [...files].sort((a, b) => Number(a.option !== null) - Number(b.option !== null))
  const known = new Map<string, string>()
  // What a command prints may go to a file as well.
  const printed = files.some(({ path, option }) => path === '-' && option !== null) ? [] : filesAt(STDOUT)
  for (const identity of printed) known.set(identity, 'standard output goes there as well')
  for (const { path, option } of readFirst) {
    const says = option === null ? 'it is the file that is read' : `it is the file of --${option} as well`
    for (const identity of identitiesOf(path, option !== null)) {
      const taken = known.get(identity)
      if (taken !== undefined && option !== null)
        throw new ConfigError(option, `Cannot write ${path} for --${option}: ${taken}`)
      known.set(identity, says)
    }
  }
}

/** What makes two names one file. A device or a pipe keeps nothing that could be lost. */
function identitiesOf(path: string, isWritten: boolean): readonly string[] {
  if (path === '-') return isWritten ? ['standard output', ...filesAt(STDOUT)] : filesAt(STDIN)
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (file !== undefined) return file.isFile() ? [`${file.dev}:${file.ino}`] : []
    const folder = statSync(dirname(path), { bigint: true, throwIfNoEntry: false })
    return [folder === undefined ? resolve(path) : `${folder.dev}:${folder.ino}/${basename(path)}`]
  } catch {
    // Whoever reads or writes it says why it cannot be.
    return []
  }
}

/** The file behind one of the process's own streams, if it is one. */
function filesAt(stream: number): readonly string[] {
  try {
    const file = fstatSync(stream, { bigint: true })
    return file.isFile() ? [`${file.dev}:${file.ino}`] : []
  } catch {
    return []
  }
}
