import { expect, test } from 'vitest'
import { Histogram } from '../../../../src/base/histogram.js'
import { figuresBetween, latencySummary, namedByRole, type Snapshot } from '../../../../src/lab/measure/measurement.js'

const NOTHING = {
  batches: 0,
  bytes: 0,
  records: 0,
  queuedMs: 0,
  requests: 0,
  inFlightSum: 0,
  answered: 0,
  requestLatencyMs: 0,
  retries: 0,
  compressionRates: 0,
  splits: 0,
  batchesByReason: { full: 0, linger: 0, flush: 0, memory: 0, close: 0 },
}

function snapshot(
  at: number,
  activeMs: number,
  totals: Partial<typeof NOTHING>,
  busyMs: Record<string, number>,
): Snapshot {
  const eventLoop = { idle: 0, active: activeMs, utilization: 0 }
  return {
    at,
    totals: { ...NOTHING, ...totals },
    busyMs: new Map(Object.entries(busyMs)),
    cpu: { user: at * 1e3, system: 0 },
    eventLoop,
  }
}

const before = snapshot(1_000, 0, { batches: 1, bytes: 100, records: 1, requests: 1 }, { 'sender-1': 10 })
const after = snapshot(
  3_000,
  1_500,
  {
    batches: 11,
    bytes: 2_100,
    records: 41,
    queuedMs: 50,
    requests: 6,
    answered: 5,
    requestLatencyMs: 4_000,
    batchesByReason: { full: 8, linger: 2, flush: 0, memory: 0, close: 0 },
  },
  { 'sender-1': 510 },
)

test('figures are what happened between two moments, per batch, per request and per second of moving', () => {
  const figures = figuresBetween(before, after, { records: 40, valueBytes: 2e6, ms: 2_000, sleptMs: 500 })
  expect(figures).toEqual({
    records: 40,
    recordsPerSecond: 20,
    megabytesPerSecond: 1,
    cpuSecondsPerMillionRecords: 50_000,
    batchBytesMean: 200,
    batchRecordsMean: 4,
    recordQueueMsMean: 5,
    batchesByReason: { full: 8, linger: 2, flush: 0, memory: 0, close: 0 },
    requestsPerSecond: 2.5,
    inFlightMean: 2,
    requestLatencyMsMean: 800,
    threads: { main: { busy: 0.5 }, 'sender-1': { busy: 0.25 } },
  })
})

test('means are 0 and not NaN where no batch left', () => {
  const figures = figuresBetween(before, { ...before, at: 2_000 }, { records: 1, valueBytes: 1, ms: 1, sleptMs: 0 })
  expect(figures).toMatchObject({ batchBytesMean: 0, recordQueueMsMean: 0, requestLatencyMsMean: 0 })
})

test('threads are counted within their role, as they were started', () => {
  const named = namedByRole([
    ['controller-0', 1],
    ['broker-1', 2],
    ['consumer-10', 3],
    ['consumer-9', 4],
    ['sender-3', 5],
  ])
  expect(Object.fromEntries(named)).toEqual({ 'broker-1': 2, 'consumer-1': 4, 'consumer-2': 3, 'sender-1': 5 })
})

test('a summary is in milliseconds, and all zeros when nothing was timed', () => {
  const micros = Histogram.allocate()
  expect(latencySummary(micros)).toEqual({ p50: 0, p95: 0, p99: 0, p999: 0, max: 0 })
  micros.record(2_500)
  expect(latencySummary(micros)).toEqual({ p50: 2.5, p95: 2.5, p99: 2.5, p999: 2.5, max: 2.5 })
})
