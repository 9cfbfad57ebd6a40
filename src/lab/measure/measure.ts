import { Histogram } from '../../base/histogram.js'
import { BENCH_TOPIC, type BenchCluster, type Refusal, recordsRead, startBenchCluster } from './bench-cluster.js'
import { pacesOf, sendPaced } from './load/paced.js'
import { Pacer, timer } from './load/pacer.js'
import { type Found, figuresBetween, latencySummary, type Measurement, takeSnapshot } from './measurement.js'
import type { RecordSource } from './record-source.js'
import { findings } from './verifier.js'
import { configOf, type Workload } from './workload.js'

/** The length of a run: so many records of all producers together, or so many seconds of sending. */
export type RunLimit = { readonly records: number } | { readonly seconds: number }

/** The records that are moved first, outside the clock. */
export interface WarmUp {
  /** Records that are sent flat out; after `seconds` the warm-up ends anyway. */
  readonly records: number
  readonly seconds: number
  /** Seconds at the pace, if there is one: busy threads learn to sleep again. */
  readonly leadInSeconds: number
}

export interface MeasureOptions {
  readonly limit: RunLimit
  readonly warmUp?: WarmUp
  /** Called about every 100 ms while records are measured, with how many were read since. */
  readonly onProgress?: (records: number) => void
}

/** The usual warm-up: the compiler has nothing left to optimise, and every segment of a usual log was touched. */
const WARM_UP: WarmUp = { records: 2_000_000, seconds: 1, leadInSeconds: 0.2 }
const PROGRESS_EVERY_MS = 100
const LOOK_AGAIN_MS = 1

/**
 * Runs a workload once, on a cluster of its own: warms up, measures from the first send until the last record was
 * handled, and checks every record, those of the warm-up included.
 */
export async function measure(
  workload: Workload,
  source: RecordSource,
  options: MeasureOptions,
): Promise<Measurement | Refusal> {
  const bench = await startBenchCluster(workload, source)
  if ('refused' in bench) return bench
  const run = new Run(bench, workload, source)
  try {
    return await Promise.race([run.measure(options), bench.failed])
  } finally {
    run.isOver = true
    await bench.close()
  }
}

class Run {
  readonly #bench: BenchCluster
  readonly #workload: Workload
  readonly #source: RecordSource
  readonly #pacer: Pacer
  readonly #batchBytes: number
  /** Ends what is still waited for when the run has failed. */
  isOver = false

  constructor(bench: BenchCluster, workload: Workload, source: RecordSource) {
    this.#bench = bench
    this.#workload = workload
    this.#source = source
    this.#batchBytes = configOf(workload)['batch.size']
    this.#pacer = new Pacer(bench.clock)
  }

  async measure(options: MeasureOptions): Promise<Measurement> {
    await this.#warmUp(options)
    const { clock, producers } = this.#bench
    const firsts = producers.map(({ load }) => load.sent)
    const unacknowledgedBefore = this.#bench.unacknowledged
    const readBefore = recordsRead(this.#bench)
    const sleptBefore = this.#pacer.sleptMs
    const progress = setInterval(() => options.onProgress?.(recordsRead(this.#bench) - readBefore), PROGRESS_EVERY_MS)
    const before = await takeSnapshot(this.#bench)
    const start = clock.now()
    try {
      await this.#load(options.limit, start)
      await this.#settle()
    } finally {
      clearInterval(progress)
    }
    const after = await takeSnapshot(this.#bench)
    const sent = this.#sent() - firsts.reduce((sum, first) => sum + first, 0)
    const records = sent - (this.#bench.unacknowledged - unacknowledgedBefore)
    const sentBytes = producers.reduce(
      (sum, { load }, index) => sum + this.#source.valueBytes(firsts[index]!, load.sent),
      0,
    )
    const valueBytes = sent === 0 ? 0 : (sentBytes * records) / sent
    // Where nothing was moved, nothing was handled last.
    const end = records === 0 ? clock.now() : Math.max(...this.#bench.consumers.map(({ tally }) => tally.handledAt))
    const moved = { records, valueBytes, ms: end - start, sleptMs: this.#pacer.sleptMs - sleptBefore }
    return {
      ...figuresBetween(before, after, moved),
      ...this.#findings(),
      latencyMs: latencySummary(this.#latencies()),
      produceLatencyMs: latencySummary(this.#bench.acknowledgements.latencies),
    }
  }

  /**
   * Runs what will be measured, latencies included: code that runs for the first time is compiled beside the records.
   */
  async #warmUp({ warmUp, limit }: MeasureOptions): Promise<void> {
    const { clock, producers, consumers, acknowledgements } = this.#bench
    const usual = 'records' in limit ? { ...WARM_UP, records: Math.min(WARM_UP.records, limit.records) } : WARM_UP
    const { records, seconds, leadInSeconds } = warmUp ?? usual
    const deadline = clock.now() + seconds * 1e3
    const ends = this.#ends(records)
    for (const { load, sendTimes } of producers) sendTimes.measureFrom(load.sent, Number.POSITIVE_INFINITY)
    await Promise.all(producers.map(({ load }, index) => load.flatOut({ end: ends[index]!, deadline })))
    await this.#settle()
    if (this.#workload.rate !== 'max') {
      const leadIn = Math.min(
        leadInSeconds * this.#workload.rate,
        'records' in limit ? limit.records : Number.POSITIVE_INFINITY,
      )
      await this.#paced(Math.ceil(leadIn), clock.now())
      await this.#settle()
    }
    acknowledgements.latencies.clear()
    for (const { latencies } of consumers) latencies.clear()
    for (const { load, sendTimes } of producers)
      sendTimes.measureFrom(load.sent, 'records' in limit ? limit.records : Number.POSITIVE_INFINITY)
  }

  async #load(limit: RunLimit, start: number): Promise<void> {
    const { producers } = this.#bench
    const { rate } = this.#workload
    if (rate !== 'max') {
      return this.#paced('records' in limit ? limit.records : Math.max(1, Math.round(limit.seconds * rate)), start)
    }
    const ends = this.#ends('records' in limit ? limit.records : Number.POSITIVE_INFINITY)
    const deadline = 'seconds' in limit ? start + limit.seconds * 1e3 : Number.POSITIVE_INFINITY
    await Promise.all(producers.map(({ load }, index) => load.flatOut({ end: ends[index]!, deadline })))
  }

  async #paced(records: number, start: number): Promise<void> {
    const { clock, producers } = this.#bench
    const { rate, api, recordsPerCall } = this.#workload
    const ends = this.#ends(records)
    const group = api === 'send' ? recordsPerCall : 1
    const paces = pacesOf({ producers: producers.length, rate: rate as number, group, start })
    const loads = producers.map(({ load, sendTimes }, index) => {
      sendTimes.beginPace(load.sent, paces[index]!)
      return { load, sendTimes, end: ends[index]! }
    })
    await sendPaced(loads, this.#pacer, clock)
  }

  /** Returns where each producer's share of so many further records ends. */
  #ends(records: number): number[] {
    const { producers } = this.#bench
    return producers.map(({ load }, index) => {
      const before = Math.floor((records * index) / producers.length)
      const after = Math.floor((records * (index + 1)) / producers.length)
      return records === Number.POSITIVE_INFINITY ? records : load.sent + after - before
    })
  }

  /**
   * Resolves when everything that was sent has left, was acknowledged or given up, and all that can be read was read.
   */
  async #settle(): Promise<void> {
    await this.#until(() => !this.#hasBacklog())
    await Promise.all(this.#bench.producers.map(({ producer }) => producer.flush()))
    const offsets = await this.#bench.admin.fetchTopicOffsets(BENCH_TOPIC)
    for (const { tally, partitions } of this.#bench.consumers) {
      for (const { partition, high } of offsets) {
        if (!partitions.includes(partition)) continue
        await this.#until(() => tally.nextOffset(partition) >= high)
      }
    }
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.isOver) await timer(LOOK_AGAIN_MS)
  }

  /**
   * Whether more is unsent than the open batches can hold. Until then nothing is flushed: the flush would be named as
   * the reason why full batches left.
   */
  #hasBacklog(): boolean {
    const { producers, unacknowledged } = this.#bench
    const sent = producers.reduce((sum, { producer }) => sum + producer.totals().records, 0)
    const unsentBytes = (this.#sent() - sent - unacknowledged) * this.#source.valueBytesMean
    return (
      unsentBytes >
      Math.max(this.#batchBytes, this.#source.valueBytesMean) * this.#workload.partitions * producers.length
    )
  }

  #sent(): number {
    return this.#bench.producers.reduce((sum, { load }) => sum + load.sent, 0)
  }

  #findings(): Found {
    const { consumers, unacknowledged, failure } = this.#bench
    const acknowledged = this.#sent() - unacknowledged
    return {
      ...findings(
        consumers.map(({ tally }) => tally),
        acknowledged,
      ),
      unacknowledged,
      failure,
    }
  }

  #latencies(): Histogram {
    const all = Histogram.allocate()
    for (const { latencies } of this.#bench.consumers) all.merge(latencies)
    return all
  }
}
