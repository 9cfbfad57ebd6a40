import type { Address } from '../../src/actor/address.js'
import { Cluster, type Consumer } from '../../src/index.js'
import type { GroupBench } from './group-figure.js'

/**
 * Two members read all the while, and one is killed: its thread ends, whatever it is at. The time ends when the
 * other one has read something of every partition that the first one had. Then another member comes.
 */
export const takeover: GroupBench = {
  name: 'takeover',
  async run({ repeats, onProgress }) {
    const cluster = await Cluster.start()
    const load = new SteadyLoad(cluster)
    try {
      await load.start()
      let members = [await load.join(), await load.join()] as const
      const values: number[] = []
      for (let kill = 0; kill < repeats * KILLS_PER_REPEAT; kill++) {
        await load.until(() => members.every(isAtWork))
        onProgress(`kill ${kill + 1} of ${repeats * KILLS_PER_REPEAT}`)
        const [victim, heir] = kill % 2 === 0 ? members : [members[1], members[0]]
        values.push(await load.takeOver(victim, heir))
        members = [heir, await load.join()]
      }
      return [{ what: 'consumer killed: its partitions read by another', unit: 'ms', values }]
    } finally {
      load.stop()
      await cluster.close()
    }
  },
}

const TOPIC = 'orders'
const PARTITIONS = 8
const KILLS_PER_REPEAT = 10
const SEND_EVERY_MS = 5

interface Reader {
  readonly consumer: Consumer
  readonly thread: Address
  /** The records that it has read of each partition since it was asked to count anew. */
  readonly read: number[]
}

/** Whether it has half of the partitions, and has read of each. */
const isAtWork = ({ consumer, read }: Reader): boolean =>
  consumer.assignment.length === PARTITIONS / 2 &&
  consumer.assignment.every(({ partition }) => (read[partition] ?? 0) > 0)

/** Sends a record to every partition, again and again. */
class SteadyLoad {
  readonly #cluster: Cluster
  #sending: NodeJS.Timeout | undefined
  #looking: { readonly isTrue: () => boolean; readonly done: () => void }[] = []

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async start(): Promise<void> {
    await this.#cluster.admin().createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] })
    const producer = this.#cluster.producer()
    this.#sending = setInterval(() => {
      for (let partition = 0; partition < PARTITIONS; partition++)
        producer.produce({ topic: TOPIC, partition, value: 'x' })
    }, SEND_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#sending)
  }

  async join(): Promise<Reader> {
    const before = new Set(await this.#threads())
    const consumer = this.#cluster.consumer({ 'group.id': 'kitchen', 'session.timeout.ms': 6_000 })
    const [thread] = (await this.#threads()).filter((address) => !before.has(address))
    if (thread === undefined) throw new Error('A consumer has a thread')
    const read = Array.from({ length: PARTITIONS }, () => 0)
    await consumer.subscribe({ topics: [TOPIC], onPartitionsAssigned: () => void read.fill(0) })
    await consumer.run({
      eachMessage: ({ partition }) => {
        read[partition] = (read[partition] ?? 0) + 1
        this.#look()
      },
    })
    // Its end is what is asked for.
    consumer.stopped.catch(() => {})
    return { consumer, thread, read }
  }

  /** Resolves when it is so, which changes with what is read. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((done) => this.#looking.push({ isTrue, done }))
  }

  /** Milliseconds. */
  async takeOver(victim: Reader, heir: Reader): Promise<number> {
    const lost = victim.consumer.assignment.map(({ partition }) => partition)
    heir.read.fill(0)
    const began = performance.now()
    const taken = this.until(() => lost.every((partition) => (heir.read[partition] ?? 0) > 0))
    await this.#cluster.kill(victim.thread)
    await taken
    const ms = performance.now() - began
    await victim.consumer.close({ timeoutMs: 0 }).catch(() => {})
    return ms
  }

  #look(): void {
    this.#looking = this.#looking.filter(({ isTrue, done }) => {
      if (!isTrue()) return true
      done()
      return false
    })
  }

  async #threads(): Promise<Address[]> {
    const { threads } = await this.#cluster.describe()
    return threads.map(({ address }) => address).filter((address) => address.startsWith('consumer-'))
  }
}
