/**
 * Which sources may know several of Kafka's APIs at once: the table of them in `protocol`, and tables of handlers. Everybody else asks
 * the table, so that a new API touches its own file, its line in the table and what serves it.
 */
import ts from 'typescript'
import { lineOf, parse, sourcesIn, type Tree, visitNodes } from './source-tree.js'
import type { Rule } from './tidy-rules.js'

const PROTOCOL = 'src/protocol/'

export const apisInOneTable: Rule = (tree) => {
  const apis = apiNames(tree)
  return sourcesIn(tree, 'src').flatMap((path) => {
    if (path.startsWith(PROTOCOL)) return []
    const file = parse(tree, path)
    const named = new Map<ts.Node, Set<string>>()
    visitNodes(file, (node) => {
      const name = apiNamedBy(node, apis)
      const place = name === undefined ? undefined : placeOf(node)
      if (name === undefined || place === undefined) return
      named.set(place, (named.get(place) ?? new Set()).add(name))
    })
    return [...named]
      .filter(([, names]) => names.size > 1)
      .map(
        ([place, names]) => `${path}:${lineOf(file, place)} names ${[...names].join(' and ')}: ask the table of APIs`,
      )
  })
}

/** Each API says its name and Kafka's number of it in one object. */
function apiNames(tree: Tree): ReadonlySet<string> {
  const names = new Set<string>()
  for (const path of sourcesIn(tree, PROTOCOL.slice(0, -1))) {
    visitNodes(parse(tree, path), (node) => {
      if (!ts.isObjectLiteralExpression(node)) return
      const name = fieldOf(node, 'name')
      if (fieldOf(node, 'key') !== undefined && name !== undefined && ts.isStringLiteral(name)) names.add(name.text)
    })
  }
  return names
}

function fieldOf(object: ts.ObjectLiteralExpression, field: string): ts.Expression | undefined {
  const found = object.properties.find((property) => property.name?.getText() === field)
  return found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined
}

/** A string, or a property of an object. */
function apiNamedBy(node: ts.Node, apis: ReadonlySet<string>): string | undefined {
  const isName = ts.isStringLiteralLike(node) || (ts.isIdentifier(node) && isPropertyOfObject(node))
  return isName && apis.has(node.text) ? node.text : undefined
}

function isPropertyOfObject(node: ts.Identifier): boolean {
  return ts.isObjectLiteralElement(node.parent) && node.parent.name === node
}

/**
 * The switch, list or map that names it; questions about the API that are asked in one function are one switch. Undefined: it stands
 * alone, or in a table of handlers.
 */
function placeOf(name: ts.Node): ts.Node | undefined {
  let place: ts.Node | undefined
  for (let node = name.parent; node !== undefined; node = node.parent) {
    if (ts.isObjectLiteralExpression(node) && isTableOfHandlers(node)) return undefined
    if (ts.isFunctionLike(node)) return place ?? (isCompared(name) ? node : undefined)
    const isOne = ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node) || ts.isUnionTypeNode(node)
    if (isOne || ts.isCaseBlock(node) || ts.isConditionalExpression(node)) place = node
  }
  return place
}

function isCompared({ parent }: ts.Node): boolean {
  if (ts.isCaseClause(parent)) return true
  return ts.isBinaryExpression(parent) && /^[!=]==?$/.test(parent.operatorToken.getText())
}

/** It is given to `HandlerTable`, or is said to be `Handlers` of some kind. */
function isTableOfHandlers(object: ts.ObjectLiteralExpression): boolean {
  const { parent } = object
  if (ts.isNewExpression(parent)) return parent.expression.getText() === 'HandlerTable'
  if (ts.isReturnStatement(parent)) return isHandlers(functionOf(parent)?.type)
  return (ts.isPropertyDeclaration(parent) || ts.isVariableDeclaration(parent)) && isHandlers(parent.type)
}

const isHandlers = (type: ts.TypeNode | undefined): boolean => /^\w*Handlers$/.test(type?.getText() ?? '')

function functionOf(node: ts.Node): ts.SignatureDeclaration | undefined {
  for (let outer = node.parent; outer !== undefined; outer = outer.parent) if (ts.isFunctionLike(outer)) return outer
  return undefined
}
