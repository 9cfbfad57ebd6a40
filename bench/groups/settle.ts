import CliTable3 from 'cli-table3'
import { counted } from '../../src/base/words.js'
import { Cluster, type Consumer } from '../../src/index.js'
import { within } from '../../src/lab/experiments/lab-host.js'
import { spreadOf } from '../../src/lab/measure/bench-result.js'
import { threeDigits } from '../../src/lab/numbers.js'

export interface SettleOptions {
  readonly members: number
  readonly partitions: number
  /** Clusters, one after the other. */
  readonly repeats: number
  /** Members that come, go and are killed in each cluster. */
  readonly changes: number
  readonly assignor: string
}

/** Milliseconds until each partition has a reader again, and each reader its share. */
export interface SettleTimes {
  /** The times from the last `subscribe` of all members, whose threads run. */
  readonly begins: readonly number[]
  /** The times from the `subscribe` of one more member. */
  readonly grows: readonly number[]
  /** The times from the `close` of a member, which leaves. */
  readonly shrinks: readonly number[]
  /** The times from the death of a member's thread until another one has read what was sent to its partition since. */
  readonly killed: readonly number[]
}

export interface SettleFigures extends SettleTimes {
  readonly options: SettleOptions
}

const TOPIC = 'orders'
/** A group that has not settled by then never will. */
const PATIENCE_MS = 60_000
/** So long nothing happens before a change, so that no heartbeat is about to be sent anyway. */
const QUIET_MS = 200

export async function runSettle(options: SettleOptions, onTurn: (turn: number) => void): Promise<SettleFigures> {
  const times: Growing = { begins: [], grows: [], shrinks: [], killed: [] }
  for (let turn = 0; turn < options.repeats; turn++) {
    onTurn(turn + 1)
    await oneCluster(options, times)
  }
  return { options, ...times }
}

type Growing = { readonly [Name in keyof SettleTimes]: number[] }

async function oneCluster(options: SettleOptions, times: Growing): Promise<void> {
  const { members, partitions, changes } = options
  const cluster = await Cluster.start({ brokers: 1, 'log.segment.bytes': 65_536 })
  try {
    await cluster.admin().createTopics({ topics: [{ topic: TOPIC, numPartitions: partitions }] })
    const group = new WatchedGroup(cluster, options)
    const first = await group.startThreads(members)
    for (const consumer of first) group.join(consumer)
    times.begins.push(await group.settles())
    for (let change = 0; change < changes; change++) {
      const [one] = await group.startThreads(1)
      await quiet()
      group.join(one as Consumer)
      times.grows.push(await group.settles())
      await quiet()
      group.leave()
      times.shrinks.push(await group.settles())
    }
    for (let change = 0; change < changes; change++) {
      const [one] = await group.startThreads(1)
      group.join(one as Consumer)
      await group.settles()
      await quiet()
      times.killed.push(await group.killOne())
    }
  } finally {
    await cluster.close()
  }
}

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, QUIET_MS))

/** A group whose members run handlers that do nothing. */
class WatchedGroup {
  readonly #cluster: Cluster
  readonly #options: SettleOptions
  readonly #members: Consumer[] = []
  readonly #addresses = new Map<Consumer, string>()
  readonly #reads = new Map<number, () => void>()
  #began = 0
  #settled: (() => void) | null = null

  constructor(cluster: Cluster, options: SettleOptions) {
    this.#cluster = cluster
    this.#options = options
  }

  /** Consumers whose threads have answered. */
  async startThreads(count: number): Promise<Consumer[]> {
    const { assignor } = this.#options
    const consumers: Consumer[] = []
    for (let made = 0; made < count; made++) {
      const before = await this.#threads()
      const consumer = this.#cluster.consumer({ 'group.id': 'tea', 'partition.assignment.strategy': assignor })
      const after = await this.#threads()
      this.#addresses.set(consumer, after.find((address) => !before.includes(address)) as string)
      consumers.push(consumer)
    }
    await Promise.all(consumers.map((consumer) => consumer.describe()))
    return consumers
  }

  /** Subscribes, and reads from then on. The last call begins to count. */
  join(consumer: Consumer): void {
    this.#members.push(consumer)
    const look = (): void => this.#look()
    void consumer.subscribe({ topics: [TOPIC], onPartitionsAssigned: look })
    void consumer.run({ eachMessage: ({ partition }) => this.#reads.get(partition)?.() })
    consumer.stopped.catch(() => {})
    this.#began = performance.now()
  }

  /** The member that has joined last closes. */
  leave(): void {
    const consumer = this.#members.pop() as Consumer
    this.#began = performance.now()
    void consumer.close()
  }

  /** The time from the last change until all have their share. */
  async settles(): Promise<number> {
    const settled = new Promise<void>((resolve) => {
      this.#settled = resolve
    })
    this.#look()
    await within(settled, PATIENCE_MS, 'The group')
    return performance.now() - this.#began
  }

  /** Kills the thread of the member that has joined last. Returns the time until another one reads what was its own. */
  async killOne(): Promise<number> {
    const consumer = this.#members.pop() as Consumer
    const [own] = consumer.assignment
    const partition = own?.partition ?? 0
    const producer = this.#cluster.producer({ 'linger.ms': 0 })
    const read = new Promise<void>((resolve) => this.#reads.set(partition, resolve))
    this.#began = performance.now()
    await this.#cluster.kill(this.#addresses.get(consumer) as `consumer-${number}`)
    await producer.send({ topic: TOPIC, messages: [{ partition, value: 'tea' }] })
    await within(read, PATIENCE_MS, 'A reader')
    const took = performance.now() - this.#began
    this.#reads.delete(partition)
    await producer.close()
    await consumer.close().catch(() => {})
    return took
  }

  async #threads(): Promise<string[]> {
    const { threads } = await this.#cluster.describe()
    return threads.map(({ address }) => address).filter((address) => address.startsWith('consumer-'))
  }

  #look(): void {
    if (this.#settled === null || !this.#isSettled) return
    this.#settled()
    this.#settled = null
  }

  /** Whether each partition has one reader, and no member has more than one partition more than another. */
  get #isSettled(): boolean {
    const { partitions } = this.#options
    const shares = this.#members.map(({ assignment }) => assignment.length)
    const least = Math.floor(partitions / this.#members.length)
    if (shares.some((share) => share < least || share > least + 1)) return false
    const read = this.#members.flatMap(({ assignment }) => assignment.map(({ partition }) => partition))
    return read.length === partitions && new Set(read).size === partitions
  }
}

export function settleTable({ options, begins, grows, shrinks, killed }: SettleFigures): string {
  const { members, partitions, assignor } = options
  const table = new CliTable3({
    head: [
      `${counted(members, 'member')}, ${counted(partitions, 'partition')}, ${assignor}, ms`,
      'min',
      'median',
      'max',
    ],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  const rows = [
    ['all subscribe', begins],
    ['one more comes', grows],
    ['one closes', shrinks],
    ['one is killed', killed],
  ] as const
  for (const [name, times] of rows) {
    if (times.length === 0) continue
    const { min, median, max } = spreadOf(times)
    table.push([`${name}, ${counted(times.length, 'time')}`, threeDigits(min), threeDigits(median), threeDigits(max)])
  }
  return table.toString()
}
