/**
 * The shape that the sources must have, as functions from a tree to sentences: one for each place that breaks the rule.
 * `tidy.test.ts` runs them on the project, and on made-up trees that break them.
 */
import ts from 'typescript'
import { type Edge, edgesOf, lineOf, parse, sourcesIn, type Tree, visitNodes } from './source-tree.js'

export type Rule = (tree: Tree) => readonly string[]

/** A folder imports only itself and the folders before it. */
const LAYERS = [
  'base',
  'record',
  'log',
  'protocol',
  'actor',
  'controller',
  'coordinator',
  'broker',
  'client',
  'storage',
  'gateway',
  'cluster',
  'testing',
  'console',
  'lab',
  'cli',
]
/** The rooms of a folder that has some, in the same order; '' stands for the files that lie in none. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  'src/coordinator': ['group', ''],
  'src/client': ['', 'dead-letters', 'batches', 'sender', 'producer', 'consumer', 'admin', 'dead-letter-topic'],
  'src/client/consumer': ['metrics', 'fetching', 'parts', 'group', ''],
  'src/client/consumer/group': ['assignors', '', 'front'],
  'src/lab': ['', 'input', 'measure', 'history', 'simulate', 'experiments', 'report'],
}
/** Up to here, everything from outside comes in through a context. */
const PURE_LAYERS = LAYERS.slice(0, LAYERS.indexOf('client') + 1)
const LINES_MAX = 400
/** The entries of the package, and the file in which they are joined. */
const BARRELS: readonly string[] = ['src/index.ts', 'src/testing.ts', 'src/library.ts']

const isSource = (path: string): boolean => path.startsWith('src/')
const layerOf = (path: string): string => path.split('/')[1]!

export const layers: Rule = (tree) =>
  mentions(tree, 'src').flatMap(({ from, edge, target }) => {
    if (BARRELS.includes(from))
      return isSource(target) || edge.kind === 'url' ? [] : [`${from} imports ${target}, which is outside src`]
    if (!isSource(target)) return edge.kind === 'url' ? [] : [`${from} imports ${target}, which is outside src`]
    if (BARRELS.includes(target)) return [`${from} imports the barrel ${target}`]
    const [importer, imported] = [LAYERS.indexOf(layerOf(from)), LAYERS.indexOf(layerOf(target))]
    return imported <= importer ? [] : [`${from} imports ${target}: ${layerOf(target)} comes after ${layerOf(from)}`]
  })

/** A room imports only itself and the rooms before it, as a folder does. */
export const rooms: Rule = (tree) =>
  Object.entries(ROOMS).flatMap(([folder, order]) => {
    const roomOf = (path: string): string | null => {
      if (!path.startsWith(`${folder}/`)) return null
      const [room, ...rest] = path.slice(folder.length + 1).split('/')
      return rest.length === 0 ? '' : room!
    }
    const unknown = sourcesIn(tree, folder).filter((path) => !order.includes(roomOf(path)!))
    const upwards = mentions(tree, folder).filter(({ from, target }) => {
      const [importer, imported] = [roomOf(from), roomOf(target)]
      return imported !== null && order.indexOf(imported) > order.indexOf(importer!)
    })
    return [
      ...unknown.map((path) => `${path} lies in no room of ${folder}`),
      ...upwards.map(({ from, target }) => `${from} imports ${target}, which lies in a later room of ${folder}`),
    ]
  })

export const knownFolders: Rule = (tree) =>
  sourcesIn(tree, 'src')
    .filter((path) => !BARRELS.includes(path) && !LAYERS.includes(layerOf(path)))
    .map((path) => `${path} lies in no folder of the design`)

export const workersImportSources: Rule = (tree) =>
  mentions(tree, 'workers')
    .filter(({ target }) => !isSource(target) && !target.startsWith('workers/'))
    .map(({ from, target }) => `${from} imports ${target}, which is neither in src nor in workers`)

export const oneBarrel: Rule = (tree) =>
  sourcesIn(tree, 'src', 'workers').flatMap((path) => {
    if (BARRELS.includes(path)) return []
    const { statements } = parse(tree, path)
    const isReExport = (statement: ts.Statement) =>
      ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined
    const isBarrel = path.endsWith('/index.ts') || (statements.length > 0 && statements.every(isReExport))
    return isBarrel ? [`${path} is a barrel; the only ones are ${BARRELS.join(', ')}`] : []
  })

export const missingFiles: Rule = (tree) =>
  mentions(tree, 'src', 'workers', 'bench', 'test', 'compat/oracle')
    .filter(({ target }) => !tree.has(target))
    .map(({ from, edge }) => `${from} mentions ${edge.specifier}, which does not exist`)

export const circles: Rule = (tree) => {
  const found: string[] = []
  const finished = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
    if (trail.includes(path) || finished.has(path)) return
    for (const { kind, target } of edgesOf(tree, path)) {
      if (kind !== 'url' && target !== undefined && tree.has(target)) visit(target, [...trail, path])
    }
    finished.add(path)
  }
  for (const path of sourcesIn(tree, 'src', 'workers')) visit(path, [])
  return found
}

export const deadFiles: Rule = (tree) => {
  const roots = [...BARRELS, 'src/cli/main.ts', ...sourcesIn(tree, 'workers', 'bench')]
  const alive = new Set<string>()
  const visit = (path: string): void => {
    if (alive.has(path) || !tree.has(path)) return
    alive.add(path)
    for (const { target } of edgesOf(tree, path)) if (target !== undefined) visit(target)
  }
  for (const root of roots) visit(root)
  return sourcesIn(tree, 'src')
    .filter((path) => !alive.has(path))
    .map((path) => `${path} is reached neither from ${BARRELS[0]} nor from the command line, a worker or a benchmark`)
}

/** A function, a class or a constant is exported because another file names it; a type may only stand in signatures. */
export const exportsAreNamed: Rule = (tree) => {
  const files = sourcesIn(tree, 'src', 'workers', 'bench', 'test', 'compat/oracle')
  const namedIn = new Map<string, number>()
  for (const path of files)
    for (const word of new Set(tree.get(path)!.match(/\w+/g))) namedIn.set(word, (namedIn.get(word) ?? 0) + 1)
  return sourcesIn(tree, 'src').flatMap((path) =>
    exportsOf(parse(tree, path))
      .filter(({ name, isType }) => !isType && (namedIn.get(name) ?? 0) < 2)
      .map(({ name }) => `${path} exports ${name}, which no other file names`),
  )
}

export const fileLength: Rule = (tree) =>
  sourcesIn(tree, 'src', 'workers', 'bench', 'test', 'compat/oracle').flatMap((path) => {
    const lines = tree.get(path)!.replace(/\n$/, '').split('\n').length
    return lines > LINES_MAX ? [`${path} has ${lines} lines, ${LINES_MAX} are the most`] : []
  })

const BANNED_NAMES = new Set([
  ...['Date', 'performance', 'console', 'process'],
  ...['setTimeout', 'setInterval', 'setImmediate'],
])
const BANNED_MEMBERS = /^(Math\.random|(webcrypto|crypto)\.(random\w*|getRandomValues)|globalThis\.\w+)$/
const BANNED_MODULES =
  /^(node:)?(fs|net|dgram|tls|http|https|http2|timers|process|console|perf_hooks|child_process)(\/promises)?$/
const BANNED_IMPORTS = /^(random\w*|getRandomValues|webcrypto)$/

/** Loads packages that are optional, and so reads their files. */
const LOADER = 'src/base/optional-module.ts'

export const bannedCalls: Rule = (tree) =>
  sourcesIn(tree, ...PURE_LAYERS.map((layer) => `src/${layer}`)).flatMap((path) => {
    if (path === LOADER) return []
    const file = parse(tree, path)
    const found: string[] = []
    const mayAwait = isPublicDoor(path, file)
    visitNodes(file, (node) => {
      const banned = isAwait(node) ? (mayAwait ? undefined : 'await') : bannedIn(node)
      if (banned !== undefined) found.push(`${path}:${lineOf(file, node)} uses ${banned}`)
    })
    return found
  })

const TIMERS = 'src/cluster/system-timers.ts'
const TIMER_MODULES = /^(node:)?timers(\/promises)?$/

/** Node takes a wait of more than 31 bits for one of 1 ms, and TIMERS does not. (Atomics.wait takes any.) */
export const oneWayToWait: Rule = (tree) =>
  sourcesIn(tree, 'src', 'workers').flatMap((path) => {
    if (path === TIMERS) return []
    const file = parse(tree, path)
    const found: string[] = []
    visitNodes(file, (node) => {
      const isTimer = ts.isIdentifier(node) && node.text === 'setTimeout' && !isOnlyAName(node)
      const isMember =
        ts.isPropertyAccessExpression(node) && /^(globalThis\.setTimeout|AbortSignal\.timeout)$/.test(node.getText())
      const isImport =
        ts.isImportDeclaration(node) && TIMER_MODULES.test((node.moduleSpecifier as ts.StringLiteral).text)
      if (isTimer || isMember || isImport)
        found.push(`${path}:${lineOf(file, node)} waits by itself: ${TIMERS} does it for any time`)
    })
    return found
  })

/** What users call, in `client`, may wait; actors and all that they are made of may not. */
function isPublicDoor(path: string, file: ts.SourceFile): boolean {
  return path.startsWith('src/client/') && !/\bimplements [\w, ]*\bActor\b/.test(file.text)
}

function isAwait(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined)
}

function bannedIn(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node)) {
    const module = (node.moduleSpecifier as ts.StringLiteral).text
    return BANNED_MODULES.test(module) ? module : undefined
  }
  if (ts.isImportSpecifier(node)) {
    const module = (node.parent.parent.parent.moduleSpecifier as ts.StringLiteral).text
    const name = (node.propertyName ?? node.name).text
    return /^(node:)?crypto$/.test(module) && BANNED_IMPORTS.test(name) ? `${name} of ${module}` : undefined
  }
  if (ts.isPropertyAccessExpression(node)) {
    return BANNED_MEMBERS.test(node.getText()) ? node.getText() : undefined
  }
  return ts.isIdentifier(node) && BANNED_NAMES.has(node.text) && !isOnlyAName(node) ? node.text : undefined
}

/** `x.process`, `{ process: 1 }` and a method called `process` have nothing to do with the global. */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node
  const isMember = ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)
  if (isMember) return (ts.isPropertyAccessExpression(parent) ? parent.name : parent.right) === node
  const declares = ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isPropertyAssignment(parent)
  return declares && parent.name === node
}

export const noAny: Rule = (tree) =>
  sourcesIn(tree, 'src', 'workers', 'bench', 'test', 'compat/oracle').flatMap((path) => {
    const file = parse(tree, path)
    const found: string[] = []
    visitNodes(file, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${path}:${lineOf(file, node)} says any`)
    })
    return [...found, ...linesWith(tree, path, silencedIn(path), 'silences the compiler')]
  })

/** A test may prove that the compiler refuses something. */
function silencedIn(path: string): RegExp {
  return path.startsWith('test/') ? /@ts-(ignore|nocheck)\b/ : /@ts-(ignore|nocheck|expect-error)\b/
}

// Spelt in two halves, so that these rules do not break themselves.
const LEFT_OPEN = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`)

/** A file that exports more than that beside a class is a vocabulary. */
const EXPORTS_BESIDE_CLASS_MAX = 4

/** A file of one class, or of one export, is named for what it exports: one of them says all words of the other. */
export const namedForExport: Rule = (tree) =>
  sourcesIn(tree, 'src').flatMap((path) => {
    const exported = exportsOf(parse(tree, path))
    const hasOneClass = exported.filter(({ isClass }) => isClass).length === 1
    const isOfOne = exported.length === 1 || (hasOneClass && exported.length <= EXPORTS_BESIDE_CLASS_MAX + 1)
    if (BARRELS.includes(path) || !isOfOne) return []
    const file = wordsOf(path.slice(path.lastIndexOf('/') + 1, -'.ts'.length))
    const fits = exported.some(({ name }) => isWithin(file, wordsOf(name)) || isWithin(wordsOf(name), file))
    return fits ? [] : [`${path} is not named for ${exported.map(({ name }) => name).join(', ')}`]
  })

interface Exported {
  readonly name: string
  readonly isClass: boolean
  readonly isType: boolean
}

function exportsOf({ statements }: ts.SourceFile): Exported[] {
  return statements.flatMap((statement) => {
    const isExported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isExportKeyword) === true
    if (!isExported) return []
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(({ name }) =>
        boundNames(name).map((bound) => ({ name: bound, isClass: false, isType: false })),
      )
    const { name } = statement as ts.DeclarationStatement
    const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)
    return name === undefined ? [] : [{ name: name.getText(), isClass: ts.isClassDeclaration(statement), isType }]
  })
}

/** `{ a, b }` binds a and b. */
function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []))
}

const isExportKeyword = ({ kind }: ts.ModifierLike): boolean => kind === ts.SyntaxKind.ExportKeyword

/** `LEASE_SLOTS`, `leaseSlots` and `lease-slots` have the same words. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[-_]/)

/** Whether each word of one is a word of the other; `placements` and `place` are. */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  const isAlike = (a: string, b: string): boolean =>
    a === b ||
    a === `${b}s` ||
    b === `${a}s` ||
    (Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a)))
  return some.every((word) => all.some((other) => isAlike(word, other)))
}

export const nothingLeftOpen: Rule = (tree) =>
  sourcesIn(tree, 'src', 'workers', 'bench', 'test', 'compat/oracle').flatMap((path) =>
    linesWith(tree, path, LEFT_OPEN, 'is left open'),
  )

const KEBAB_CASE_PATH = /^([a-z0-9]+(-[a-z0-9]+)*\/)+[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.ts$/

export const kebabCaseNames: Rule = (tree) =>
  sourcesIn(tree, 'src', 'workers', 'bench', 'test', 'compat/oracle')
    .filter((path) => !KEBAB_CASE_PATH.test(path))
    .map((path) => `${path} is not in kebab-case`)

const SETS_REGISTRY = new RegExp(`^\\s*(@[\\w-]+:)?${'regis' + 'try'}\\s*=`)
const FOREIGN = [
  { pattern: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bnpmmirror\.com/i, what: 'names a package registry' },
  { pattern: /"resolved"\s*:\s*"(?!file:)/, what: 'says where packages come from' },
  { pattern: SETS_REGISTRY, what: 'says where packages come from' },
  {
    pattern: /(?<![\w.*)\]}-])\/(work|root|Users|tmp\/[\w.-]+|home\/[\w.-]+)\//,
    what: 'names a path of some machine',
  },
]

export const nothingOfThisMachine: Rule = (tree) =>
  [...tree.keys()].flatMap((path) => FOREIGN.flatMap(({ pattern, what }) => linesWith(tree, path, pattern, what)))

function linesWith(tree: Tree, path: string, pattern: RegExp, what: string): readonly string[] {
  const lines = tree.get(path)!.split('\n')
  return lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${what}: ${line.trim()}`] : []))
}

interface FileMention {
  readonly from: string
  readonly edge: Edge
  readonly target: string
}

/** Every mention of a file, not of a package, in the sources of these folders. */
function mentions(tree: Tree, ...folders: readonly string[]): readonly FileMention[] {
  return sourcesIn(tree, ...folders).flatMap((from) =>
    edgesOf(tree, from).flatMap((edge) => (edge.target === undefined ? [] : [{ from, edge, target: edge.target }])),
  )
}
