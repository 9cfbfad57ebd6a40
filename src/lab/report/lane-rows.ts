/** An item with a name that stands in a lane: its bar, and how far its words reach. */
export interface Placed<Item> {
  readonly item: Item
  readonly x: number
  readonly width: number
  readonly row: number
}

const CHARACTER = 6.4
const PAD = 12
const GAP = 6

/** Returns how wide these words are drawn, at the size of labels. */
export function labelWidth(text: string): number {
  return text.length * CHARACTER + PAD
}

/**
 * Places items in the order of their beginning, each in the first row in which neither its bar nor its words lie upon
 * another's.
 */
export function inRows<Item>(
  items: readonly Item[],
  extent: (item: Item) => { readonly x: number; readonly width: number; readonly label: string },
): readonly Placed<Item>[] {
  const ends: number[] = []
  const sorted = items.map((item) => ({ item, ...extent(item) })).sort((a, b) => a.x - b.x)
  return sorted.map(({ item, x, width, label }) => {
    const free = ends.findIndex((end) => end <= x)
    const row = free < 0 ? ends.length : free
    ends[row] = x + Math.max(width, labelWidth(label)) + GAP
    return { item, x, width, row }
  })
}

export function rowCount(placed: readonly Placed<unknown>[]): number {
  return placed.reduce((most, { row }) => Math.max(most, row + 1), 1)
}
