// The table of clients by features, as docs/clients.md has it, between two marks.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../workshop.mjs'
import { FEATURES } from './features.mjs'

const DOCUMENT = join(ROOT, 'docs', 'clients.md')
const [BEGIN, END] = ['<!-- made by `npm run compat` -->', '<!-- end -->']

/** `tried`: `{ name, story }` or `{ name, absent }` of each client. */
export function tableOf(tried) {
  const there = tried.filter(({ story }) => story !== undefined)
  const notes = []
  const cellOf = ({ name, story }, [feature]) => {
    const result = story.results.get(feature)
    if (result === undefined) return story.ended === '' ? '' : 'FAILED'
    if (result.result === 'skipped') notes.push(`- ${name}, ${feature}: ${result.says}.`)
    return { ok: 'yes', failed: 'FAILED', skipped: 'no' }[result.result]
  }
  const rows = FEATURES.map((feature) => [feature[1], ...there.map((client) => cellOf(client, feature))])
  const head = ['', ...there.map(({ name, story }) => `${name}: ${story.version}`)]
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  const absent = tried
    .filter((one) => one.story === undefined)
    .map(({ name, absent }) => `- ${name} was not tried: ${absent}.`)
  return [...lines, '', ...notes, ...absent].join('\n').trimEnd()
}

export function writeTable(table) {
  const text = readFileSync(DOCUMENT, 'utf8')
  const [before, rest] = text.split(BEGIN)
  const [, after] = rest.split(END)
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`)
}
