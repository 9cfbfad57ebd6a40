import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * What loads as a file of this package would. CommonJS has `require` as well (jest has no `import()`). Made when it is
 * needed: a bundle may not know where it is.
 */
const requireHere = (): NodeJS.Require => createRequire(import.meta.url)

/** The module, or null if there is none. */
export function requiredIfThere<Module>(name: string): Module | null {
  try {
    return requireHere()(name) as Module
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_BUILTIN_MODULE' || code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

/** What lies beside the main file of a package that is installed. */
export interface PackageFolder {
  /** Loads a file of JavaScript. */
  load<Module>(file: string): Module
  read(file: string): Uint8Array
}

export function folderOf(name: string): PackageFolder {
  const load = requireHere()
  const folder = dirname(load.resolve(name))
  return { load: (file) => load(join(folder, file)), read: (file) => readFileSync(join(folder, file)) }
}
