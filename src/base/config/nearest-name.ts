/** The known name that a misspelt one most likely means: the one with the fewest letters to add, drop or change. */
export function nearestName(misspelt: string, known: readonly string[]): string {
  let nearest = ''
  let fewest = Number.POSITIVE_INFINITY
  for (const name of known) {
    const changes = editDistance(lettersOf(misspelt), lettersOf(name))
    if (changes < fewest) {
      fewest = changes
      nearest = name
    }
  }
  return nearest
}

/** `batchSize`, `batch_size` and `batch.size` are the same letters. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Levenshtein's distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const changed = row[column - 1]! + (from[line - 1] === to[column - 1] ? 0 : 1)
      next.push(Math.min(changed, row[column]! + 1, next[column - 1]! + 1))
    }
    row = next
  }
  return row[to.length]!
}
