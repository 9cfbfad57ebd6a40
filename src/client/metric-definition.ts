/** One metric of a client: what its number counts. */
export interface MetricDefinition {
  readonly unit:
    | 'records'
    | 'bytes'
    | 'batches'
    | 'requests'
    | 'ms'
    | 's'
    | 'ns'
    | 'ratio'
    | 'connections'
    | 'calls'
    | 'partitions'
    | 'rebalances'
  /** Whether the value is so many of its unit for each second. */
  readonly isPerSecond?: true
  /** Whether the value is so many of its unit for each hour. */
  readonly isPerHour?: true
  readonly doc: string
}
export type MetricDefinitions = { readonly [name: string]: MetricDefinition }

/** With metrics.num.samples 1 a window may have just begun. */
export const rate = (sum: number, { seconds }: { readonly seconds: number }): number => (sum === 0 ? 0 : sum / seconds)

/** The mean of nothing is NaN, as in Kafka (`Avg`). */
export const mean = (sum: number, count: number): number => (count === 0 ? Number.NaN : sum / count)
