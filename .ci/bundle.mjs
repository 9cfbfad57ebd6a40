// Makes of the compiled files what the package is made of; runs after the compiler.
//
//     dist/threads/*.cjs             each worker, joined with all that it imports into one file: a thread that loads one file
//                                    starts in half the time of one that loads forty
//     dist/library.cjs               the library, joined into one CommonJS file
//     dist/index.cjs, index.mjs      its exports, for require and for import: a process has one set of classes, however it is loaded
//     dist/index.d.cts, index.d.mts  their types, which lie in dist/types
//     dist/testing.*                 the same for odradek/testing
//     dist/cli/odradek.js            the command, with the libraries that it alone uses, and dist/cli/NOTICES.txt with their licences
//     dist/data/flights-20k.json.gz  what `odradek start` sends
//
// Node's own modules stay outside, and so do the packages that are installed together with this one.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { copyDeclarations } from './declarations.mjs'
import { noticesOf } from './notices.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
const require = createRequire(import.meta.url)
const MADE = [
  'library.cjs',
  'library.cjs.map',
  'threads',
  'cli',
  'types',
  'data',
  ...['index', 'testing'].flatMap((name) => ['cjs', 'mjs', 'd.cts', 'd.mts'].map((end) => `${name}.${end}`)),
]

const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const INSTALLED = Object.keys({ ...dependencies, ...peerDependencies })

/** The compiler's own source maps, so that a stack trace ends in a line of TypeScript. */
const compilersMaps = {
  name: 'compilers-maps',
  load(id) {
    if (!id.startsWith(DIST) || !existsSync(`${id}.map`)) return null
    return { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }
  },
}

/** Joins a compiled file with what it imports. Returns the paths of all that is in it. */
async function joinInto(input, output) {
  const { rolldown } = await import('rolldown')
  const bundle = await rolldown({
    input: join(DIST, input),
    platform: 'node',
    plugins: [compilersMaps],
    external: (id) => INSTALLED.some((name) => id === name || id.startsWith(`${name}/`)),
  })
  // Sources lie beside dist in the package: the maps need not repeat them.
  const { output: chunks } = await bundle.write({
    sourcemap: true,
    sourcemapExcludeSources: true,
    codeSplitting: false,
    // A quarter of the text that each thread would read at its start.
    comments: { jsdoc: false },
    ...output,
  })
  await bundle.close()
  return chunks.flatMap(({ moduleIds = [] }) => moduleIds)
}

const isCompiled = (path) => existsSync(join(DIST, path))

for (const made of MADE) rmSync(join(DIST, made), { recursive: true, force: true })

const workers = isCompiled('workers') ? readdirSync(join(DIST, 'workers')) : []
for (const file of workers.filter((name) => name.endsWith('.js'))) {
  await joinInto(join('workers', file), { file: join(DIST, 'threads', file.replace('.js', '.cjs')), format: 'cjs' })
}

/** TypeScript 6 and later know of no types of Node unless somebody asks for them. */
const NODE_TYPES = '/// <reference types="node" />\n\n'

/** Writes an entry of the package, for what `pattern` makes `entry` of the library. */
function writeEntry(name, pattern, names) {
  // Not `module.exports = require(…)`: Node would look through the library for names that the other file gives (50 ms).
  const required = `const ${pattern} = require('./library.cjs')\n\nmodule.exports = entry\n`
  writeFileSync(join(DIST, `${name}.cjs`), required)
  const list = names.map((each) => `  ${each},\n`).join('')
  const imported = `import entry from './${name}.cjs'\n\nexport const {\n${list}} = entry\n`
  writeFileSync(join(DIST, `${name}.mjs`), imported)
  for (const end of ['d.cts', 'd.mts'])
    writeFileSync(join(DIST, `${name}.${end}`), `${NODE_TYPES}export * from './types/${name}.js'\n`)
}

if (isCompiled('src/library.js')) {
  await joinInto('src/library.js', { file: join(DIST, 'library.cjs'), format: 'cjs', exports: 'named' })
  const { testing, ...library } = require(join(DIST, 'library.cjs'))
  writeEntry('index', '{ testing, ...entry }', Object.keys(library))
  writeEntry('testing', '{ testing: entry }', Object.keys(testing))
  copyDeclarations(join(DIST, 'src'), ['index.d.ts', 'testing.d.ts'], join(DIST, 'types'))
}

if (isCompiled('src/cli/main.js')) {
  const inside = await joinInto('src/cli/main.js', { file: join(DIST, 'cli', 'odradek.js'), format: 'esm' })
  const sample = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'flights-20k.json')
  mkdirSync(join(DIST, 'data'))
  writeFileSync(join(DIST, 'data', 'flights-20k.json.gz'), gzipSync(readFileSync(sample), { level: 9 }))
  writeFileSync(join(DIST, 'cli', 'NOTICES.txt'), noticesOf([...inside, sample], ROOT))
}
