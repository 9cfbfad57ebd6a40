import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { counted } from '../../src/base/words.js'
import type { BenchResult } from '../../src/lab/measure/bench-result.js'
import { bench, givenFile, odradek } from '../support/command-line.js'

const LATENCY = {
  p50: expect.any(Number),
  p95: expect.any(Number),
  p99: expect.any(Number),
  p999: expect.any(Number),
  max: expect.any(Number),
}
const BUSY = { busy: expect.any(Number) }
const WHOLE = { lost: 0, duplicated: 0, outOfOrder: 0 }

describe('the JSON', () => {
  test('has the shape of the contract, to the letter', async () => {
    const { code, stdout } = await odradek(['bench', '--records', '2000', '--acks', '1', '--json', '-'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      machine: {
        cpus: expect.any(Number),
        model: expect.any(String),
        node: process.version,
        odradek: expect.any(String),
      },
      runs: [
        {
          config: {
            'batch.size': 16_384,
            'linger.ms': 0,
            acks: '1',
            brokers: 1,
            partitions: 1,
            'replication.factor': 1,
            producers: 1,
            consumers: 1,
            recordSize: 100,
            rate: 'max',
            api: 'produce',
            handler: 'module',
          },
          records: 2_000,
          ...WHOLE,
          recordsPerSecond: expect.any(Number),
          megabytesPerSecond: expect.any(Number),
          cpuSecondsPerMillionRecords: expect.any(Number),
          latencyMs: LATENCY,
          produceLatencyMs: LATENCY,
          batchBytesMean: expect.any(Number),
          batchRecordsMean: expect.any(Number),
          recordQueueMsMean: expect.any(Number),
          batchesByReason: Object.fromEntries(
            ['full', 'linger', 'flush', 'memory', 'close'].map((reason) => [reason, expect.any(Number)]),
          ),
          requestsPerSecond: expect.any(Number),
          inFlightMean: expect.any(Number),
          requestLatencyMsMean: expect.any(Number),
          threads: { main: BUSY, 'sender-1': BUSY, 'broker-1': BUSY, 'consumer-1': BUSY },
          repeats: 1,
          spread: expect.objectContaining({
            recordsPerSecond: { min: expect.any(Number), median: expect.any(Number), max: expect.any(Number) },
          }),
        },
      ],
    })
  })

  test('goes into a file as well, beside a report; then the table is on standard output', async () => {
    const json = givenFile('result.json', '')
    const report = join(dirname(json), 'report.html')
    const { code, stdout } = await odradek(['bench', '--records', '1000', '--json', json, '--report', report])
    expect(code).toBe(0)
    expect(stdout).toContain('✓ 1,000 records checked')
    expect((JSON.parse(readFileSync(json, 'utf8')) as BenchResult).runs).toHaveLength(1)
    expect(readFileSync(report, 'utf8')).toContain('odradek bench --records 1000')
  })
})

describe('a sweep', () => {
  test('runs every combination in the order given, with latencies of a second pass at one rate', async () => {
    const { code, runs } = await bench('--linger.ms 5,0 --batch.size 4096,1024 --records 500')
    expect(code).toBe(0)
    expect(runs.map(({ config }) => [config['linger.ms'], config['batch.size']])).toEqual([
      [5, 4_096],
      [5, 1_024],
      [0, 4_096],
      [0, 1_024],
    ])
    expect(new Set(runs.map(({ latencyRate }) => latencyRate)).size).toBe(1)
    expect(runs[0]?.latencyRate).toBeGreaterThan(0)
    for (const run of runs) expect(run).toMatchObject({ ...WHOLE, records: 500 })
  })

  test('an impossible combination is a refused cell with the reason, and fails nothing', async () => {
    const { code, runs, stderr } = await bench('--replication.factor 2,1 --records 500')
    expect(code).toBe(0)
    expect(runs[0]).toMatchObject({ records: 0, refused: expect.stringContaining('INVALID_REPLICATION_FACTOR') })
    expect(runs[1]).toMatchObject({ records: 500 })
    expect(runs[1]).not.toHaveProperty('refused')
    expect(stderr).toContain('not run:')
  })

  test.each([
    ['--batch.size 2000 --buffer.memory 1000', 'the buffer must hold at least one batch'],
    ['--record-size 2000000', 'MESSAGE_TOO_LARGE'],
    ['--max.message.bytes 100', 'MESSAGE_TOO_LARGE'],
    ['--delivery.timeout.ms 1', 'it must be at least linger.ms + request.timeout.ms'],
  ])(
    'options that forbid each other refuse the cell, and without another cell nothing held: %s',
    async (options, reason) => {
      const { code, runs, stderr } = await bench(`${options} --records 10`)
      expect(code).toBe(1)
      expect(runs[0]?.refused).toContain(reason)
      expect(stderr).toContain('✗ no record was checked')
    },
  )

  test.each(['produce', 'produceMany', 'send'])(
    'records that brokers refuse are no throughput, and fail the run (%s)',
    async (api) => {
      // The first record fits into a segment, and the batches of the others do not.
      const { code, runs, stderr } = await bench(`--api ${api} --record-size 600 --segment.bytes 1024 --records 200`)
      const { records = Number.NaN, unacknowledged = 0, lost } = runs[0] ?? {}
      expect(code).toBe(1)
      expect([unacknowledged > 0, records < 200, lost]).toEqual([true, true, 0])
      expect(stderr).toContain(`${counted(unacknowledged, 'record')} not acknowledged: RECORD_LIST_TOO_LARGE`)
      expect(stderr).toMatch(/✗ .* not acknowledged/)
    },
  )
})

describe('every shape of a run holds', () => {
  test.each([
    [
      'several of everything',
      '--brokers 2 --partitions 5 --producers 2 --consumers 3',
      { 'sender-2': BUSY, 'broker-2': BUSY, 'consumer-3': BUSY },
    ],
    ['promises', '--api send --records-per-call 30 --outstanding 3 --linger.ms 1', {}],
    ['many values a call', '--api produceMany --records-per-call 30', {}],
    ['a closure', '--handler closure', {}],
    ['no acknowledgements', '--acks 0', {}],
    ['one record in each batch', '--batch.size 0', {}],
    ['more consumers than partitions', '--consumers 2', { 'consumer-2': BUSY }],
  ])('%s', async (_, options, threads) => {
    const { code, runs } = await bench(`${options} --records 1001 --seed 7`)
    expect(code).toBe(0)
    expect(runs[0]).toMatchObject({ ...WHOLE, records: 1_001, threads })
    expect(runs[0]?.latencyMs.p50).toBeGreaterThan(0)
    expect(runs[0]?.produceLatencyMs.p50).toBeGreaterThan(0)
  })

  test('at a rate, with each handler, and repeated', async () => {
    const { code, runs } = await bench('--rate 5000 --handler module,closure --records 200 --repeat 2')
    expect(code).toBe(0)
    expect(runs.map(({ config, records, repeats }) => [config.rate, config.handler, records, repeats])).toEqual([
      [5_000, 'module', 200, 2],
      [5_000, 'closure', 200, 2],
    ])
    expect(runs[0]).not.toHaveProperty('latencyRate')
    expect(runs[0]?.latencyMs.max).toBeGreaterThan(0)
  })

  test('for a time instead of a number of records, calls of send paced as well', async () => {
    const { code, runs } = await bench('--rate 2000 --api send --records-per-call 10 --duration 0.1')
    expect(code).toBe(0)
    expect(runs[0]).toMatchObject({ ...WHOLE, records: 200, config: { recordsPerCall: 10, outstanding: 8 } })
  })
})

test('records that are lost make the exit code 1, and the JSON says how many', async () => {
  // A log that keeps next to nothing, and a reader on the very thread that the writer keeps busy.
  const { code, runs } = await bench(
    '--odradek.log.full delete --retention.bytes 65536 --segment.bytes 16384 --batch.size 4096 --handler closure --records 100000',
  )
  expect(code).toBe(1)
  expect(runs[0]?.lost).toBeGreaterThan(0)
  expect(runs[0]).toMatchObject({ duplicated: 0, outOfOrder: 0 })
})
