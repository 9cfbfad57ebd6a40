import type { Normal } from './normal-form.js'
import type { Transcript } from './player.js'

/** A place at which the two brokers have said something else. Undefined: one of them has said nothing there. */
export interface Difference {
  readonly script: string
  /** Such as `a: JoinGroup v4`, the fifth step that was answered being 4. */
  readonly step: string
  readonly index: number
  /** Such as `topics[name orders].errorCode`; empty: the whole answer. */
  readonly path: string
  readonly kafka: Normal | undefined
  readonly odradek: Normal | undefined
}

/** All differences between the transcripts of one area. */
export function differencesOf(kafka: Transcript, odradek: Transcript): readonly Difference[] {
  return Object.entries(kafka).flatMap(([script, heard]) =>
    heard.flatMap(({ step, answer }, index) => {
      const found: Difference[] = []
      const note = (path: string, one: Normal | undefined, other: Normal | undefined): void => {
        found.push({ script, step, index, path, kafka: one, odradek: other })
      }
      compare(answer, odradek[script]?.[index]?.answer, '', note)
      return found
    }),
  )
}

function compare(
  one: Normal | undefined,
  other: Normal | undefined,
  path: string,
  note: (path: string, one: Normal | undefined, other: Normal | undefined) => void,
): void {
  if (!isObject(one) || !isObject(other)) {
    if (JSON.stringify(one) !== JSON.stringify(other)) note(path, one, other)
    return
  }
  for (const field of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const inner = field.includes(' ') ? `${path}[${field}]` : `${path}${path === '' ? '' : '.'}${field}`
    compare(one[field], other[field], inner, note)
  }
}

function isObject(value: Normal | undefined): value is { readonly [field: string]: Normal } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
