import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import CliTable3 from 'cli-table3'
import { counted } from '../src/base/words.js'
import { type Spread, spreadOf } from '../src/lab/measure/bench-result.js'
import { threeDigits } from '../src/lab/numbers.js'
import { startKafka, type TestKafka } from '../src/testing.js'
import { percentileOf } from './percentile.js'

/** Milliseconds. */
export interface KitFigure {
  readonly brokers: number
  readonly processes: number
  /** The time until `startKafka` has resolved. */
  readonly started: Spread
  /** The time from `startKafka` until a consumer of KafkaJS's in a group has its first record. */
  readonly firstRecord: Spread
  /** The CPU time of all threads until then. */
  readonly cpu: Spread
  readonly resets: number
  /** The time of a reset of 10 topics with 3 partitions each, of as many replicas as there are brokers. */
  readonly reset: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Resets after which a topic, a group or a committed offset was there. */
  readonly unclean: number
  /** Megabytes of resident memory that the resets have added, after the first tenth of them. */
  readonly grownMegabytes: number
}

export interface KitTimes {
  readonly started: number
  readonly firstRecord: number
  readonly cpu: number
}

export interface KitOptions {
  readonly brokers: number
  readonly processes: number
  readonly resets: number
}

const CHILD = fileURLToPath(new URL('./kit-process.js', import.meta.url))
const TOPICS = Array.from({ length: 10 }, (_, number) => ({ topic: `topic-${number}`, numPartitions: 3 }))

/** Each start has a process of its own, in which KafkaJS is loaded already. */
export async function runKit(options: KitOptions, onReset: (count: number) => void): Promise<KitFigure> {
  const times = Array.from({ length: options.processes }, () => timesOf(options.brokers))
  return {
    ...options,
    started: spreadOf(times.map(({ started }) => started)),
    firstRecord: spreadOf(times.map(({ firstRecord }) => firstRecord)),
    cpu: spreadOf(times.map(({ cpu }) => cpu)),
    ...(await runResets(options, onReset)),
  }
}

function timesOf(brokers: number): KitTimes {
  const { status, stdout } = spawnSync(process.execPath, [CHILD, String(brokers)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' },
  })
  if (status !== 0) throw new Error(`The process that was to start a Kafka ended with ${status}`)
  return JSON.parse(stdout) as KitTimes
}

/** Each reset is that of a test which has created topics, sent records and committed offsets. */
async function runResets(
  { brokers, resets }: KitOptions,
  onReset: (count: number) => void,
): Promise<Pick<KitFigure, 'reset' | 'unclean' | 'grownMegabytes'>> {
  const kafka = await startKafka({ brokers })
  const ms: number[] = []
  let [unclean, before] = [0, 0]
  for (let count = 1; count <= resets; count++) {
    const admin = kafka.cluster.admin()
    await admin.createTopics({ topics: TOPICS })
    const [offsets, topic] = [[{ partition: 0, offset: 0 }], 'topic-0']
    await Promise.all([kafka.send(topic, 'record'), admin.setOffsets({ groupId: 'group', topic, partitions: offsets })])
    const start = performance.now()
    await kafka.reset()
    ms.push(performance.now() - start)
    if (!(await isEmpty(kafka))) unclean += 1
    if (count === Math.ceil(resets / 10)) before = process.memoryUsage.rss()
    if (count % 100 === 0) onReset(count)
  }
  const grownMegabytes = (process.memoryUsage.rss() - before) / 1e6
  await kafka.stop()
  const reset = { p50: percentileOf(ms, 50), p99: percentileOf(ms, 99), max: percentileOf(ms, 100) }
  return { reset, unclean, grownMegabytes }
}

async function isEmpty({ cluster }: TestKafka): Promise<boolean> {
  const admin = cluster.admin()
  const topics = await admin.listTopics({ listInternal: true })
  const { groups } = await admin.listGroups()
  await admin.close()
  return topics.length === 0 && groups.length === 0
}

export function kitTable({ brokers, started, firstRecord, cpu, resets, reset, ...rest }: KitFigure): string {
  const table = new CliTable3({
    head: [`${counted(brokers, 'broker')}, ms`, 'min', 'median', 'max'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  const rows = [
    ['startKafka', started],
    ['to the first record', firstRecord],
    ['the CPU of that', cpu],
  ] as const
  for (const [name, { min, median, max }] of rows)
    table.push([name, threeDigits(min), threeDigits(median), threeDigits(max)])
  const figures = `p50 ${threeDigits(reset.p50)} ms, p99 ${threeDigits(reset.p99)} ms, max ${threeDigits(reset.max)} ms`
  const left = `${rest.unclean} left something, and ${threeDigits(rest.grownMegabytes)} MB were added`
  return `${table.toString()}\n${counted(resets, 'reset')} of 10 topics with 3 partitions: ${figures}; ${left}`
}
