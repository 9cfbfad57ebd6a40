import type { Measurement } from '../../../src/lab/measure/measurement.js'
import { latencyOf } from './report/made-up-runs.js'

/** A repeat in which nothing went wrong, but for what is given. */
export function madeUpMeasurement(figures: Partial<Measurement> = {}): Measurement {
  const recordsPerSecond = figures.recordsPerSecond ?? 1_000
  return {
    records: 100,
    lost: 0,
    duplicated: 0,
    outOfOrder: 0,
    unacknowledged: 0,
    failure: null,
    recordsPerSecond,
    megabytesPerSecond: recordsPerSecond / 1e4,
    cpuSecondsPerMillionRecords: 0.5,
    latencyMs: latencyOf(1),
    produceLatencyMs: latencyOf(0.5),
    batchBytesMean: 500,
    batchRecordsMean: 5,
    recordQueueMsMean: 1,
    batchesByReason: { full: 20, linger: 0, flush: 0, memory: 0, close: 0 },
    requestsPerSecond: 10,
    inFlightMean: 1,
    requestLatencyMsMean: 0.1,
    threads: { main: { busy: 0.5 }, 'broker-1': { busy: 0.25 } },
    ...figures,
  }
}
