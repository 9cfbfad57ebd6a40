/** The project's own sources as data: what the tidy rules look at, and what their made-up trees are made of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Paths relative to the root, with forward slashes, and the text of each file. */
export type Tree = ReadonlyMap<string, string>

/** One file's mention of another file or of a package. */
export interface Edge {
  /**
   * `import` for import and re-export, type-only ones included; `load` for import(); `url` for new URL(…,
   * import.meta.url), which is how a worker is named.
   */
  readonly kind: 'import' | 'load' | 'url'
  /** As written: './x.js', 'node:fs'. */
  readonly specifier: string
  /** The path in the tree, or undefined for a package. */
  readonly target: string | undefined
}

/** The folder of the nearest package.json above this file: tests run from dist, which has none. */
export function repositoryRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

const NOT_OURS = new Set(['.git', 'node_modules', 'dist', 'reports'])

/** Every text file of the checkout, except what is installed or made. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>()
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) visit(path)
      if (!entry.isFile()) continue
      const text = readFileSync(path, 'utf8')
      if (!text.includes('\0')) tree.set(relative(root, path).replaceAll(sep, '/'), text)
    }
  }
  visit(root)
  return tree
}

/** The TypeScript files under the folders. */
export function sourcesIn(tree: Tree, ...folders: readonly string[]): readonly string[] {
  return [...tree.keys()].filter(
    (path) => path.endsWith('.ts') && folders.some((folder) => path.startsWith(`${folder}/`)),
  )
}

const parsed = new WeakMap<Tree, Map<string, ts.SourceFile>>()

/** The file as a syntax tree: comments and strings are no code in it. Each file is parsed once for all rules. */
export function parse(tree: Tree, path: string): ts.SourceFile {
  const files = parsed.get(tree) ?? new Map<string, ts.SourceFile>()
  parsed.set(tree, files)
  const file = files.get(path) ?? ts.createSourceFile(path, tree.get(path) ?? '', ts.ScriptTarget.ES2022, true)
  files.set(path, file)
  return file
}

export function visitNodes(node: ts.Node, visitor: (node: ts.Node) => void): void {
  visitor(node)
  ts.forEachChild(node, (child) => visitNodes(child, visitor))
}

export function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
}

/** Everything the file mentions, in the order of the text. */
export function edgesOf(tree: Tree, path: string): readonly Edge[] {
  const edges: Edge[] = []
  visitNodes(parse(tree, path), (node) => {
    const found = mentionIn(node)
    if (found !== undefined) edges.push({ ...found, target: targetOf(path, found) })
  })
  return edges
}

type Mention = Omit<Edge, 'target'>

function mentionIn(node: ts.Node): Mention | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return mention('import', node.moduleSpecifier)
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return mention('import', node.argument.literal)
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return mention('load', node.arguments[0])
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL') {
    return node.arguments?.[1]?.getText() === 'import.meta.url' ? mention('url', node.arguments[0]) : undefined
  }
  return undefined
}

function mention(kind: Edge['kind'], specifier: ts.Node | undefined): Mention | undefined {
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? { kind, specifier: specifier.text } : undefined
}

/** Imports name the output; the tree holds its source. A URL may name a file that is no script. */
function targetOf(from: string, { kind, specifier }: Mention): string | undefined {
  if (!specifier.startsWith('.') || (kind === 'url' && !specifier.endsWith('.js'))) return undefined
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
}
