/** The smallest value that is not below so many percent of them; 0 without values. */
export function percentileOf(values: readonly number[], percentage: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const rank = Math.max(0, Math.ceil((percentage / 100) * sorted.length) - 1)
  return sorted[rank] ?? 0
}
