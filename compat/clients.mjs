// `npm run compat`: whether Kafka's clients, in whatever language, find a Kafka here. Each tells the same story
// (compat/clients) to a cluster of its own. Not a part of `npm test`, which tells it with those in package.json alone.
//
//     npm run compat                                   all clients that can be had
//     npm run compat -- --only kafkajs,Java            those whose names have one of these words
//     npm run compat -- --features group,static        some features
//     npm run compat -- --write                        writes the table into docs/clients.md
//     npm run compat -- --json                         prints what came of each feature, for programs
//
// What each client says in its own log is in reports/clients. The exit code is 0 when nothing failed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Absent, CLIENTS } from './clients/clients.mjs'
import { runStory } from './clients/story.mjs'
import { tableOf, writeTable } from './clients/table.mjs'
import { ROOT } from './workshop.mjs'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    features: { type: 'string' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const say = (sentence) => process.stderr.write(`compat: ${sentence}\n`)
const logs = join(ROOT, 'reports', 'clients')
mkdirSync(logs, { recursive: true })

const isWanted = ({ name }) => values.only === undefined || values.only.split(',').some((word) => name.includes(word))
const tried = []
for (const { name, prepare } of CLIENTS.filter(isWanted)) {
  say(name)
  try {
    const story = await runStory({ ...(await prepare()), features: values.features?.split(',') ?? [] })
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
