import { KAFKAJS_NAMES } from './kafkajs-names.js'

/**
 * Goes on behind "There is no such option": the one that was meant, with `before` in front, or nothing where none is
 * like it. It is Kafka's name for what KafkaJS calls otherwise, or the known name with the fewest letters to add, drop,
 * change or exchange.
 */
export function meantName(given: string, known: readonly string[], before = ': '): string {
  const kafkas = Object.hasOwn(KAFKAJS_NAMES, given) ? KAFKAJS_NAMES[given] : undefined
  if (kafkas !== undefined && known.includes(kafkas)) return `${before}it is called ${kafkas}`
  const { name, changes } = nearest(given, known)
  return changes <= lettersOf(given).length / 2 ? `${before}the nearest one is ${name}` : ''
}

function nearest(given: string, known: readonly string[]): { readonly name: string; readonly changes: number } {
  let found = { name: '', changes: Number.POSITIVE_INFINITY }
  for (const name of known) {
    const changes = editDistance(lettersOf(given), lettersOf(name))
    if (changes < found.changes) found = { name, changes }
  }
  return found
}

/** `batchSize`, `batch_size` and `batch.size` are the same letters. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Levenshtein's distance, one row at a time, where letters that have changed places count once. */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const changed = row[column - 1]! + (from[line - 1] === to[column - 1] ? 0 : 1)
      const areExchanged =
        line > 1 && column > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1]
      const exchanged = areExchanged ? before[column - 2]! + 1 : changed
      next.push(Math.min(changed, exchanged, row[column]! + 1, next[column - 1]! + 1))
    }
    before = row
    row = next
  }
  return row[to.length]!
}
