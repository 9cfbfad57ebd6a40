import { assert } from '../../base/assert.js'

/** The versions of an API or of a record, and from which on they are flexible. */
export interface Versions {
  /** Inclusive. */
  readonly oldest: number
  /** Inclusive. */
  readonly newest: number
  /** The first version with compact lengths and tagged fields (KIP-482); `NEVER_FLEXIBLE`: there is none. */
  readonly flexibleFrom: number
}

export const NEVER_FLEXIBLE = Number.POSITIVE_INFINITY

/** Makes something once for each version, when it is first asked for. Undefined: there is no such version. */
export function forEachVersion<Made>(
  { oldest, newest }: Versions,
  make: (version: number) => Made,
): (version: number) => Made | undefined {
  assert(oldest <= newest, 'The oldest version is not above the newest one')
  const made = new Map<number, Made>()
  return (version) => {
    if (!Number.isInteger(version) || version < oldest || version > newest) return undefined
    const known = made.get(version)
    if (known !== undefined) return known
    const fresh = make(version)
    made.set(version, fresh)
    return fresh
  }
}
