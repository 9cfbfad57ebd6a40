/**
 * The programs in the documentation: found, completed, compiled against the built package, and run as their readers run
 * them.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import ts from 'typescript'
import { repositoryRoot } from './source-tree.js'

export interface Snippet {
  /** `README.md:27` */
  readonly place: string
  readonly language: 'js' | 'ts'
  readonly text: string
  /** What it says that it prints, line by line. */
  readonly prints: readonly string[]
}

const FENCED = /^```(js|ts)\n(.*?)^```$/gms
const PRINTS = /\/\/ prints (.*)$/gm

export function snippetsIn(file: string): readonly Snippet[] {
  const document = readFileSync(join(repositoryRoot(), file), 'utf8')
  return [...document.matchAll(FENCED)].map(({ 1: language, 2: text = '', index }) => ({
    place: `${file}:${document.slice(0, index).split('\n').length}`,
    language: language as 'js' | 'ts',
    text,
    prints: [...text.matchAll(PRINTS)].map(([, printed]) => String(printed)),
  }))
}

const IMPORT = /^import .* from 'odradek'$/m

const STARTS = /\b((Simulated)?Cluster\.start|startKafka|kafkaForFile|shareKafka|sharedKafka)\(/
const OF_VITEST = /from 'vitest'/

/** A snippet that starts no cluster is the middle of a program, which has what the README says that it has. */
export function wholeProgram(text: string): string {
  if (STARTS.test(text)) return text
  const [own = ''] = IMPORT.exec(text) ?? []
  return `import { Cluster } from 'odradek'
${own}
const cluster = await Cluster.start({ brokers: 3 })
try {
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions: 3 }] })
  const producer = cluster.producer()
  const consumer = cluster.consumer()
  {
${text.replace(own, '')}
  }
} finally {
  await cluster.close()
}
`
}

/** Longer than any of them takes on any machine; one that never ends is ended, and has no exit code. */
const LIMIT_MS = 60_000

/** A name of this package is found from inside of it alone: programs are compiled and run in dist. */
const FOLDER = join(repositoryRoot(), 'dist', 'snippets')
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.es2024.sharedmemory.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  types: ['node'],
}

export interface Compiled {
  readonly snippet: Snippet
  /** The program that runs: what JavaScript says, or what the compiler makes of TypeScript. */
  readonly program: string
  /** What the compiler has against it. */
  readonly errors: readonly string[]
}

/** The compiler reads JavaScript as well: what a snippet does with the library must have the library's types. */
export function compileAll(snippets: readonly Snippet[]): readonly Compiled[] {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'vitest.config.mjs'), `export default { test: { hookTimeout: ${LIMIT_MS} } }`)
  const sources = snippets.map(({ place, text }) => {
    const path = join(FOLDER, `${place.replaceAll(/\W/g, '-')}${OF_VITEST.test(text) ? '.test' : ''}.mts`)
    writeFileSync(path, wholeProgram(text))
    return path
  })
  const program = ts.createProgram(sources, OPTIONS)
  program.emit()
  return snippets.map((snippet, index) => {
    const path = sources[index]!
    const script = path.replace(/mts$/, 'mjs')
    if (snippet.language === 'js') writeFileSync(script, wholeProgram(snippet.text))
    const source = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return { snippet, program: script, errors: found.map((each) => inWords(each)) }
  })
}

/** What the compiler has against programs in JavaScript: they must use the library as its types say. */
export function typeErrorsIn(paths: readonly string[]): readonly string[] {
  const given = { ...OPTIONS, allowJs: true, checkJs: true, noImplicitAny: false, noEmit: true, skipLibCheck: true }
  const program = ts.createProgram(paths, given)
  const found = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics()]
  return found.map((each) => inWords(each))
}

function inWords({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line =
    file === undefined
      ? ''
      : `${relative(FOLDER, file.fileName)}:${ts.getLineAndCharacterOfPosition(file, start).line + 1} `
  return `${line}${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const VITEST = join(repositoryRoot(), 'node_modules', 'vitest', 'vitest.mjs')

/** Runs a program in an empty folder, or the tests of one where its readers have them. It must end by itself. */
export async function runProgram(program: string): Promise<Run> {
  const cwd = mkdtempSync(join(tmpdir(), 'odradek-snippet-'))
  const args = program.endsWith('.test.mjs') ? [VITEST, 'run', '--root', FOLDER, basename(program)] : [program]
  const env = { ...process.env, VITEST: undefined, NODE_TEST_CONTEXT: undefined }
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS, env })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  try {
    return await new Promise<Run>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => resolve({ code, ...said }))
    })
  } finally {
    rmSync(cwd, { recursive: true })
  }
}
