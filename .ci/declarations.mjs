// The types of the package: those declarations that the entry needs, copied to a folder of CommonJS. Both of the entries
// export them from there, so that a value of the one has the types of the other.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const MENTIONED = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g

/** Copies `entry` of the folder and all that it mentions. */
export function copyDeclarations(folder, entry, to) {
  const copied = new Set()
  const copy = (path) => {
    if (copied.has(path)) return
    copied.add(path)
    const text = readFileSync(join(folder, path), 'utf8')
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
    for (const [, mentioned] of text.matchAll(MENTIONED)) copy(normalize(join(dirname(path), `${mentioned}.d.ts`)))
  }
  copy(entry)
  writeFileSync(join(to, 'package.json'), '{ "type": "commonjs" }\n')
}
