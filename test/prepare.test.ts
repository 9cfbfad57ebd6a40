import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { repositoryRoot } from './support/source-tree.js'

/** Stands in for the compiler: copies every source, and notes in compiled.log when it starts and when it is done. */
const COMPILER = `
const { appendFileSync, cpSync, existsSync, writeFileSync } = require('node:fs')
appendFileSync('compiled.log', 'begin ')
console.log('compiler output')
if (existsSync('src/broken.ts')) process.exit(2)
cpSync('src', 'dist/src', { recursive: true })
writeFileSync('dist/src/a.js', '')
writeFileSync('dist/tsconfig.tsbuildinfo', '')
appendFileSync('compiled.log', 'end ')
`
const checkouts: string[] = []
afterEach(() => {
  for (const checkout of checkouts.splice(0)) rmSync(checkout, { recursive: true })
})

function checkout(): string {
  const root = mkdtempSync(join(tmpdir(), 'odradek-prepare-'))
  checkouts.push(root)
  cpSync(join(repositoryRoot(), '.ci'), join(root, '.ci'), { recursive: true })
  write(root, 'package.json', '{}')
  write(root, 'package-lock.json', '{ "packages": { "": {}, "node_modules/a": { "version": "1.0.0" } } }')
  write(root, 'node_modules/.package-lock.json', '{ "packages": { "node_modules/a": { "version": "1.0.0" } } }')
  write(root, 'node_modules/typescript/bin/tsc', COMPILER)
  write(root, 'bin/npm', '#!/bin/sh\necho "$@" | tee -a npm.log\n')
  chmodSync(join(root, 'bin/npm'), 0o755)
  write(root, 'tsconfig.json', '{}')
  write(root, 'src/a.ts', '')
  return root
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function started(root: string): ChildProcess {
  const env = { ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}` }
  return spawn(process.execPath, [join(root, '.ci', 'prepare.mjs')], { stdio: ['ignore', 'pipe', 'pipe'], env })
}

async function prepare(root: string) {
  const child = started(root)
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, stdout, stderr }
}

async function text(stream: NodeJS.ReadableStream | null): Promise<string> {
  let all = ''
  for await (const part of stream ?? []) all += String(part)
  return all
}

const compilations = (root: string): string => readFileSync(join(root, 'compiled.log'), 'utf8')

test('a checkout is compiled once, and again when a source is added, changed or deleted', async () => {
  const root = checkout()
  await prepare(root)
  await prepare(root)
  expect(compilations(root)).toBe('begin end ')
  write(root, 'src/b.ts', '')
  await prepare(root)
  write(root, 'src/b.ts', 'changed')
  await prepare(root)
  rmSync(join(root, 'src/b.ts'))
  await prepare(root)
  expect(compilations(root)).toBe('begin end '.repeat(4))
})

test('the output of a deleted test does not linger', async () => {
  const root = checkout()
  await prepare(root)
  for (const output of ['gone.test.js', 'gone.test.js.map', 'gone.test.d.ts', 'kept.json'])
    write(root, `dist/test/${output}`, '')
  write(root, 'src/b.ts', '')
  await prepare(root)
  expect(readdirSync(join(root, 'dist/test'))).toEqual(['kept.json'])
})

test('standard output stays empty, so that a command can print JSON there', async () => {
  const { code, stdout, stderr } = await prepare(checkout())
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  expect(stderr).toContain('compiler output')
})

test('a failed compilation ends with exit code 1, and the next one is tried in full', async () => {
  const root = checkout()
  write(root, 'src/broken.ts', '')
  expect(await prepare(root)).toMatchObject({ code: 1, stderr: expect.stringContaining('failed with exit code 2') })
  expect(await prepare(root)).toMatchObject({ code: 1 })
  rmSync(join(root, 'src/broken.ts'))
  expect(await prepare(root)).toMatchObject({ code: 0 })
})

test('an installation from another lockfile is replaced', async () => {
  const root = checkout()
  write(root, 'package-lock.json', '{ "packages": { "node_modules/a": { "version": "2.0.0" } } }')
  expect(await prepare(root)).toMatchObject({ code: 0, stdout: '' })
  await prepare(root)
  expect(readFileSync(join(root, 'npm.log'), 'utf8')).toMatch(/^ci --include=dev [^\n]*\n$/)
})

test('an installation by hand from this lockfile is kept', async () => {
  const root = checkout()
  await prepare(root)
  expect(existsSync(join(root, 'npm.log'))).toBe(false)
})

test('one of several invocations at once compiles, and the others wait for it', async () => {
  const root = checkout()
  const results = await Promise.all([1, 2, 3, 4].map(() => prepare(root)))
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0])
  expect(compilations(root)).toBe('begin end ')
  expect(readdirSync(join(root, 'dist')).filter((name) => name.startsWith('.lock'))).toEqual([])
})

test('the lock of a process that is gone is broken, by several at once as well', async () => {
  const root = checkout()
  const gone = started(root)
  await once(gone, 'exit')
  write(root, `dist/.lock/${gone.pid}-0123456789ab`, '')
  write(root, 'src/b.ts', '')
  await Promise.all([1, 2, 3].map(() => prepare(root)))
  expect(compilations(root)).toBe('begin end '.repeat(2))
  expect(existsSync(join(root, 'dist/.lock'))).toBe(false)
})

test('an installation of ours that calls us again, as npm does for every checkout, is not waited for', async () => {
  const root = checkout()
  write(root, 'package-lock.json', '{ "packages": { "node_modules/a": { "version": "2.0.0" } } }')
  write(root, 'bin/npm', '#!/bin/sh\necho "$@" >>npm.log\nnode .ci/prepare.mjs && echo returned >>npm.log\n')
  expect(await prepare(root)).toMatchObject({ code: 0, stdout: '' })
  expect(readFileSync(join(root, 'npm.log'), 'utf8')).toMatch(/^ci [^\n]*\nreturned\n$/)
  expect(compilations(root)).toBe('begin end ')
})
