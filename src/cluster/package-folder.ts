import { readFileSync } from 'node:fs'

/**
 * The folder of this package: the nearest one above this file whose package.json names it. Throws where there is none,
 * which is where somebody's bundler has joined this file into a program.
 */
export function packageFolder(from = placeOfThisFile()): URL {
  for (let folder = new URL('./', from); ; folder = new URL('../', folder)) {
    if (nameIn(new URL('package.json', folder)) === NAME) return folder
    if (folder.pathname === new URL('../', folder).pathname) throw new Error(IN_A_BUNDLE)
  }
}

/** The version that package.json names. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('package.json', packageFolder()), 'utf8')) as { version: string }).version
}

const NAME = 'odradek'
const IN_A_BUNDLE = `Cannot find the files of the package ${NAME}: threads start from them, so a bundle must leave the package outside. \
With esbuild: --external:${NAME}; with webpack: externals: { ${NAME}: 'commonjs ${NAME}' }, or 'module ${NAME}' where modules come out`

function placeOfThisFile(): string {
  try {
    return import.meta.url
  } catch {
    // The CommonJS build says __filename here, which a bundle of modules does not have.
    throw new Error(IN_A_BUNDLE)
  }
}

function nameIn(file: URL): string | null {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name ?? null
  } catch {
    return null
  }
}
