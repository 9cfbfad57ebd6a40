import type { BenchConfig, BenchResult, BenchRun, LatencySummary } from '../../../../src/lab/measure/bench-result.js'

const CONFIG: BenchConfig = {
  'batch.size': 16_384,
  'linger.ms': 5,
  acks: '1',
  brokers: 1,
  partitions: 4,
  producers: 1,
  consumers: 1,
  recordSize: 100,
  rate: 'max',
  api: 'produce',
  handler: 'module',
}

export function latencyOf(p50: number): LatencySummary {
  return { p50, p95: p50 * 1.6, p99: p50 * 2.5, p999: p50 * 9, max: p50 * 30 }
}

/** A run of a million records in full batches, with nothing at its limit, but for what is given. */
export function madeUpRun(config: Partial<BenchConfig> = {}, figures: Partial<BenchRun> = {}): BenchRun {
  const merged = { ...CONFIG, ...config } as BenchConfig
  const recordsPerSecond = figures.recordsPerSecond ?? 10_000_000
  return {
    config: merged,
    records: 1_000_000,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    recordsPerSecond,
    megabytesPerSecond: (recordsPerSecond * merged.recordSize) / 1e6,
    cpuSecondsPerMillionRecords: 0.12,
    latencyMs: latencyOf(0.06),
    produceLatencyMs: latencyOf(0.04),
    batchBytesMean: merged['batch.size'] * 0.98,
    batchRecordsMean: (merged['batch.size'] * 0.98) / 108,
    recordQueueMsMean: 0.4,
    batchesByReason: { full: 100, linger: 0, flush: 0, memory: 0, close: 0 },
    requestsPerSecond: 6_210,
    inFlightMean: 2.1,
    requestLatencyMsMean: 0.3,
    threads: { 'consumer-1': { busy: 0.4 }, main: { busy: 0.7 }, 'sender-1': { busy: 0.5 }, 'broker-1': { busy: 0.3 } },
    repeats: 5,
    spread: {
      recordsPerSecond: { min: recordsPerSecond * 0.9, median: recordsPerSecond, max: recordsPerSecond * 1.04 },
    },
    ...figures,
  }
}

export function madeUpResult(runs: readonly BenchRun[]): BenchResult {
  return { machine: { cpus: 2, model: 'A processor', node: 'v20.20.2', odradek: '0.1.0' }, runs }
}
