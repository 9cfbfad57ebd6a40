// One process that imports and requires the package has each class once.
import assert from 'node:assert'
import { createRequire } from 'node:module'

const imported = { ...(await import('odradek')) }
const required = createRequire(import.meta.url)('odradek')
assert.deepStrictEqual(Object.keys(imported).sort(), Object.keys(required).sort())
for (const name of Object.keys(required)) assert.strictEqual(imported[name], required[name], name)
