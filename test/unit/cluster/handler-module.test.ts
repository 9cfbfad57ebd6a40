import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import type { LoadedHandler } from '../../../src/client/consumer/handler.js'
import { loadHandlerModule } from '../../../src/cluster/handler-module.js'

function loaded(file: string, text: string, options?: unknown): Promise<LoadedHandler> {
  const path = join(mkdtempSync(join(tmpdir(), 'odradek-handler-')), file)
  writeFileSync(path, text)
  const context = { emit: never, producer: never, close: async () => {} }
  return new Promise((resolve) => loadHandlerModule({ module: pathToFileURL(path), options }, context, resolve))
}

const never = (): never => {
  throw new Error('None of these modules asks for anything')
}
const MAKER = '({ log }) => ({ eachMessage: () => log.push(1) })'

test.each([
  ['an ES module', 'handler.mjs', `export default ${MAKER}`],
  ['a CommonJS module', 'handler.cjs', `module.exports = ${MAKER}`],
  ['a CommonJS module of a compiler', 'handler.cjs', `exports.__esModule = true; exports.default = ${MAKER}`],
])('the handler of %s is made by its default export', async (_, file, text) => {
  const log: number[] = []
  const { handler } = (await loaded(file, text, { log })) as { handler: { eachMessage: () => void } }
  handler.eachMessage()
  expect(log).toEqual([1])
})

test.each([
  ['exports no default', 'export const handler = 1', 'must be a function'],
  ['exports a default that is no function', 'export default { default: () => ({}) }', 'must be a function'],
  ['makes nothing', 'export default () => null', 'must have eachMessage or eachBatch'],
])('a handler module that %s is told in words', async (_, text, says) => {
  expect(JSON.stringify(await loaded('handler.mjs', text))).toContain(says)
})
