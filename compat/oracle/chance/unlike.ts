import type { Transcript } from '../player.js'
import type { Area, Step } from '../script.js'
import { errorsTold } from './errors-told.js'

/** Where the two brokers have told other errors, with what was asked. */
export function unlike({ scripts }: Area, kafka: Transcript, odradek: Transcript): readonly string[] {
  return scripts.flatMap(({ title, steps }) => {
    const asked = steps.filter(({ kind }) => kind === 'ask')
    const heard = kafka[title] ?? []
    const last = JSON.stringify(heard.at(-1)?.answer)
    const missing = asked.length === heard.length ? [] : [`Kafka has not answered all that was asked: ${last}`]
    const differences = asked.slice(0, heard.length).flatMap((step, index) => {
      const [one, other] = [kafka, odradek].map((transcript) => errorsTold(transcript[title]?.[index]?.answer ?? null))
      if (JSON.stringify(one) === JSON.stringify(other)) return []
      return `${said(step)}\n    Kafka    ${one?.join('; ')}\n    Odradek  ${other?.join('; ')}`
    })
    return [...missing, ...differences]
  })
}

function said(step: Step): string {
  if (step.kind !== 'ask') return step.kind
  const message = JSON.stringify(step.message, (_, value: unknown) => {
    if (value instanceof Uint8Array) return `${value.length} bytes`
    return typeof value === 'bigint' ? String(value) : value
  })
  return `${step.api} v${step.version} ${message}`
}
