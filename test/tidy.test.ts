import { describe, expect, test } from 'vitest'
import * as apiRules from './support/api-rules.js'
import * as proseRules from './support/prose-rules.js'
import { readTree, repositoryRoot, type Tree } from './support/source-tree.js'
import * as rules from './support/tidy-rules.js'

const project = readTree(repositoryRoot())
/** A made-up tree: its lines are joined, so that a whole file fits beside its path. */
const treeOf = (files: Record<string, string>): Tree => new Map(Object.entries(files))

/** What each rule must say about a small tree that breaks it; a rule that cannot go red is no rule. */
interface Proof {
  readonly promise: string
  readonly rule: rules.Rule
  readonly broken: readonly (readonly [because: string, files: Record<string, string>])[]
  readonly fine?: readonly (readonly [because: string, files: Record<string, string>])[]
}

const HALVES = ['TO', 'DO']
const LONG_PROSE = 'a word and another '.repeat(8).trim()

/** Two APIs, which sources may know together nowhere else. */
const APIS = {
  'src/protocol/apis/produce.ts': "api({ name: 'Produce', key: 0 })",
  'src/protocol/apis/fetch.ts': "api({ name: 'Fetch', key: 1 })",
}
const beside = (text: string): Record<string, string> => ({ ...APIS, 'src/broker/a.ts': text })

const PROOFS: readonly Proof[] = [
  {
    promise: 'a folder imports only itself and earlier folders',
    rule: rules.layers,
    broken: [
      ['log comes after record', { 'src/record/a.ts': "import { b } from '../log/b.js'" }],
      ['log comes after record', { 'src/record/a.ts': "import type { B } from '../log/b.js'" }],
      ['log comes after record', { 'src/record/a.ts': "export { b } from '../log/b.js'" }],
      ['log comes after record', { 'src/record/a.ts': "type B = import('../log/b.js').B" }],
      ['log comes after record', { 'src/record/a.ts': "const b = import('../log/b.js')" }],
      ['log comes after record', { 'src/record/a.ts': "new URL('../log/b.js', import.meta.url)" }],
      ['which is outside src', { 'src/cluster/a.ts': "import '../../workers/broker.js'" }],
      ['which is outside src', { 'src/cli/a.ts': "import '../../test/support/a.js'" }],
      ['imports the barrel', { 'src/cli/a.ts': "import { b } from '../index.js'" }],
    ],
    fine: [
      ['an earlier folder', { 'src/log/a.ts': "import { b } from '../record/b.js'" }],
      ['its own folder', { 'src/base/config/a.ts': "import { b } from '../b.js'" }],
      ['a worker by its URL', { 'src/cluster/a.ts': "new Worker(new URL('../../workers/b.js', import.meta.url))" }],
      ['the barrel may import all', { 'src/index.ts': "export { b } from './lab/b.js'" }],
    ],
  },
  {
    promise: 'a room of a folder imports only itself and earlier rooms',
    rule: rules.rooms,
    broken: [
      ['a later room', { 'src/client/batches/a.ts': "import { b } from '../producer/b.js'" }],
      ['a later room', { 'src/client/a.ts': "import { b } from './sender/b.js'" }],
      ['a later room', { 'src/client/consumer/fetching/a.ts': "import { b } from '../b.js'" }],
      ['lies in no room of src/lab', { 'src/lab/helpers/a.ts': '' }],
    ],
    fine: [
      ['an earlier room', { 'src/lab/report/a.ts': "import { b } from '../history/b.js'" }],
      ['what lies in no room', { 'src/client/sender/a.ts': "import { b } from '../b.js'" }],
      ['a room of a room', { 'src/client/consumer/a.ts': "import { b } from './fetching/b.js'" }],
    ],
  },
  {
    promise: 'every source lies in a folder of the design',
    rule: rules.knownFolders,
    broken: [['src/helpers/a.ts', { 'src/helpers/a.ts': '' }]],
    fine: [['the barrel', { 'src/index.ts': '' }]],
  },
  {
    promise: 'a worker imports only sources and workers',
    rule: rules.workersImportSources,
    broken: [['bench/a.ts', { 'workers/b.ts': "import '../bench/a.js'" }]],
    fine: [['sources', { 'workers/b.ts': "import '../src/broker/a.js'" }]],
  },
  {
    promise: 'only the entries of the package are barrels',
    rule: rules.oneBarrel,
    broken: [
      ['src/log/index.ts is a barrel', { 'src/log/index.ts': 'export const a = 1' }],
      ['src/log/all.ts is a barrel', { 'src/log/all.ts': "export * from './a.js'\nexport { b } from './b.js'" }],
    ],
    fine: [['something of its own', { 'src/log/a.ts': "export type { B } from './b.js'\nexport const a = 1" }]],
  },
  {
    promise: 'every file that is mentioned exists',
    rule: rules.missingFiles,
    broken: [
      ['./gone.js', { 'src/log/a.ts': "import './gone.js'" }],
      ['../../workers/gone.js', { 'src/cluster/a.ts': "new URL('../../workers/gone.js', import.meta.url)" }],
    ],
    fine: [['a package', { 'src/log/a.ts': "import 'node:os'" }]],
  },
  {
    promise: 'no files import each other in a circle',
    rule: rules.circles,
    broken: [
      [
        'src/log/a.ts -> src/log/b.ts -> src/log/c.ts -> src/log/a.ts',
        { 'src/log/a.ts': "import './b.js'", 'src/log/b.ts': "import './c.js'", 'src/log/c.ts': "import './a.js'" },
      ],
      ['src/log/a.ts -> src/log/a.ts', { 'src/log/a.ts': "import type { A } from './a.js'" }],
    ],
    fine: [
      [
        'two ways to one file',
        { 'src/log/a.ts': "import './b.js'\nimport './c.js'", 'src/log/b.ts': "import './c.js'", 'src/log/c.ts': '' },
      ],
      [
        'a worker by its URL',
        {
          'src/log/a.ts': "new URL('../../workers/b.js', import.meta.url)",
          'workers/b.ts': "import '../src/log/a.js'",
        },
      ],
    ],
  },
  {
    promise: 'every source is reached from the public API, the command line, a worker or a benchmark',
    rule: rules.deadFiles,
    broken: [
      ['src/log/a.ts is reached neither', { 'src/log/a.ts': '', 'test/a.test.ts': "import '../src/log/a.js'" }],
      ['src/log/b.ts is reached neither', { 'src/log/a.ts': "import './b.js'", 'src/log/b.ts': '' }],
    ],
    fine: [
      [
        'through another file',
        { 'src/index.ts': "export * from './a.js'", 'src/a.ts': "import './b.js'", 'src/b.ts': '' },
      ],
      ['the command line', { 'src/cli/main.ts': "import('./a.js')", 'src/cli/a.ts': '' }],
      ['a worker', { 'workers/a.ts': "import '../src/log/a.js'", 'src/log/a.ts': '' }],
      ['by its URL', { 'bench/a.ts': "new URL('../src/lab/a.js', import.meta.url)", 'src/lab/a.ts': '' }],
    ],
  },
  {
    promise: 'what is exported as a value is named in another file',
    rule: rules.exportsAreNamed,
    broken: [
      ['src/log/a.ts exports a, which', { 'src/log/a.ts': 'export function a() {}' }],
      ['exports LIMIT, which', { 'src/log/a.ts': 'export const LIMIT = 1', 'src/log/b.ts': "import './a.js'" }],
    ],
    fine: [
      ['by a test', { 'src/log/a.ts': 'export class A {}', 'test/a.test.ts': "import { A } from '../src/log/a.js'" }],
      ['a type', { 'src/log/a.ts': 'export interface A {}' }],
    ],
  },
  {
    promise: 'no file has more than 400 lines',
    rule: rules.fileLength,
    broken: [['has 401 lines', { 'test/a.test.ts': '//\n'.repeat(401) }]],
    fine: [['400 lines', { 'src/log/a.ts': '//\n'.repeat(400) }]],
  },
  {
    promise: 'time, chance and the world come in through a context, up to the client',
    rule: rules.bannedCalls,
    broken: [
      ['a.ts:2 uses Date', { 'src/base/a.ts': '\nnew Date()' }],
      ['uses performance', { 'src/log/a.ts': 'performance.now()' }],
      ['uses Math.random', { 'src/record/a.ts': 'Math.random()' }],
      ['uses setTimeout', { 'src/actor/a.ts': 'setTimeout(run)' }],
      ['uses setInterval', { 'src/actor/a.ts': 'const start = setInterval' }],
      ['uses globalThis.setImmediate', { 'src/actor/a.ts': 'globalThis.setImmediate(run)' }],
      ['uses process', { 'src/broker/a.ts': 'const { pid } = process' }],
      ['uses console', { 'src/client/a.ts': 'console.log(1)' }],
      ['uses await', { 'src/broker/a.ts': 'export async function a() { await b }' }],
      ['uses await', { 'src/broker/a.ts': 'export async function a() { for await (const b of c) d }' }],
      ['uses await', { 'src/client/a.ts': 'export class A implements Actor { async a() { await b } }' }],
      ['uses node:fs', { 'src/log/a.ts': "import { readFileSync } from 'node:fs'" }],
      ['uses fs/promises', { 'src/log/a.ts': "import { open } from 'fs/promises'" }],
      ['uses node:net', { 'src/broker/a.ts': "import net from 'node:net'" }],
      ['uses crypto.randomBytes', { 'src/client/a.ts': 'crypto.randomBytes(8)' }],
      ['uses randomUUID of node:crypto', { 'src/client/a.ts': "import { randomUUID as id } from 'node:crypto'" }],
    ],
    fine: [
      ['a public door of the client', { 'src/client/a.ts': 'export async function a() { await b }' }],
      ['a comment', { 'src/base/a.ts': '// Date.now() is banned\n/* await console */' }],
      ['a string', { 'src/base/a.ts': "const a = 'Date' + `process console`" }],
      ['a name', { 'src/base/a.ts': 'class A { process() { return { console: a.process } } }' }],
      ['what loads packages', { 'src/base/optional-module.ts': "import { readFileSync } from 'node:fs'" }],
      ['a later folder', { 'src/cluster/a.ts': "import 'node:fs'\nconst at = Date.now()" }],
    ],
  },
  {
    promise: 'whoever waits for a time does it through the timers that wait for any time',
    rule: rules.oneWayToWait,
    broken: [
      ['a.ts:1 waits by itself', { 'src/lab/a.ts': 'setTimeout(run, ms)' }],
      ['waits by itself', { 'workers/a.ts': 'globalThis.setTimeout(run, ms)' }],
      ['waits by itself', { 'src/cli/a.ts': "import { setTimeout as sleep } from 'node:timers/promises'" }],
      ['waits by itself', { 'src/cluster/a.ts': 'AbortSignal.timeout(ms)' }],
    ],
    fine: [
      ['the timers themselves', { 'src/cluster/system-timers.ts': 'setTimeout(run, ms)' }],
      ['a method', { 'src/lab/a.ts': 'page.setTimeout(ms)' }],
    ],
  },
  {
    promise: "several of Kafka's APIs are named together in their table and in tables of handlers alone",
    rule: apiRules.apisInOneTable,
    broken: [
      ['a.ts:1 names Produce and Fetch', beside("const a = ['Produce', 'Fetch']")],
      ['names Produce and Fetch', beside("const a = new Map([['Produce', 1], ['Fetch', 2]])")],
      ['names Produce and Fetch', beside('const a = { Produce: 1, Fetch: 2 }')],
      ['names Produce and Fetch', beside('const a = { Produce: () => 1, Fetch: () => 2 }')],
      ['names Produce and Fetch', beside("switch (a) { case 'Produce': case 'Fetch': b() }")],
      ['names Produce and Fetch', beside("const a = b === 'Produce' ? 1 : b === 'Fetch' ? 2 : 3")],
      ['names Produce and Fetch', beside("const a = (b) => { if (b === 'Produce') return 1; if (b !== 'Fetch') c() }")],
      ['names Produce and Fetch', beside("type A = 'Produce' | 'Fetch'")],
    ],
    fine: [
      ['in protocol', { ...APIS, 'src/protocol/api.ts': "const a = ['Produce', 'Fetch']" }],
      ['a table of handlers', beside('new HandlerTable({ Produce: () => 1, Fetch: () => 2 })')],
      ['the table of a part', beside('class A { handlers: Handlers = { Produce: () => 1, Fetch: () => 2 } }')],
      ['a table of one kind', beside('const a: GroupHandlers = { Produce: () => 1, Fetch: () => 2 }')],
      ['a table that is made', beside('function a(): Handlers { return { Produce: () => 1, Fetch: () => 2 } }')],
      ['one API', beside("const a = ['Produce', 'other']; if (b === 'Fetch') c()")],
      ['in two functions', beside("const a = (b) => b === 'Produce'; const c = (d) => d === 'Fetch'")],
      ['in a test', { ...APIS, 'test/a.test.ts': "const a = ['Produce', 'Fetch']" }],
    ],
  },
  {
    promise: 'no type is given up',
    rule: rules.noAny,
    broken: [
      ['a.ts:1 says any', { 'src/log/a.ts': 'const a: any = 1' }],
      ['says any', { 'bench/a.ts': 'b as unknown as any[]' }],
      ['silences the compiler', { 'workers/a.ts': `// @ts-${'ignore'}\nb` }],
      ['silences the compiler', { 'src/log/a.ts': `// @ts-${'expect-error'}\nb` }],
    ],
    fine: [['a name', { 'test/a.test.ts': `expect.any(Number)\n// @ts-${'expect-error'}: any number is refused` }]],
  },
  {
    promise: 'nothing is left open',
    rule: rules.nothingLeftOpen,
    broken: [['a.ts:2 is left open', { 'src/log/a.ts': `a\n// ${HALVES.join('')}: later` }]],
    fine: [['another word', { 'src/log/a.ts': `// ${HALVES.join('')}RIC` }]],
  },
  {
    promise: 'files and folders are named in kebab-case',
    rule: rules.kebabCaseNames,
    broken: [
      ['src/log/sharedLog.ts', { 'src/log/sharedLog.ts': '' }],
      ['src/Log/a.ts', { 'src/Log/a.ts': '' }],
      ['test/unit/a_b.test.ts', { 'test/unit/a_b.test.ts': '' }],
    ],
    fine: [['kebab-case', { 'src/base/crc32c.ts': '', 'test/unit/log/shared-log.test.ts': '', 'src/shim.d.ts': '' }]],
  },
  {
    promise: 'a file of one class, or of one export, is named for what it exports',
    rule: rules.namedForExport,
    broken: [
      ['src/log/a.ts is not named for SharedLog', { 'src/log/a.ts': 'export class SharedLog {}' }],
      ['src/log/log-file.ts is not named for SharedLog', { 'src/log/log-file.ts': 'export class SharedLog {}' }],
      ['is not named for admits', { 'src/actor/gate.ts': 'export const admits = 1' }],
      ['is not named for Ring, Page', { 'src/log/a.ts': 'export class Ring {}\nexport type Page = 1' }],
    ],
    fine: [
      ['its class', { 'src/log/shared-log.ts': 'export class SharedLog {}\nexport const LIMIT = 1' }],
      ['a part of its name', { 'src/broker/fetch.ts': 'export class FetchHandler {}' }],
      ['another form of the word', { 'src/controller/placement.ts': 'export function placeReplicas() {}' }],
      ['several functions', { 'src/lab/numbers.ts': 'export const grouped = 1\nexport const compact = 2' }],
    ],
  },
  {
    promise: 'no file names a package registry or a path of some machine',
    rule: rules.nothingOfThisMachine,
    broken: [
      ['names a package registry', { 'README.md': `npm i --registry https://${'registry'}.example.com` }],
      ['says where packages come from', { 'package-lock.json': `"${'resolved'}": "https://example.com/a.tgz"` }],
      ['says where packages come from', { '.npmrc': `${'registry'}=https://example.com` }],
      ['names a path of some machine', { 'src/log/a.ts': `'/${'home'}/someone/checkout'` }],
      ['names a path of some machine', { '.ci/run': `cd /${'work'}/main` }],
    ],
    fine: [['a relative path', { 'README.md': 'see src/home/a.ts, ./tmp/x and https://example.com/home/page/' }]],
  },
  {
    promise: 'a comment begins with its noun or its subject',
    rule: proseRules.commentsBeginWithNoun,
    broken: [
      ['a.ts:1 begins without', { 'src/base/a.ts': '/** Of all partitions. */' }],
      ['a.ts:2 begins without', { 'src/base/a.ts': '/**\n * Those that wait,\n * and others.\n */' }],
      ['a.ts:2 begins without', { 'workers/a.ts': 'const a = 1\n  // Who asks is told.' }],
      ['a.ts:3 begins without', { 'bench/a.ts': '/** A noun. */\n\n/** Whose memory it is. */' }],
    ],
    fine: [
      ['inside a comment', { 'src/base/a.ts': '/**\n * The partitions\n * Of all topics.\n */\n// The one\n// Whose' }],
      ['a longer word', { 'src/base/a.ts': '/** Offsets, and Whoever reads them. */' }],
      ['a folder that is not read yet', { 'test/a.ts': '/** Of all partitions. */' }],
    ],
  },
  {
    promise: 'prose in comments and in Markdown breaks at 120 columns',
    rule: proseRules.proseBreaks,
    broken: [
      ['a.ts:1 has prose', { 'src/base/a.ts': `/** ${LONG_PROSE} */` }],
      ['a.ts:3 has prose', { 'src/base/a.ts': `/**\n * Short.\n * ${LONG_PROSE}\n */` }],
      ['a.ts:1 has prose', { 'src/base/a.ts': `  // ${LONG_PROSE}` }],
      ['README.md:3 has prose', { 'bench/README.md': `# A\n\n${LONG_PROSE}` }],
      ['README.md:5 has prose', { 'src/README.md': `\`\`\`\n${LONG_PROSE}\n\`\`\`\n\n- ${LONG_PROSE}` }],
    ],
    fine: [
      ['120 columns', { 'src/base/a.ts': `// ${LONG_PROSE.slice(0, 117)}` }],
      ['a drawing', { 'src/base/a.ts': `/**\n *   ${LONG_PROSE}\n * a  ${LONG_PROSE}\n */` }],
      ['code', { 'src/base/a.ts': `const a = '${LONG_PROSE}'`, 'src/README.md': `\`\`\`\n${LONG_PROSE}\n\`\`\`` }],
      ['a table or a title', { 'bench/README.md': `| ${LONG_PROSE} |\n# ${LONG_PROSE}` }],
      ['a link', { 'bench/README.md': `- [${'a'.repeat(130)}](b.md)` }],
    ],
  },
  {
    promise: 'every file that prose names exists',
    rule: proseRules.namedFilesExist,
    broken: [
      ['src/README.md names log/a.ts, which', { 'src/README.md': '| `log/a.ts` |', 'src/log/b.ts': '' }],
      ['src/log/b.ts names a.ts, which', { 'src/log/b.ts': '/** See `a.ts`. */', 'src/log/aa.ts': '' }],
    ],
    fine: [['the end of a path', { 'src/README.md': '`log/a.ts`, `a.ts`', 'src/log/a.ts': '' }]],
  },
  {
    promise: 'every test that test/README.md names exists',
    rule: proseRules.proofsExist,
    broken: [
      ['names test/unit/a.test.ts, which', { 'test/README.md': '| `unit/a` |', 'test/unit/b.test.ts': '' }],
      ['names a test "it holds", which', { 'test/README.md': '| `unit/a`: "it holds" |', 'test/unit/a.test.ts': '' }],
    ],
    fine: [
      ['a title', { 'test/README.md': '| `unit/a`: "it holds…" |', 'test/unit/a.test.ts': "test('it holds on', b)" }],
      ['a folder', { 'test/README.md': '| `unit/log`, `src/a` |', 'test/unit/log/a.test.ts': '' }],
      ['no test', { 'test/README.md': '| a "word" and `linger/ms` "b" |', 'test/unit/a.test.ts': '' }],
    ],
  },
]

describe.each(PROOFS)('$promise', ({ rule, broken, fine = [] }) => {
  test('in this project', () => expect(rule(project)).toEqual([]))

  test.each(broken)('goes red: %s', (because, files) => {
    expect(rule(treeOf(files)).join('\n')).toContain(because)
  })

  test.each(fine)('stays green: %s', (_, files) => expect(rule(treeOf(files))).toEqual([]))
})

test('every rule is proven', () => {
  expect(new Set(PROOFS.map(({ rule }) => rule))).toEqual(
    new Set([rules, apiRules, proseRules].flatMap((file) => Object.values(file))),
  )
})
