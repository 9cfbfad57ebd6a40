/** Text that is already safe to stand in a page. Only `html` and `trusted` make it. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Content = Markup | string | number | null | readonly Content[]

/**
 * Makes markup of a template. It escapes every value, between tags and inside quoted attributes alike; markup and lists
 * of it pass through. Attributes must be quoted.
 */
export function html(literals: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(literals.reduce((text, literal, index) => text + rendered(values[index - 1] ?? null) + literal))
}

/** Trusts text of this program's own, such as a style sheet: never anything that came from outside. */
export function trusted(text: string): Markup {
  return new Markup(text)
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function rendered(content: Content): string {
  if (content === null) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'object') return content.map(rendered).join('')
  return escaped(String(content))
}
