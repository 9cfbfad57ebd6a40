import { deferred } from '../../src/base/deferred.js'
import { Cluster, type Consumer, type LentBatch } from '../../src/index.js'
import { sharedCount } from './counting-module.js'
import type { GroupBench, GroupFigure } from './group-figure.js'

/**
 * A log is read from its start to its end, by a consumer that is the only member of a group and by one without a group,
 * in turns. The member commits all the while, fifty times as often as by default. The time begins with the first record
 * and ends with the last, so joining does not count.
 */
export const reading: GroupBench = {
  name: 'reading',
  async run({ repeats, onProgress }) {
    const cluster = await Cluster.start()
    try {
      await fill(cluster)
      const contestants = WAYS.flatMap((way) =>
        [false, true].map((isMember) => ({
          way,
          isMember,
          name: `${way.name}, ${isMember ? 'a group of one' : 'no group'}`,
          rates: [] as number[],
        })),
      )
      for (let turn = 0; turn <= repeats; turn++) {
        for (const { way, isMember, name, rates } of contestants) {
          onProgress(`${name}, ${turn} of ${repeats}`)
          const rate = await readAll(cluster, way, isMember)
          // The first turn warms up.
          if (turn > 0) rates.push(rate)
        }
      }
      return contestants.map(({ name, rates }): GroupFigure => ({ what: name, unit: 'records/s', values: rates }))
    } finally {
      await cluster.close()
    }
  },
}

const TOPIC = 'read'
const PARTITIONS = 4
const RECORDS = 2_000_000
const RECORD_BYTES = 100
const AT_ONCE = 10_000

async function fill(cluster: Cluster): Promise<void> {
  await cluster.admin().createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] })
  const producer = cluster.producer({ 'batch.size': 65_536, 'linger.ms': 5 })
  const value = Buffer.alloc(RECORD_BYTES, 'x')
  const messages = Array.from({ length: AT_ONCE }, (_, index) => ({ partition: index % PARTITIONS, value }))
  for (let sent = 0; sent < RECORDS; sent += AT_ONCE) await producer.send({ topic: TOPIC, messages })
  await producer.close()
}

/** A way to read everything. It resolves with the milliseconds from the first record to the last. */
interface Way {
  readonly name: string
  read(consumer: Consumer): Promise<number>
}

const WAYS: readonly Way[] = [
  {
    name: 'poll',
    async read(consumer) {
      const watch = new Watch()
      while (!watch.isOver) watch.note(counted(await consumer.poll(1_000)))
      return watch.ms
    },
  },
  {
    name: 'for await',
    async read(consumer) {
      const watch = new Watch()
      for await (const _ of consumer) {
        watch.note(1)
        if (watch.isOver) break
      }
      return watch.ms
    },
  },
  {
    name: 'eachMessage',
    async read(consumer) {
      const watch = new Watch()
      await consumer.run({ eachMessage: () => watch.note(1) })
      return watch.ms
    },
  },
  {
    name: 'eachBatch',
    async read(consumer) {
      const watch = new Watch()
      await consumer.run({ eachBatch: ({ batch }) => watch.note(counted(batch)) })
      return watch.ms
    },
  },
  {
    name: 'a module',
    async read(consumer) {
      const { options, ms } = sharedCount(RECORDS)
      await consumer.run({ module: new URL('counting-module.js', import.meta.url), options })
      return ms()
    },
  },
]

function counted(batch: LentBatch | null): number {
  let records = 0
  batch?.forEach(() => {
    records += 1
  })
  return records
}

/** Counts records down, and takes the time. */
class Watch {
  readonly #whole = deferred<number>()
  #left = RECORDS
  #began = 0

  get isOver(): boolean {
    return this.#left === 0
  }

  get ms(): Promise<number> {
    return this.#whole.promise
  }

  note(records: number): void {
    if (this.#left === RECORDS) this.#began = performance.now()
    this.#left -= records
    if (this.isOver) this.#whole.resolve(performance.now() - this.#began)
  }
}

let groups = 0

/** Records per second. */
async function readAll(cluster: Cluster, { read }: Way, isMember: boolean): Promise<number> {
  const consumer = cluster.consumer({
    'auto.offset.reset': 'earliest',
    ...(isMember && { 'group.id': `group-${++groups}`, 'auto.commit.interval.ms': 100 }),
  })
  await consumer.subscribe({ topics: [TOPIC] })
  const ms = await read(consumer)
  await consumer.close()
  return RECORDS / (ms / 1_000)
}
