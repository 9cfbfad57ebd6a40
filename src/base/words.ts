/** How sentences count, list and name things. */

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Writes a whole number: `65,536`. */
export function grouped(value: number): string {
  return GROUPED.format(value)
}

/** `1 record`, `2,000 records`, `2 batches`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : pluralOf(noun)}`
}

const pluralOf = (noun: string): string => `${noun}${/(ch|sh|s|x)$/.test(noun) ? 'es' : 's'}`

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(names: readonly string[]): string {
  const before = names.slice(0, -1)
  const last = names.at(-1) ?? ''
  return before.length === 0 ? last : `${before.join(', ')} or ${last}`
}

const BRIEF_CHARS_MAX = 100

/** A text, or its beginning: sentences quote names that may be long. */
export function brief(text: string): string {
  return text.length <= BRIEF_CHARS_MAX ? text : `${text.slice(0, BRIEF_CHARS_MAX)}...`
}

/** Spelt with a vowel, spoken with a consonant: a Uint8Array, a unit, a user, a URL. */
const SPOKEN_AS_YOU = /^(U[A-Z]|Ui|Uni|u(ni|ti|s[aeu])|eu)/

/** `a number`, `an object`, `a Uint16Array`. */
export function withArticle(name: string): string {
  return `${/^[aeiou]/i.test(name) && !SPOKEN_AS_YOU.test(name) ? 'an' : 'a'} ${name}`
}
