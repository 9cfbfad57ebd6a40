import { onTestFinished } from 'vitest'
import type { ScriptedFault } from '../../src/cluster/fault-rule.js'
import type { FaultHandle } from '../../src/cluster/scripted-faults.js'
import {
  type CloseOptions,
  Cluster,
  type ClusterOptions,
  type Consumer,
  type ConsumerConfig,
  type GivenProducerOptions,
  type KeptRecord,
  type Producer,
  type ProducerExtras,
  type RecordData,
  SimulatedCluster,
  TimeoutError,
  type TopicToCreate,
} from '../../src/index.js'
import { lookUntil } from './look-until.js'

/** The same test runs on both: on one thread under a seed, and on threads under the machine's clock. */
export const HOSTS = ['simulation', 'threads'] as const
export type HostName = (typeof HOSTS)[number]

export type GivenOptions = ClusterOptions & {
  readonly host: HostName
  /** Partitions of each topic, or all that can be said of it. */
  readonly topics?: Readonly<Record<string, number | Omit<TopicToCreate, 'topic'>>>
}

/** How long a state on threads may take to come: far more than it needs, and less than a test may take. */
const PATIENCE_MS = 20_000

/**
 * A cluster for one test, with its topics; it is closed when the test has finished, and must have kept all of its
 * threads.
 */
export async function given({ host, topics = {}, ...options }: GivenOptions): Promise<GivenCluster> {
  const cluster = host === 'simulation' ? await SimulatedCluster.start(options) : await Cluster.start(options)
  const harness = new GivenCluster(cluster)
  onTestFinished(() => harness.finish())
  const toCreate = Object.entries(topics).map(([topic, wanted]) =>
    typeof wanted === 'number' ? { topic, numPartitions: wanted } : { topic, ...wanted },
  )
  if (toCreate.length > 0) await harness.run(harness.admin().createTopics({ topics: toCreate }))
  return harness
}

/** A cluster on either host, under one set of words. */
export class GivenCluster {
  readonly #cluster: Cluster | SimulatedCluster
  #killed = 0

  constructor(cluster: Cluster | SimulatedCluster) {
    this.#cluster = cluster
  }

  producer<Key = RecordData, Value = RecordData>(
    config: GivenProducerOptions = {},
    extras: ProducerExtras<Key, Value> = {},
  ): Producer<Key, Value> {
    return this.#cluster.producer(config, extras)
  }

  /** Reads from the earliest record unless it is told otherwise. */
  consumer(config: ConsumerConfig = {}): Consumer {
    return this.#cluster.consumer({ 'auto.offset.reset': 'earliest', ...config })
  }

  admin(): ReturnType<Cluster['admin']> {
    return this.#cluster.admin()
  }

  /** Waits for a promise; in the simulation this is what makes anything happen. */
  run<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#cluster instanceof SimulatedCluster ? this.#cluster.run(promise) : this.#orLostThread(promise)
  }

  /** Waits for a state. Threads tell nobody when they reach one, so it is looked for every millisecond. */
  async until(isReached: () => boolean): Promise<void> {
    if (this.#cluster instanceof SimulatedCluster) return this.#cluster.runUntil(isReached)
    const end = performance.now() + PATIENCE_MS
    await lookUntil(() => {
      if (isReached()) return true
      this.#checkThreads()
      if (performance.now() > end) throw new Error(`The state has not come within ${PATIENCE_MS} ms: ${isReached}`)
      return false
    })
  }

  /** The simulation, for what only a clock that jumps can show. */
  get simulated(): SimulatedCluster {
    if (this.#cluster instanceof SimulatedCluster) return this.#cluster
    throw new Error('This test needs the simulation')
  }

  /** Sends values to a topic, or to one of its partitions, in one call; returns the offset of the first. */
  async send(
    producer: Producer,
    to: string | { topic: string; partition: number },
    values: readonly RecordData[],
  ): Promise<number> {
    const { topic, ...where } = typeof to === 'string' ? { topic: to } : to
    const [metadata] = await this.run(producer.send({ topic, messages: values.map((value) => ({ value, ...where })) }))
    return metadata?.baseOffset ?? -1
  }

  /** The producer knows the topic, and has sent nothing. */
  async hearOf<Key, Value>(producer: Producer<Key, Value>, topic: string): Promise<void> {
    // A thread may take longer to begin than a test's max.block.ms.
    while (!(await this.run(producer.send({ topic, messages: [] }).then(() => true, isTimeout))));
  }

  /** Everything that a topic holds, in the order in which a consumer of its own reads it. */
  async readAll(topic: string, config: ConsumerConfig = {}): Promise<KeptRecord[]> {
    const ends = await this.run(this.admin().fetchTopicOffsets(topic))
    const count = ends.reduce((sum, { low, high }) => sum + high - low, 0)
    const consumer = this.consumer(config)
    await this.run(consumer.subscribe({ topic }))
    const records = await this.collect(consumer)
    await this.until(() => records.length >= count)
    await this.run(consumer.close())
    return records
  }

  /** Lets a consumer run; what it reads is added to the array. */
  async collect(consumer: Consumer): Promise<KeptRecord[]> {
    const records: KeptRecord[] = []
    await this.run(consumer.run({ eachMessage: ({ message }) => void records.push(message) }))
    consumer.stopped.catch(() => {})
    return records
  }

  describe(): ReturnType<Cluster['describe']> {
    return this.#cluster.describe()
  }

  /** Ends a thread as a crash would. */
  async kill(...parameters: Parameters<Cluster['kill']>): Promise<void> {
    this.#killed += 1
    await this.run(this.#cluster.kill(...parameters))
  }

  async killBroker(...parameters: Parameters<Cluster['killBroker']>): Promise<void> {
    await this.run(this.#cluster.killBroker(...parameters))
  }

  async restartBroker(brokerId: number): Promise<void> {
    await this.run(this.#cluster.restartBroker(brokerId))
  }

  async stopBroker(brokerId: number): Promise<void> {
    await this.run(this.#cluster.stopBroker(brokerId))
  }

  async pauseBroker(brokerId: number): Promise<void> {
    await this.run(this.#cluster.pauseBroker(brokerId))
  }

  resumeBroker(brokerId: number): void {
    this.#cluster.resumeBroker(brokerId)
  }

  async killSupervisor(): Promise<void> {
    await this.run(this.#cluster.killSupervisor())
  }

  async cutLink(...parameters: Parameters<Cluster['cutLink']>): Promise<void> {
    await this.run(this.#cluster.cutLink(...parameters))
  }

  async healLink(...parameters: Parameters<Cluster['healLink']>): Promise<void> {
    await this.run(this.#cluster.healLink(...parameters))
  }

  async addFault(fault: ScriptedFault): Promise<FaultHandle> {
    return this.run(this.#cluster.faults.add(fault))
  }

  get failures(): Cluster['failures'] {
    return this.#cluster.failures
  }

  get unexpectedExits(): Cluster['unexpectedExits'] {
    return this.#cluster.unexpectedExits
  }

  /** Broker id of a partition's leader, as the controller has it; -1: none. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const { topics } = await this.run(this.describe())
    return topics.find(({ name }) => name === topic)?.partitions[partition]?.leader ?? -1
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#cluster.close(options)
  }

  async finish(): Promise<void> {
    const exits = this.#cluster.unexpectedExits
    await this.#cluster.close()
    if (exits.length > this.#killed)
      throw new Error(`Threads have ended:\n${exits.map(({ address, error }) => `${address}: ${error}`).join('\n')}`)
  }

  /** A thread that dies would leave the test waiting. */
  async #orLostThread<Value>(promise: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined
    const lost = new Promise<never>((_, reject) => {
      timer = setInterval(() => {
        try {
          this.#checkThreads()
        } catch (error) {
          reject(error)
        }
      }, 50)
    })
    return Promise.race([promise, lost]).finally(() => clearInterval(timer))
  }

  #checkThreads(): void {
    const lost = this.#cluster.unexpectedExits[this.#killed]
    if (lost !== undefined) throw new Error(`The thread of ${lost.address} has ended: ${lost.error}`)
  }
}

/** False: it was one. Throws any other error. */
function isTimeout(error: unknown): false {
  if (error instanceof TimeoutError) return false
  throw error
}

/** The text of each value. */
export const textsOf = (records: readonly { readonly value: Buffer | null }[]): string[] =>
  records.map(({ value }) => String(value))

/** `count` different short values. */
export const values = (count: number, prefix = 'v'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

/** Text that no compression makes much smaller; another one for each length. */
export function noise(length: number): string {
  let seed = length
  const letter = (): string => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return String.fromCharCode(33 + ((seed >>> 16) % 90))
  }
  return Array.from({ length }, letter).join('')
}
