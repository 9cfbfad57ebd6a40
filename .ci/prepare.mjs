// Makes a checkout ready to run: installs what package-lock.json says, compiles src, workers, bench, test and compat/oracle into dist, and
// joins what the package consists of. Runs before npm's start, test, bench and odradek scripts, so it uses Node's built-ins only, writes to
// standard error only, and is over in some milliseconds when nothing changed.
//
// npm runs it as well: `prepare` of package.json is called after npm's ci and install of a checkout, before pack and publish, and
// when somebody installs the package from git. An installation that we run ourselves calls us again inside: that one leaves at once.
//
// Two invocations may overlap. Both leave at once while both stamps are current; otherwise one takes the lock, removes
// the stamp of what it is about to change, works, and writes the stamp last. A killed one leaves no stamp behind.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const SOURCES = ['src', 'workers', 'bench', 'test', 'compat/oracle']
/** Set for what we run ourselves. */
const INSIDE = 'ODRADEK_PREPARING'
const OUTPUT = /(\.d\.ts|\.js)(\.map)?$/
const INSTALLED_STAMP = join(ROOT, 'node_modules', '.odradek-installed')
const BUILT_STAMP = join(ROOT, 'dist', '.built')
const COMPILER_STAMP = join(ROOT, 'dist', 'tsconfig.tsbuildinfo')

const say = (sentence) => process.stderr.write(`prepare: ${sentence}\n`)
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)

const lockfile = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')

function filesUnder(folder) {
  if (!existsSync(join(ROOT, folder))) return []
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Every source with its size and time, and the compiler's version by way of the lockfile. */
function sourcesStamp() {
  const files = [...[...SOURCES, '.ci'].flatMap(filesUnder), join(ROOT, 'tsconfig.json')].sort()
  const lines = files.map((file) => {
    const { size, mtimeMs } = statSync(file)
    return `${file.slice(ROOT.length)} ${size} ${mtimeMs}`
  })
  return sha256([sha256(lockfile), ...lines].join('\n'))
}

const isInstalled = () => read(INSTALLED_STAMP) === sha256(lockfile)
// `tsc -b --clean` leaves our stamp and takes the compiler's own.
const isBuilt = () => existsSync(COMPILER_STAMP) && read(BUILT_STAMP) === sourcesStamp()

/** A tree that somebody installed by hand is as good as ours when npm's own record of it agrees with the lockfile. */
function installedByHand() {
  const record = read(join(ROOT, 'node_modules', '.package-lock.json'))
  if (record === undefined) return false
  const wanted = Object.entries(JSON.parse(lockfile).packages).filter(([path, { optional }]) => path && !optional)
  const { packages: present } = JSON.parse(record)
  return wanted.every(([path, { version, integrity }]) => {
    return present[path]?.version === version && present[path].integrity === integrity
  })
}

/** Runs a command with both of its outputs on our standard error; throws when it fails. */
function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, [INSIDE]: '1' },
    // npm is a script on Windows. The arguments are ours, none of them needs quoting.
    shell: command === 'npm' && process.platform === 'win32',
  })
  if (error !== undefined) throw new Error(`${command} could not be started: ${error.message}`)
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed with ${signal ?? `exit code ${status}`}`)
}

function install() {
  if (!installedByHand()) {
    say('installing what package-lock.json says')
    rmSync(INSTALLED_STAMP, { force: true })
    // The compiler and the tests are needed whatever NODE_ENV says; --silent of an outer npm must not hide a failure.
    run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=warn'])
  }
  writeFileSync(INSTALLED_STAMP, sha256(lockfile))
}

function build() {
  say('compiling')
  // What changes while the compiler runs must be seen next time: the stamp is taken before.
  const stamp = sourcesStamp()
  rmSync(BUILT_STAMP, { force: true })
  removeStaleOutputs()
  run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b'])
  run(process.execPath, [join('.ci', 'bundle.mjs')])
  writeFileSync(BUILT_STAMP, stamp)
}

/** The compiler never deletes: a test whose source is gone would be run for ever. */
function removeStaleOutputs() {
  for (const output of SOURCES.flatMap((folder) => filesUnder(join('dist', folder)))) {
    const source = join(ROOT, output.slice(join(ROOT, 'dist').length).replace(OUTPUT, '.ts'))
    if (OUTPUT.test(output) && !existsSync(source)) rmSync(output)
  }
}

async function prepare() {
  if (process.env[INSIDE] !== undefined || (isInstalled() && isBuilt())) return
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  await withLock({ path: join(ROOT, 'dist', '.lock'), say }, () => {
    if (!isInstalled()) install()
    if (!isBuilt()) build()
  })
}

try {
  await prepare()
} catch (error) {
  say(error.message)
  process.exitCode = 1
}
