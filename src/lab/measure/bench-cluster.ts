import type { Clock } from '../../base/clock.js'
import { deferred } from '../../base/deferred.js'
import type { ErrorCode } from '../../base/error-code.js'
import { ClosedError, ConfigError, KafkaError, TimeoutError, WorkerDiedError } from '../../base/errors.js'
import { Histogram } from '../../base/histogram.js'
import type { Admin } from '../../client/admin/admin.js'
import type { Consumer } from '../../client/consumer/consumer.js'
import type { Producer } from '../../client/producer/producer.js'
import { Cluster } from '../../cluster/cluster.js'
import { monotonicOrigin, systemClock } from '../../cluster/system-clock.js'
import { workerFile } from '../../cluster/worker-files.js'
import benchHandler, { type BenchHandlerOptions } from './bench-handler.js'
import { ConsumerTally } from './consumer-tally.js'
import type { Acknowledgements, Load, LoadParts } from './load/load.js'
import { ProduceLoad } from './load/produce-load.js'
import { SendLoad } from './load/send-load.js'
import type { RecordSource } from './record-source.js'
import { SendTimes } from './send-times.js'
import { optionsByPart, type Workload } from './workload.js'

export const BENCH_TOPIC = 'bench'

export interface BenchProducer {
  readonly producer: Producer
  readonly load: Load
  readonly sendTimes: SendTimes
}

export interface BenchConsumer {
  readonly consumer: Consumer
  readonly partitions: readonly number[]
  readonly tally: ConsumerTally
  readonly latencies: Histogram
}

/**
 * A cluster with the producers and consumers of one run, ready to move records. Everything but the consumers' handlers
 * lives on this thread.
 */
export interface BenchCluster {
  readonly cluster: Cluster
  readonly admin: Admin
  readonly clock: Clock
  readonly producers: readonly BenchProducer[]
  readonly consumers: readonly BenchConsumer[]
  readonly acknowledgements: Acknowledgements
  /** Records of batches that were given up; `failure` says why the first of these batches was. */
  unacknowledged: number
  failure: ErrorCode | null
  /** Rejects when a consumer's handling ends, or a thread ends that nobody has asked to. */
  readonly failed: Promise<never>
  close(): Promise<void>
}

/** The reason, in Kafka's words, why a workload cannot be run at all; all other errors are thrown. */
export interface Refusal {
  readonly refused: string
}

/**
 * Starts everything and sends one record with each producer. A refusal is what Kafka says to an impossible combination.
 */
export async function startBenchCluster(workload: Workload, source: RecordSource): Promise<BenchCluster | Refusal> {
  let cluster: Cluster | null = null
  try {
    const options = optionsByPart(workload)
    cluster = await Cluster.start({ ...options.broker, brokers: workload.brokers, seed: workload.seed })
    const bench = await assemble(cluster, workload, source)
    await tryOut(bench, source)
    return bench
  } catch (error) {
    await cluster?.close()
    if (isRefusal(error)) return { refused: sentenceOf(error) }
    throw error
  }
}

function loadOf(workload: Workload, parts: LoadParts): Load {
  const { api, recordsPerCall } = workload
  if (api === 'send') return new SendLoad(parts, workload)
  if (api === 'produce') return new ProduceLoad(parts)
  if (parts.source.numberIn === 'value') return new ProduceLoad(parts, recordsPerCall)
  throw new ConfigError('api', 'Cannot send the records of a file by produceMany: they have keys and headers')
}

async function assemble(cluster: Cluster, workload: Workload, source: RecordSource): Promise<BenchCluster> {
  const options = optionsByPart(workload)
  const { partitions: numPartitions, replicationFactor } = workload
  const admin = cluster.admin()
  await admin.createTopics({
    topics: [{ topic: BENCH_TOPIC, numPartitions, replicationFactor, configs: options.topic }],
  })
  const originMs = monotonicOrigin()
  const clock = systemClock(originMs)
  const acknowledgements = { latencies: Histogram.allocate() }
  const producers = Array.from({ length: workload.producers }, (_, index) => {
    const producer = cluster.producer(options.producer)
    const sendTimes = SendTimes.allocate()
    const parts = { producer, index, topic: BENCH_TOPIC, source, clock, sendTimes, acknowledgements }
    return { producer, load: loadOf(workload, parts), sendTimes }
  })
  const handling = {
    clockOriginMs: originMs,
    producers: workload.producers,
    partitions: numPartitions,
    numberIn: source.numberIn,
    sendTimes: producers.map(({ sendTimes }) => sendTimes.shared),
  }
  const consumers = await Promise.all(
    dealtOut(workload).map(async (partitions): Promise<BenchConsumer> => {
      const consumer = cluster.consumer(options.consumer)
      const tally = ConsumerTally.allocate(numPartitions)
      const latencies = Histogram.allocate()
      const handlerOptions: BenchHandlerOptions = { ...handling, tally: tally.shared, latencies: latencies.shared }
      if (partitions.length > 0) {
        await consumer.assign(partitions.map((partition) => ({ topic: BENCH_TOPIC, partition })))
        if (workload.handler === 'closure') await consumer.run(benchHandler(handlerOptions))
        else await consumer.run({ module: workerFile('bench-handler'), options: handlerOptions })
      }
      return { consumer, partitions, tally, latencies }
    }),
  )
  const bench = { cluster, admin, clock, producers, consumers, acknowledgements, unacknowledged: 0, failure: null }
  const watched = watch(bench)
  return Object.assign(bench, { failed: watched.failed, close: () => closeAll(bench, watched.stop) })
}

/** A consumer that gets no partition idles, as the surplus member of a group does. */
function dealtOut({ partitions, consumers }: Workload): number[][] {
  const hands = Array.from({ length: consumers }, (): number[] => [])
  for (let partition = 0; partition < partitions; partition++) hands[partition % consumers]!.push(partition)
  return hands
}

type Watched = Pick<BenchCluster, 'cluster' | 'producers' | 'consumers' | 'unacknowledged' | 'failure'>

const LOOK_EVERY_MS = 500
/** Milliseconds after which a run that sends and reads nothing counts as stalled. */
const STALLED_MS = 60_000

function watch(bench: Watched): { readonly failed: Promise<never>; stop(): void } {
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever waits for the run also waits for this promise; when nobody does, nothing is lost.
  failed.catch(() => {})
  for (const { producer } of bench.producers) {
    producer.on('undelivered', ({ recordCount, error }) => {
      bench.unacknowledged += recordCount
      bench.failure ??= error
    })
  }
  for (const { consumer } of bench.consumers) consumer.stopped.catch(fail)
  let progress = -1
  let progressAt = Date.now()
  const timer = setInterval(() => {
    const exit = bench.cluster.unexpectedExits[0]
    if (exit !== undefined)
      fail(new WorkerDiedError(`The thread ${exit.address} has ended: ${exit.error ?? `code ${exit.code}`}`))
    const now = bench.producers.reduce((sum, { load }) => sum + load.sent, 0) + recordsRead(bench)
    if (now !== progress) {
      progress = now
      progressAt = Date.now()
    } else if (Date.now() - progressAt > STALLED_MS) {
      fail(new Error(`Nothing was sent or read for ${STALLED_MS / 1e3} seconds: the run does not go on`))
    }
  }, LOOK_EVERY_MS)
  timer.unref()
  return { failed, stop: () => clearInterval(timer) }
}

async function closeAll({ cluster, consumers }: Watched, stopWatching: () => void): Promise<void> {
  stopWatching()
  // The cluster tells its end to its clients as an error; here it is expected.
  for (const { consumer } of consumers) consumer.stopped.catch(() => {})
  await cluster.close()
}

export function recordsRead({ consumers }: Pick<BenchCluster, 'consumers'>): number {
  return consumers.reduce((sum, { tally }) => sum + tally.read, 0)
}

/** The first record of each producer shows whether the brokers take any at all. */
async function tryOut({ producers, failed }: BenchCluster, source: RecordSource): Promise<void> {
  const firsts = producers.map(async ({ producer }, index) => {
    const slot = source.slot(BENCH_TOPIC, index)
    slot.fill(0)
    const delivered = deferred<void>()
    const onDelivery = (error: KafkaError | null): void =>
      error === null ? delivered.resolve() : delivered.reject(error)
    producer.produce(slot.record, onDelivery)
    await Promise.all([producer.flush(), delivered.promise])
  })
  await Promise.race([Promise.all(firsts), failed])
}

function isRefusal(error: unknown): error is KafkaError {
  const isFailure = error instanceof WorkerDiedError || error instanceof ClosedError || error instanceof TimeoutError
  return error instanceof KafkaError && !isFailure
}

function sentenceOf({ code, message }: KafkaError): string {
  return code === 'INVALID_CONFIG' || message.includes(code) ? message : `${message}: ${code}`
}
