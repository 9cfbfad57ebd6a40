import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Normal } from './normal-form.js'
import type { Transcript } from './player.js'

/** What a real broker has answered, kept so that it can be compared where there is none. */
interface Golden {
  readonly kafka: string
  readonly answers: Transcript
}

function fileOf(area: string): string {
  let root = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(root, 'package.json'))) root = dirname(root)
  return join(root, 'test', 'fixtures', 'oracle', `${area}.json`)
}

export function readGolden(area: string): Golden | null {
  const file = fileOf(area)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Golden) : null
}

/** Writes an answer a line, so that a change of one is a change of one line. */
export function writeGolden(area: string, kafka: string, answers: Transcript): void {
  const line = (value: Normal | string): string => JSON.stringify(value)
  const scripts = Object.entries(answers).map(([title, heard]) => {
    const steps = heard.map(({ step, answer }) => `      { "step": ${line(step)}, "answer": ${line(answer)} }`)
    return `    ${line(title)}: [\n${steps.join(',\n')}\n    ]`
  })
  const file = fileOf(area)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `{\n  "kafka": ${line(kafka)},\n  "answers": {\n${scripts.join(',\n')}\n  }\n}\n`)
}
