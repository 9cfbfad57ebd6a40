/** The known name that a misspelt one most likely means: the one with the fewest letters to add, drop or change. */
export function nearestName(misspelt: string, known: readonly string[]): string {
  return nearest(misspelt, known).name
}

/** Goes on behind "There is no such option": names the one that was meant, or nothing where none is like it. */
export function meantName(misspelt: string, known: readonly string[]): string {
  const { name, changes } = nearest(misspelt, known)
  return changes <= lettersOf(misspelt).length / 2 ? `: the nearest one is ${name}` : ''
}

function nearest(misspelt: string, known: readonly string[]): { readonly name: string; readonly changes: number } {
  let found = { name: '', changes: Number.POSITIVE_INFINITY }
  for (const name of known) {
    const changes = editDistance(lettersOf(misspelt), lettersOf(name))
    if (changes < found.changes) found = { name, changes }
  }
  return found
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
