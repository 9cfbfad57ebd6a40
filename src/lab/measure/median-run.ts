import { type BenchConfig, type BenchRun, type BenchSpread, type Spread, spreadOf } from './bench-result.js'
import type { Measurement } from './measurement.js'

/**
 * Joins the repeats of one cell into one run. Its numbers are medians. Lost, duplicated, unordered and unacknowledged
 * records are sums: one bad repeat in five must not vanish. `records` is what one repeat moved.
 */
export function runOf(config: BenchConfig, repeats: readonly Measurement[]): BenchRun {
  const { unacknowledged: _, ...median } = medianOf(repeats.map(({ failure: _, ...figures }) => figures))
  const spread = {
    recordsPerSecond: spreadOf(repeats.map(({ recordsPerSecond }) => recordsPerSecond)),
    ...spreads(repeats),
  }
  return { config, ...median, ...sums(repeats), repeats: repeats.length, spread }
}

/** Replaces the run's latencies by those of a second, slower pass; what that pass found counts as well. */
export function withLatencies(run: BenchRun, rate: number, pass: Measurement): BenchRun {
  const { latencyMs, produceLatencyMs } = pass
  const found = sums([run, pass])
  const own = Object.entries(run.spread).filter(([scalar]) => !/^(latency|produceLatency)Ms\./.test(scalar))
  const spread = Object.fromEntries(own) as BenchSpread
  return { ...run, ...found, latencyMs, produceLatencyMs, latencyRate: rate, spread }
}

type Found = Pick<BenchRun, 'lost' | 'duplicated' | 'outOfOrder' | 'unacknowledged'>

function sums(all: readonly Found[]): Found {
  const sum = (of: (found: Found) => number): number => all.reduce((total, one) => total + of(one), 0)
  const unacknowledged = sum(({ unacknowledged = 0 }) => unacknowledged)
  return {
    lost: sum(({ lost }) => lost),
    duplicated: sum(({ duplicated }) => duplicated),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    ...(unacknowledged > 0 && { unacknowledged }),
  }
}

const SCALARS = [
  'recordsPerSecond',
  'megabytesPerSecond',
  'cpuSecondsPerMillionRecords',
  'batchBytesMean',
  'batchRecordsMean',
  'recordQueueMsMean',
  'requestsPerSecond',
  'inFlightMean',
  'requestLatencyMsMean',
] as const satisfies readonly (keyof Measurement)[]
const LATENCIES = ['latencyMs', 'produceLatencyMs'] as const satisfies readonly (keyof Measurement)[]
const PERCENTILES = ['p50', 'p95', 'p99', 'p999', 'max'] as const

function spreads(repeats: readonly Measurement[]): Record<string, Spread> {
  const scalars = SCALARS.map((scalar) => [scalar, spreadOf(repeats.map((one) => one[scalar]))] as const)
  const latencies = LATENCIES.flatMap((latency) =>
    PERCENTILES.map(
      (percentile) => [`${latency}.${percentile}`, spreadOf(repeats.map((one) => one[latency][percentile]))] as const,
    ),
  )
  return Object.fromEntries([...scalars, ...latencies])
}

/** Takes the median number by number, in objects within objects too. Counts stay whole numbers. */
function medianOf<Figures extends object>(all: readonly Figures[]): Figures {
  const [first] = all as readonly [Figures]
  return Object.fromEntries(
    Object.keys(first).map((key) => {
      const values = all.map((one) => (one as Record<string, number | object>)[key]!)
      return [key, typeof values[0] === 'number' ? medianNumber(values as number[]) : medianOf(values as object[])]
    }),
  ) as Figures
}

function medianNumber(values: readonly number[]): number {
  const { median } = spreadOf(values)
  return values.every(Number.isInteger) ? Math.round(median) : median
}
