import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { packageFolder } from '../src/cluster/package-folder.js'
import * as source from '../src/index.js'
import * as testingSource from '../src/testing.js'
import { repositoryRoot } from './support/source-tree.js'

const root = repositoryRoot()
const DIST = join(root, 'dist')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>
}

/** What is loaded with the package alone: the entries, the threads' files and the command. */
const LOADED = [
  ...['index', 'testing'].flatMap((entry) => [`${entry}.cjs`, `${entry}.mjs`]),
  'library.cjs',
  ...['threads', 'cli'].flatMap((folder) => scriptsIn(folder)),
]

function scriptsIn(folder: string): readonly string[] {
  return readdirSync(join(DIST, folder), { encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name))
}

const required = createRequire(import.meta.url)(join(DIST, 'index.cjs')) as Record<string, unknown>

test('the package exports what its source does, and its classes have their names', () => {
  expect(Object.keys(required).sort()).toEqual(Object.keys(source).sort())
  const classes = Object.entries(required).filter(([name, value]) => typeof value === 'function' && /^[A-Z]/.test(name))
  expect(classes.length).toBeGreaterThan(10)
  for (const [name, value] of classes) expect((value as { readonly name: string }).name).toBe(name)
})

test('a process that imports and requires the package has each class once, whichever comes first', () => {
  const program = (lines: readonly string[]): string => `
    import { createRequire } from 'node:module'
    const require = createRequire(import.meta.url)
    let imported, required
    ${lines.join('\n')}
    const names = Object.keys(required)
    console.log(names.length, names.every((name) => imported[name] === required[name]))`
  const [imports, requires] = ["imported = await import('odradek')", "required = require('odradek')"]
  for (const lines of [
    [imports, requires],
    [requires, imports],
  ]) {
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program(lines)], { cwd: root })
    expect(String(said)).toBe(`${Object.keys(source).length} true\n`)
  }
})

test('the declarations ask for the types of Node, which newer compilers do not take by themselves', () => {
  for (const entry of ['index', 'testing']) {
    for (const end of ['d.cts', 'd.mts'])
      expect(readFileSync(join(DIST, `${entry}.${end}`), 'utf8')).toMatch(/^\/\/\/ <reference types="node" \/>\n/)
  }
})

test('odradek/testing is imported and required, and its cluster is a Cluster of odradek', () => {
  const program = `
    import { createRequire } from 'node:module'
    import { Cluster } from 'odradek'
    import * as imported from 'odradek/testing'
    const required = createRequire(import.meta.url)('odradek/testing')
    const kafka = await required.startKafka()
    console.log(Object.keys(required).join(), required.startKafka === imported.startKafka, kafka.cluster instanceof Cluster)`
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: root })
  expect(String(said)).toBe(`${Object.keys(testingSource).join()} true true\n`)
})

test('the package needs no package that npm does not install with it, and can do without its peers', () => {
  const installed = new Set(Object.keys(manifest.dependencies))
  for (const path of LOADED) {
    const foreign = mentioned(path).filter((name) => !isBuiltin(name) && !name.startsWith('.') && !installed.has(name))
    expect({ path, foreign }).toEqual({ path, foreign: [] })
  }
  for (const name of Object.keys(manifest.peerDependencies))
    expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true })
})

/** What a file imports, exports from or requires by a name that stands there. */
function mentioned(path: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(DIST, path), 'utf8'), true, true)
  return importedFiles.map(({ fileName }) => fileName)
}

test('the licences of what the command has inside lie beside it', () => {
  const notices = readFileSync(join(DIST, 'cli', 'NOTICES.txt'), 'utf8')
  for (const name of ['commander', 'cli-table3', 'cli-progress', 'csv-parse', 'picocolors', 'vega-datasets'])
    expect(notices).toMatch(new RegExp(`^${name} [\\d.]+ \\(`, 'm'))
})

test('the folder of the package is found from anywhere in it, and missed in words where a bundle lies elsewhere', () => {
  const ours = pathToFileURL(`${root}/`).href
  expect(packageFolder().href).toBe(ours)
  expect(packageFolder(pathToFileURL(join(DIST, 'types', 'index.d.ts')).href).href).toBe(ours)
  const elsewhere = mkdtempSync(join(tmpdir(), 'odradek-bundle-'))
  writeFileSync(join(elsewhere, 'package.json'), '{ "name": "their-program" }')
  expect(() => packageFolder(pathToFileURL(join(elsewhere, 'bundle.js')).href)).toThrow(/--external:odradek/)
})
