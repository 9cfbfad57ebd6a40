import { Histogram } from '../../base/histogram.js'
import type { EachBatchPayload, RecordHandler } from '../../client/consumer/handler.js'
import type { LentBatch } from '../../client/consumer/lent-batch.js'
import { systemClock } from '../../cluster/system-clock.js'
import type { LentRecord } from '../../record/lent-record.js'
import { ConsumerTally } from './consumer-tally.js'
import { countOf, numberInHeader, producerOf } from './record-number.js'
import { SendTimes } from './send-times.js'
import { Verifier } from './verifier.js'

export interface BenchHandlerOptions {
  readonly clockOriginMs: number
  readonly producers: number
  readonly partitions: number
  readonly numberIn: 'value' | 'header'
  /** The memory of a ConsumerTally. */
  readonly tally: SharedArrayBuffer
  /** The memory of a Histogram: microseconds from send to handler. */
  readonly latencies: SharedArrayBuffer
  /** The memory of SendTimes, one for each producer. */
  readonly sendTimes: readonly SharedArrayBuffer[]
}

/**
 * The consumer's half of every run: reads the number of every record where it lies, checks it, and counts. It is a
 * module, so that it can run inside the consumer's thread. Allocates nothing for a record.
 */
export default function benchHandler(options: BenchHandlerOptions): RecordHandler {
  const handler = new BenchHandler(options)
  return { eachBatch: (payload: EachBatchPayload) => handler.take(payload.batch) }
}

class BenchHandler {
  readonly #clock: ReturnType<typeof systemClock>
  readonly #isInHeader: boolean
  readonly #tally: ConsumerTally
  readonly #latencies: Histogram
  readonly #sendTimes: readonly SendTimes[]
  readonly #verifier: Verifier
  #partition = 0
  /** A mask: records are timed when these low bits of their count are all 0. */
  #timedMask = 0
  /** The time at which the handler got this batch, read at the first record that needs it. */
  #receivedAt = 0

  constructor(options: BenchHandlerOptions) {
    this.#clock = systemClock(options.clockOriginMs)
    this.#isInHeader = options.numberIn === 'header'
    this.#tally = new ConsumerTally(options.tally)
    this.#latencies = new Histogram(options.latencies)
    this.#sendTimes = options.sendTimes.map((shared) => new SendTimes(shared))
    this.#verifier = new Verifier(options)
  }

  take(batch: LentBatch): void {
    this.#partition = batch.partition
    const { isPaced, sampleMask } = this.#sendTimes[0]!
    this.#timedMask = isPaced ? 0 : sampleMask
    this.#receivedAt = 0
    batch.forEach(this.#record)
    const handledAt = this.#clock.now()
    this.#tally.publish(this.#verifier, { handledAt, partition: batch.partition, nextOffset: batch.nextOffset })
  }

  readonly #record = (record: LentRecord): void => {
    const { view } = record.memory
    const at = this.#isInHeader ? headerNumber(record) : record.valuePosition
    const high = view.getUint32(at)
    const low = view.getUint32(at + 4)
    const producer = producerOf(high)
    const count = countOf(high, low)
    this.#verifier.take(this.#partition, producer, count)
    if ((low & this.#timedMask) === 0) this.#time(producer, count)
  }

  #time(producer: number, count: number): void {
    const sentAt = this.#sendTimes[producer]!.sentAt(count)
    if (Number.isNaN(sentAt)) return
    if (this.#receivedAt === 0) this.#receivedAt = this.#clock.now()
    this.#latencies.record((this.#receivedAt - sentAt) * 1e3)
  }
}

function headerNumber(record: LentRecord): number {
  const at = numberInHeader(record.memory.view, record.valuePosition + record.valueBytes)
  if (at < 0) throw new Error(`The record at offset ${record.offset} does not carry the header that was sent with it`)
  return at
}
