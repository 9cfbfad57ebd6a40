const WRITTEN = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** Writes a moment of a timeline: to a hundredth of a millisecond, since a rebalance takes some of them. */
export function instant(ms: number): string {
  return `${ms < 0 ? '−' : ''}${WRITTEN.format(Math.abs(ms))} ms`
}
