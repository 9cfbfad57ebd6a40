import { deferred } from '../../src/base/deferred.js'
import { Cluster, type Consumer, type LentBatch, type RecordHandler } from '../../src/index.js'
import { type ReadingTime, sharedCount, Watch } from './counting-module.js'
import type { GroupBench, GroupFigure } from './group-figure.js'

/**
 * A log is read from its start to its end, by a consumer that is the only member of a group and by one without a group,
 * in turns. The time begins with the first record and ends with the last, so joining does not count, and nor does the
 * commit with which the member closes.
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
          times: [] as ReadingTime[],
        })),
      )
      for (let turn = 0; turn <= repeats; turn++) {
        for (const { way, isMember, name, times } of contestants) {
          onProgress(`${name}, ${turn} of ${repeats}`)
          const time = await readAll(cluster, way, isMember)
          // The first turn warms up.
          if (turn > 0) times.push(time)
        }
      }
      return contestants.flatMap(({ name, times }): GroupFigure[] => [
        { what: name, unit: 'records/s', values: times.map(({ ms }) => RECORDS / (ms / 1_000)) },
        { what: `${name}: CPU of a million records`, unit: 'ms', values: times.map(({ cpuMs }) => cpuMs / MILLIONS) },
      ])
    } finally {
      await cluster.close()
    }
  },
}

const TOPIC = 'read'
const PARTITIONS = 4
const RECORDS = 2_000_000
const MILLIONS = RECORDS / 1e6
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

interface Way {
  readonly name: string
  /** Reads everything. */
  read(consumer: Consumer): Promise<ReadingTime>
}

const WAYS: readonly Way[] = [
  {
    name: 'poll',
    async read(consumer) {
      const watch = new Watch(RECORDS)
      for (;;) {
        const time = watch.note(counted(await consumer.poll(1_000)))
        if (time !== null) return time
      }
    },
  },
  {
    name: 'for await',
    async read(consumer) {
      const watch = new Watch(RECORDS)
      for await (const _ of consumer) {
        const time = watch.note(1)
        if (time !== null) return time
      }
      throw new Error('The loop has ended before the last record')
    },
  },
  {
    name: 'eachMessage',
    read: (consumer) => handled(consumer, (note) => ({ eachMessage: () => note(1) })),
  },
  {
    name: 'eachBatch',
    read: (consumer) => handled(consumer, (note) => ({ eachBatch: ({ batch }) => note(counted(batch)) })),
  },
  {
    name: 'a module',
    async read(consumer) {
      const { options, time } = sharedCount(RECORDS)
      await consumer.run({ module: new URL('counting-module.js', import.meta.url), options })
      return time()
    },
  },
]

async function handled(
  consumer: Consumer,
  handlerOf: (note: (records: number) => void) => RecordHandler,
): Promise<ReadingTime> {
  const watch = new Watch(RECORDS)
  const whole = deferred<ReadingTime>()
  const handler = handlerOf((records) => {
    const time = watch.note(records)
    if (time !== null) whole.resolve(time)
  })
  await consumer.run(handler)
  return whole.promise
}

function counted(batch: LentBatch | null): number {
  let records = 0
  batch?.forEach(() => {
    records += 1
  })
  return records
}

let groups = 0

async function readAll(cluster: Cluster, { read }: Way, isMember: boolean): Promise<ReadingTime> {
  const consumer = cluster.consumer({
    'auto.offset.reset': 'earliest',
    ...(isMember && { 'group.id': `group-${++groups}` }),
  })
  await consumer.subscribe({ topics: [TOPIC] })
  const time = await read(consumer)
  await consumer.close()
  return time
}
