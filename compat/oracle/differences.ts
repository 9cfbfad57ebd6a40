import type { Difference } from './compare.js'
import { LISTED } from './listed.js'
import type { Normal } from './normal-form.js'

/** A difference that is meant, with its reason. */
export interface Listed {
  readonly api: string
  /** Where it is, as `Difference.path` has it; `*` stands for any characters. */
  readonly path: string
  /** What each one says. Absent: anything. */
  readonly kafka?: Normal | 'nothing'
  readonly odradek?: Normal | 'nothing'
  /** In this script alone. */
  readonly script?: string
  readonly why: string
}

/**
 * What is wrong with the differences that were found, a sentence each: none of them may be unlisted, or listed in vain.
 */
export function judge(found: readonly Difference[], areas: readonly string[], listed = LISTED): readonly string[] {
  const inVain = listed.filter((one) => areas.includes(one.api) && !found.some((difference) => covers(one, difference)))
  return [
    ...unlisted(found, listed).map(shown),
    ...inVain.map(({ api, path }) => `${api} ${path} is listed as a difference, and is none`),
    ...listed.filter(({ path }) => /errorCode$/i.test(path)).map(({ api, path }) => `${api} ${path} may not be listed`),
  ]
}

export function unlisted(found: readonly Difference[], listed = LISTED): readonly Difference[] {
  return found.filter((difference) => !listed.some((one) => covers(one, difference)))
}

function covers(listed: Listed, { step, script, path, kafka, odradek }: Difference): boolean {
  const says = (wanted: Normal | undefined, said: Normal | undefined): boolean =>
    wanted === undefined || JSON.stringify(wanted) === JSON.stringify(said === undefined ? 'nothing' : said)
  return (
    step.includes(` ${listed.api} v`) &&
    (listed.script ?? script) === script &&
    matches(listed.path, path) &&
    says(listed.kafka, kafka) &&
    says(listed.odradek, odradek)
  )
}

function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.[\]]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(path)
}

export function shown({ script, step, index, path, kafka, odradek }: Difference): string {
  const say = (said: Normal | undefined): string => (said === undefined ? 'nothing' : JSON.stringify(said))
  return `${script}, answer ${index + 1}, ${step}: ${path}\n    Kafka    ${say(kafka)}\n    Odradek  ${say(odradek)}`
}
