/**
 * The text of a URL; null if it is not one. A URL may be of another realm: in jest, Node's modules make other URLs than
 * the code of a test, and jsdom has its own.
 */
export function urlText(given: unknown): string | null {
  return Object.prototype.toString.call(given) === '[object URL]' ? String(given) : null
}
