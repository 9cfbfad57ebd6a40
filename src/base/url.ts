/**
 * The text of a URL; null: it is none. It may be of another realm: in jest, Node's modules make others than the code of
 * a test, and jsdom has one of its own.
 */
export function urlText(given: unknown): string | null {
  return Object.prototype.toString.call(given) === '[object URL]' ? String(given) : null
}
