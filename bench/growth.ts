import CliTable3 from 'cli-table3'
import { grouped } from '../src/base/words.js'
import { Cluster } from '../src/index.js'
import { csvRecords } from '../src/lab/input/csv-records.js'
import { failIn } from '../src/lab/input/input-error.js'
import { type Spread, spreadOf } from '../src/lab/measure/bench-result.js'
import { threeDigits } from '../src/lab/numbers.js'

/** The time of one operation beside so many others, or over so many parts. */
export interface GrowthFigure {
  readonly operation: string
  readonly size: number
  /** The time of each, in milliseconds. */
  readonly ms: Spread
}

const TIMES = 200
const SIZES = [10, 100, 1_000, 10_000]
/** A replica of each partition on every broker. */
const REPLICATED_SIZES = [3, 30, 300, 3_000]
const LINE_ENDS = [10_000, 100_000, 1_000_000]
/** Segments are small, so that thousands of logs are. */
const SMALL_LOGS = { 'log.segment.bytes': 65_536 }

/**
 * Operations that should cost the same whatever else there is, and some whose time should follow only their own length.
 */
export async function runGrowth(onFigure: (figure: GrowthFigure) => void): Promise<GrowthFigure[]> {
  const figures: GrowthFigure[] = []
  const add = (operation: string, size: number, times: readonly number[]): void => {
    const figure = { operation, size, ms: spreadOf(times) }
    figures.push(figure)
    onFigure(figure)
  }
  for (const size of SIZES) {
    const { made, deleted } = await topicsBeside(size)
    add('making a topic beside others', size, made)
    add('deleting a topic beside others', size, deleted)
  }
  for (const size of REPLICATED_SIZES)
    add('a send with acks=all to one of so many partitions, 3 brokers, factor 3', size, await replicatedSends(size))
  for (const size of [20, 200, 2_000, 20_000])
    add('a flush of a record for each of so many partitions', size, await flushOver(size))
  for (const size of LINE_ENDS) add('a CSV row with so many line ends in a field', size, await csvRow(size))
  return figures
}

async function timed(times: number, run: (turn: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = []
  for (let turn = 0; turn < times; turn++) {
    const began = performance.now()
    await run(turn)
    all.push(performance.now() - began)
  }
  return all
}

/** Creates topics in requests of bounded size. */
async function makeTopics(admin: ReturnType<Cluster['admin']>, count: number): Promise<void> {
  for (let from = 0; from < count; from += 5_000) {
    const length = Math.min(5_000, count - from)
    await admin.createTopics({
      topics: Array.from({ length }, (_, index) => ({ topic: `other-${from + index}`, numPartitions: 1 })),
    })
  }
}

async function topicsBeside(count: number): Promise<{ readonly made: number[]; readonly deleted: number[] }> {
  const cluster = await Cluster.start(SMALL_LOGS)
  const admin = cluster.admin()
  const make = (turn: number): Promise<unknown> => admin.createTopics({ topics: [{ topic: `topic-${turn}` }] })
  const drop = (turn: number): Promise<void> => admin.deleteTopics({ topics: [`topic-${turn}`] })
  await makeTopics(admin, count)
  await timed(TIMES, make)
  await timed(TIMES, drop)
  const [made, deleted] = [await timed(TIMES, make), await timed(TIMES, drop)]
  await cluster.close()
  return { made, deleted }
}

async function replicatedSends(numPartitions: number): Promise<number[]> {
  const cluster = await Cluster.start({ ...SMALL_LOGS, brokers: 3 })
  await cluster.admin().createTopics({ topics: [{ topic: 'orders', numPartitions, replicationFactor: 3 }] })
  const producer = cluster.producer({ acks: 'all' })
  const send = (): Promise<unknown> => producer.send({ topic: 'orders', messages: [{ partition: 0, value: 'x' }] })
  await timed(TIMES, send)
  const times = await timed(TIMES, send)
  await cluster.close()
  return times
}

async function flushOver(partitions: number): Promise<number[]> {
  const cluster = await Cluster.start(SMALL_LOGS)
  const numPartitions = partitions / 2
  const topics = ['a', 'b']
  for (const topic of topics) await cluster.admin().createTopics({ topics: [{ topic, numPartitions }] })
  const producer = cluster.producer({ 'linger.ms': 30_000, 'batch.size': 1_024, 'max.request.size': 10_485_760 })
  const messages = Array.from({ length: numPartitions }, (_, partition) => ({ partition, value: 'x' }))
  const flushed = (): Promise<unknown> => {
    const sends = topics.map((topic) => producer.send({ topic, messages }))
    return Promise.all([...sends, producer.flush()])
  }
  // The first one learns of the topics.
  await timed(3, flushed)
  const times = await timed(5, flushed)
  await cluster.close()
  return times
}

async function csvRow(lineEnds: number): Promise<number[]> {
  const bytes = Buffer.from(`a,b\n1,"${'\n'.repeat(lineEnds)}x"\n`)
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let from = 0; from < bytes.length; from += 65_536) yield bytes.subarray(from, from + 65_536)
  }
  return timed(5, async () => {
    const records = csvRecords(chunks(), { delimiter: ',', key: undefined }, failIn('growth'))
    for await (const { value } of records) if (value.length < lineEnds) throw new Error('A row came in parts')
  })
}

export function growthTable(figures: readonly GrowthFigure[]): string {
  const table = new CliTable3({
    head: ['operation', 'of, or beside', 'min ms', 'median', 'max'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const { operation, size, ms } of figures)
    table.push([operation, grouped(size), threeDigits(ms.min), threeDigits(ms.median), threeDigits(ms.max)])
  return table.toString()
}
