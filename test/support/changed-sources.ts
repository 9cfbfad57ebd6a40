/** The project with some files changed or added: compiled by its own compiler options, and built into a folder that ends with it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { repositoryRoot } from './source-tree.js'

/** The new text of a file, made of the old one, which is empty where there is none. */
export type Changes = Readonly<Record<string, (text: string) => string>>

export class ChangedSources {
  /** What the compiler says against it. */
  readonly faults: readonly string[]
  readonly #root = repositoryRoot()
  readonly #program: ts.Program
  #built: string | null = null

  /** Looks at `roots` and all that they import. */
  constructor(roots: readonly string[], changes: Changes) {
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(join(this.#root, 'tsconfig.json'), ts.sys.readFile).config,
      ts.sys,
      this.#root,
    )
    const { tsBuildInfoFile: _, ...kept } = options
    const built = { composite: false, incremental: false, declaration: false, sourceMap: false }
    const host = ts.createCompilerHost(options)
    const changed = new Map(Object.entries(changes).map(([path, change]) => [join(this.#root, path), change]))
    const { readFile, fileExists } = host
    host.readFile = (path) => changed.get(path)?.(readFile(path) ?? '') ?? readFile(path)
    host.fileExists = (path) => changed.has(path) || fileExists(path)
    const files = roots.map((path) => join(this.#root, path))
    this.#program = ts.createProgram(files, { ...kept, ...built, rootDir: this.#root }, host)
    this.faults = ts
      .getPreEmitDiagnostics(this.#program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  }

  /** Imports a built module. Below `dist`, so that packages are found from there. */
  async load(path: string): Promise<unknown> {
    if (this.#built === null) {
      const built = mkdtempSync(join(this.#root, 'dist', 'changed-'))
      this.#program.emit(undefined, (name, text) =>
        ts.sys.writeFile(built + name.slice(join(this.#root, 'dist').length), text),
      )
      this.#built = built
    }
    return await import(/* @vite-ignore */ pathToFileURL(join(this.#built, path.replace(/\.ts$/, '.js'))).href)
  }

  remove(): void {
    if (this.#built !== null) rmSync(this.#built, { recursive: true })
  }
}
