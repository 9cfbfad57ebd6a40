// Whether Kafka's clients, in whatever language, find a Kafka here. Each tells the same story (compat/clients) to a
// cluster of its own. Not a part of `npm test`, which tells it with those in package.json alone. What each client says
// in its own log is in reports/clients. The exit code is 0 when nothing failed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from '@commander-js/extra-typings'
import { matching, named } from '../dist/test/support/tool-options.js'
import { Absent, CLIENTS } from './clients/clients.mjs'
import { FEATURES } from './clients/features.mjs'
import { runStory } from './clients/story.mjs'
import { tableOf, writeTable } from './clients/table.mjs'
import { ROOT } from './workshop.mjs'

const nameOf = ({ name }) => name
const wordOf = ([word]) => word
const values = new Command('compat')
  .description("Tells one story with Kafka's clients in many languages to a cluster of each")
  .option('--only <words>', 'the clients whose names have one of these words, a comma list', matching(CLIENTS, nameOf))
  .option('--features <names>', 'some features, a comma list', named(FEATURES, wordOf), [])
  .option('--write', 'writes the table into docs/clients.md', false)
  .option('--json', 'prints what came of each feature, for programs', false)
  .parse()
  .opts()
const say = (sentence) => process.stderr.write(`compat: ${sentence}\n`)
const logs = join(ROOT, 'reports', 'clients')
mkdirSync(logs, { recursive: true })

const tried = []
for (const { name, prepare } of values.only ?? CLIENTS) {
  say(name)
  try {
    const story = await runStory({ ...(await prepare()), features: values.features.map(wordOf) })
    writeFileSync(join(logs, `${name.replaceAll(/[^\w.-]+/g, '-')}.log`), story.log)
    tried.push({ name, story })
  } catch (error) {
    if (!(error instanceof Absent)) throw error
    tried.push({ name, absent: error.message })
    say(`skipped: ${error.message}`)
  }
}

if (values.json) process.stdout.write(JSON.stringify(tried.map(asJson)))
else report()

function asJson({ name, absent, story }) {
  if (story === undefined) return { name, absent }
  const { version, ended, warnings, results } = story
  return { name, version, ended, warnings, results: Object.fromEntries(results) }
}

function report() {
  const counts = { ok: 0, failed: 0, skipped: 0 }
  const complain = (sentence) => process.stdout.write(`${sentence}\n`)
  for (const { name, story } of tried) {
    if (story === undefined) {
      counts.skipped += 1
      continue
    }
    for (const [feature, { result, says }] of story.results) {
      counts[result] += 1
      if (result === 'failed') complain(`${name}, ${feature}: ${says}`)
    }
    const wrong = [...(story.ended === '' ? [] : [`the program ${story.ended}`]), ...story.warnings]
    counts.failed += wrong.length
    for (const sentence of wrong) complain(`${name}: ${sentence}`)
  }
  const table = tableOf(tried)
  process.stdout.write(`\n${table}\n\n`)
  if (values.write) writeTable(table)
  process.stdout.write(`${counts.ok} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
  process.exitCode = counts.failed > 0 || counts.ok === 0 ? 1 : 0
}
