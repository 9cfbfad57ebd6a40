import type { FailAt } from './input-error.js'
import type { InputRecord, Piece } from './input-record.js'

/**
 * Checks that the piece is JSON and takes its key from the top-level field `key`. The value stays as it was written.
 */
export function jsonRecord(piece: Piece, key: string | undefined, fail: FailAt): InputRecord {
  const parsed = parse(piece, fail)
  return {
    key: key === undefined ? null : keyOf(parsed, { field: key, line: piece.line }, fail),
    value: piece.bytes,
    line: piece.line,
  }
}

function parse(piece: Piece, fail: FailAt): unknown {
  try {
    return JSON.parse(piece.bytes.toString())
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw fail(
      piece.line,
      `not JSON (${reason}); each record must be one JSON object, such as {"id": 7, "city": "Praha"}`,
    )
  }
}

function keyOf(parsed: unknown, at: { readonly field: string; readonly line: number }, fail: FailAt): string | null {
  const name = JSON.stringify(at.field)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw fail(at.line, `there is no field ${name}: this is not an object; leave out --key, or write {${name}: …}`)
  }
  if (!Object.hasOwn(parsed, at.field)) {
    throw fail(at.line, `there is no field ${name} for the key; this object has ${listed(Object.keys(parsed))}`)
  }
  const key: unknown = (parsed as Record<string, unknown>)[at.field]
  if (key === null) return null
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'boolean') return String(key)
  throw fail(at.line, `the field ${name} cannot be a key: it must be a string, a number, true, false or null`)
}

/** Lists field names for a message, the first ten of them. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no fields'
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name))
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ')
}
