// What must work from the package, on each Node: a row of the table each.
import assert from 'node:assert'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NEWER_TYPES, npm, pack, project, ROOT, run } from './workshop.mjs'

/** The ways in which TypeScript is set up: the resolver, what it makes, and the file that it compiles. */
const RESOLVERS = [
  ['node16', 'node16', 'program.mts'],
  ['node16', 'node16', 'program.cts'],
  ['nodenext', 'nodenext', 'program.mts'],
  ['bundler', 'esnext', 'program.ts'],
  ['node10', 'commonjs', 'program.ts'],
]

/** Each gets the Node and the workshop, and throws what is wrong. */
export const CHECKS = [
  ['require', ({ node, alone }) => run(node.program, ['alone/required.cjs'], { cwd: alone, node })],
  ['import', ({ node, alone }) => run(node.program, ['alone/imported.mjs'], { cwd: alone, node })],
  [
    'require and import in one process',
    ({ node, alone }) => run(node.program, ['alone/both.mjs'], { cwd: alone, node }),
  ],
  ['the first program of the README', firstProgram],
  ['npx odradek: every command', commands],
  ['jest (CommonJS)', ({ node, tools }) => bin('jest', ['--config', 'jest/jest.config.cjs'], { cwd: tools, node })],
  [
    'jest, one Kafka for all workers',
    ({ node, tools }) => bin('jest', ['--config', 'jest-shared/jest.config.cjs'], { cwd: tools, node }),
  ],
  ['jest (jsdom)', ({ node, tools }) => bin('jest', ['--config', 'jest-jsdom/jest.config.cjs'], { cwd: tools, node })],
  ['ts-jest', ({ node, tools }) => bin('jest', ['--config', 'ts-jest/jest.config.cjs'], { cwd: tools, node })],
  [
    'vitest, one Kafka for all workers',
    ({ node, tools }) => bin('vitest', ['run', '--root', 'vitest-shared'], { cwd: tools, node }),
  ],
  ['vitest', ({ node, tools }) => bin('vitest', ['run', '--root', 'vitest'], { cwd: tools, node })],
  [
    'node:test',
    ({ node, tools }) =>
      run(node.program, ['--test', 'node-test/orders.test.mjs', 'node-test/kafka.test.mjs'], { cwd: tools, node }),
  ],
  ['esbuild', esbuild],
  ['webpack', webpack],
]

/** What no Node makes a difference to. */
export const CHECKS_ONCE = [
  ['what is installed', whatIsInstalled],
  [
    'attw: node10, node16 (both) and bundler',
    ({ node, tools, tarball }) => bin('attw', [tarball], { cwd: tools, node }),
  ],
  ['TypeScript 5 to 7, types of Node 20 to 26: every resolver, skipLibCheck off', types],
  ['a tarball of a fresh clone', freshClone],
  ['npm install from git', fromGit],
]

const bin = (name, args, options) => run(join(options.cwd, 'node_modules', '.bin', name), args, options)

function firstProgram({ node, alone }) {
  const readme = readFileSync(join(alone, 'node_modules', 'odradek', 'README.md'), 'utf8')
  // The one before it is a test, which needs a runner.
  const [, [, program]] = [...readme.matchAll(/```js\n(.*?)```/gs)]
  writeFileSync(join(alone, 'first.mjs'), program)
  return run(node.program, ['first.mjs'], { cwd: alone, node }).then(({ stdout }) => assert.match(stdout, /one tea/))
}

async function commands({ node, alone }) {
  const odradek = (...args) => bin('odradek', args, { cwd: alone, node })
  assert.match((await odradek('--help')).stdout, /odradek start/)
  await odradek('start', '--report', 'start.html')
  await odradek(
    'bench',
    '--records',
    '20000',
    '--batch.size',
    '1024,16384',
    '--handler',
    'module,closure',
    '--report',
    'bench.html',
  )
  for (const report of ['start.html', 'bench.html']) assert.match(readFileSync(join(alone, report), 'utf8'), /<svg/)
  writeFileSync(join(alone, 'flights.csv'), `from,to\n${'SFO,OAK\n'.repeat(1_000)}`)
  await odradek('bench', '--records', '1000', '--input', 'flights.csv', '--key', 'from')
  assert.match((await odradek('lab', 'list')).stdout, /failover/)
  assert.match((await odradek('lab', 'explain', 'acks')).stdout, /leader/)
  await odradek('lab', 'run', 'idempotence-keeps-order', '--seeds', '40')
  await odradek('lab', 'run', 'key-keeps-order-per-key', '--threads')
  await odradek('simulate', '--seeds', '40')
  await odradek('simulate', '--seed', '17', '--history', 'history.ndjson')
  await odradek('check', 'history.ndjson')
}

async function esbuild({ node, tools }) {
  const cwd = tools
  const toFile = async (program, format, ...options) => {
    const file = `${program}.esbuild.${format === 'esm' ? 'mjs' : 'cjs'}`
    const shape = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`, ...options]
    await bin('esbuild', [`bundle/${program}.mjs`, ...shape], { cwd, node })
    await run(node.program, [file], { cwd, node })
  }
  for (const format of ['cjs', 'esm']) await toFile('external', format, '--external:odradek', ...requiring(format))
  for (const format of ['cjs', 'esm']) await toFile('inside', format, ...requiring(format))
}

/** What a bundle of modules needs for any CommonJS package in it that requires a module of Node's: esbuild's known limit. */
function requiring(format) {
  const line = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"
  return format === 'esm' ? [`--banner:js=${line}`] : []
}

async function webpack({ node, tools }) {
  for (const program of ['external', 'inside']) {
    const options = ['--env', `program=${program}`, ...(program === 'external' ? ['--env', 'outside'] : [])]
    await bin('webpack', ['--config', 'bundle/webpack.config.cjs', ...options], { cwd: tools, node })
    await run(node.program, [join('bundle', `${program}.webpack.cjs`)], { cwd: tools, node })
  }
}

function whatIsInstalled({ alone }) {
  const packages = readdirSync(join(alone, 'node_modules')).filter((name) => !name.startsWith('.'))
  assert.deepStrictEqual(packages, ['comlink', 'odradek'])
  assert.match(
    readFileSync(join(alone, 'node_modules/odradek/dist/cli/NOTICES.txt'), 'utf8'),
    /commander .*vega-datasets/s,
  )
}

async function types({ node, tools, tarball }) {
  // jest's types are among the tools: the compiler of those would take in all that there are.
  await compiled({ node, cwd: tools, resolvers: RESOLVERS, options: ['--types', 'node'] })
  const resolvers = RESOLVERS.filter(([name]) => name !== 'node10')
  for (const packages of NEWER_TYPES) {
    const cwd = await project(`types-${packages[0].replace('@', '-')}`, [tarball, ...packages])
    await compiled({ node, cwd, resolvers, options: [] })
  }
}

/** Compiles the sample program in a project that has a compiler, under each resolver. */
async function compiled({ node, cwd, resolvers, options }) {
  const source = readFileSync(join(cwd, 'types', 'program.mts'), 'utf8')
  for (const name of ['program.cts', 'program.ts']) writeFileSync(join(cwd, 'types', name), source)
  for (const [resolver, module, file] of resolvers) {
    const shape = ['--moduleResolution', resolver, '--module', module, '--target', 'es2022', ...options]
    await bin('tsc', ['--noEmit', '--strict', '--skipLibCheck', 'false', ...shape, join('types', file)], { cwd, node })
  }
}

/** As whoever has cloned the repository packs it, with nothing installed before. */
async function freshClone({ node, folder }) {
  const clone = join(folder, 'clone')
  await run('git', ['clone', '--quiet', ROOT, clone], { cwd: folder })
  const tarball = await pack(clone)
  rmSync(clone, { recursive: true })
  await works(await project('from-clone', [tarball]), node)
}

async function fromGit({ node, folder }) {
  await works(
    await project('from-git', []).then(async (cwd) => {
      await npm(['install', '--no-audit', '--no-fund', `git+file://${ROOT}`], { cwd })
      return cwd
    }),
    node,
  )
  assert.ok(existsSync(join(folder, 'from-git')))
}

async function works(cwd, node) {
  await run(node.program, ['alone/both.mjs'], { cwd, node })
  await run(node.program, ['alone/required.cjs'], { cwd, node })
  await bin('odradek', ['--help'], { cwd, node })
}
