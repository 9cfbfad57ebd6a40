// Where the checks are made: a folder outside of the checkout, so that nothing is found that its users do not have.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROJECTS = fileURLToPath(new URL('projects', import.meta.url))
/** Nothing that a check starts lives longer, unless it says so. */
const LIMIT_MS = 300_000

/** What the projects are built and tested with, beside the package itself. */
const TOOLS = [
  ...[
    'jest@30.5.2',
    'jest-environment-jsdom@30.5.2',
    'ts-jest@29.4.15',
    '@types/jest@30.0.0',
    'vitest@4.1.12',
    'typescript@5.9.3',
    '@types/node@20.19.43',
  ],
  ...['esbuild@0.28.2', 'webpack@5.113.0', 'webpack-cli@7.3.1', '@arethetypeswrong/cli@0.18.5', 'libsql@0.5.29'],
]

/** Newer compilers with newer types of Node, beside those of the tools. */
export const NEWER_TYPES = [
  ['typescript@6.0.3', '@types/node@24.19.4'],
  ['typescript@7.0.2', '@types/node@26.6.7'],
]

/** The folder of everything; nodes are kept in it from run to run. */
const WORKSHOP = join(tmpdir(), `odradek-compat-${process.getuid?.() ?? 'user'}`)

/** Packs this checkout, and installs the package alone and beside the tools. */
export async function prepareWorkshop(say) {
  mkdirSync(WORKSHOP, { recursive: true })
  for (const entry of readdirSync(WORKSHOP))
    if (!entry.startsWith('node-')) rmSync(join(WORKSHOP, entry), { recursive: true })
  say('packing this checkout')
  const tarball = await pack(ROOT)
  say('installing the package, alone and beside jest, ts-jest, vitest, esbuild, webpack and attw')
  return {
    tarball,
    alone: await project('alone', [tarball]),
    tools: await project('tools', [tarball, ...TOOLS]),
    folder: WORKSHOP,
  }
}

/** The tarball of a checkout. */
export async function pack(checkout) {
  const packed = await npm(['pack', '--json', '--pack-destination', WORKSHOP], { cwd: checkout })
  return join(WORKSHOP, JSON.parse(packed.stdout)[0].filename)
}

/** A new project with the sample sources in it, and these packages installed. */
export async function project(name, packages) {
  const folder = join(WORKSHOP, name)
  cpSync(PROJECTS, folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  await npm(['install', '--no-audit', '--no-fund', '--save-exact', ...packages], { cwd: folder })
  return folder
}

/** The program of a Node of this major version, the newest that the registry has; null where it cannot be had. */
export async function nodeOf(major) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const folder = join(WORKSHOP, `node-${major}`)
  const program = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    const installed = await npm(['install', '--no-audit', '--no-fund', `${name}@${major}`], { cwd: folder }).catch(
      () => null,
    )
    if (installed === null || !existsSync(program)) return null
  }
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  return stdout?.startsWith(`v${major}.`) ? { program, version: stdout.trim() } : null
}

export const npm = (args, options) => run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, options)

/** Runs a program to its end. Rejects with all that it said where that is no good one, or none at all in `limitMs`. */
export function run(program, args, { cwd, node, env = {}, input, limitMs = LIMIT_MS } = {}) {
  const path = node === undefined ? process.env.PATH : `${dirname(node.program)}${delimiter}${process.env.PATH}`
  const child = spawn(program, args, {
    cwd,
    env: { ...withoutNpm(process.env), NO_COLOR: '1', PATH: path, TOUR_FOLDER: cwd, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text
    })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(said)
      const command = [program, ...args].join(' ')
      reject(new Error(`${command} ended with ${signal ?? `exit code ${code}`}\n${said.stdout}${said.stderr}`))
    })
  })
}

/** The settings of the npm that runs us are of this checkout, and no business of the projects. */
function withoutNpm(env) {
  const isKept = ([name]) => !/^npm_/i.test(name) && name !== 'NODE_OPTIONS' && name !== 'NODE_ENV'
  return Object.fromEntries(Object.entries(env).filter(isKept))
}
