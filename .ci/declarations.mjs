// The types of the package: those declarations that its entries need, copied to a folder of CommonJS. Those for import and
// for require export them from there, so that a value of the one has the types of the other.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const MENTIONED = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g

/** Copies the entries of the folder and all that they mention. */
export function copyDeclarations(folder, entries, to) {
  const copied = new Set()
  const copy = (path) => {
    if (copied.has(path)) return
    copied.add(path)
    const text = readFileSync(join(folder, path), 'utf8')
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
    for (const [, mentioned] of text.matchAll(MENTIONED)) copy(normalize(join(dirname(path), `${mentioned}.d.ts`)))
  }
  for (const entry of entries) copy(entry)
  writeFileSync(join(to, 'package.json'), '{ "type": "commonjs" }\n')
}
