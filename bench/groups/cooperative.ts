import { Cluster, type Consumer } from '../../src/index.js'
import type { GroupBench } from './group-figure.js'
import { sharedLateness } from './lateness-module.js'

/**
 * Three members with cooperative-sticky read four partitions. A fourth one comes, and takes one of two partitions that
 * another member has; then it goes again. The figure is the longest time from the sending of a record to its handling,
 * of all partitions that keep their reader: in each of these rebalances, and in as much time without one, in turns. (A
 * record that waits shows a gap in reading, and a producer that stands still does not.)
 */
export const cooperative: GroupBench = {
  name: 'cooperative',
  async run({ repeats, onProgress }) {
    const cluster = await Cluster.start()
    const lateness = sharedLateness(PARTITIONS)
    let sending: NodeJS.Timeout | undefined
    try {
      await cluster.admin().createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] })
      const producer = cluster.producer({ 'linger.ms': 0 })
      sending = setInterval(() => {
        const value = lateness.stamp()
        for (let partition = 0; partition < PARTITIONS; partition++)
          producer.produce({ topic: TOPIC, partition, value })
      }, SEND_EVERY_MS)
      const stay: Consumer[] = []
      for (let member = 0; member < PARTITIONS - 1; member++) stay.push(await join(cluster, lateness.options))
      await until(() => shares(stay) === '1,1,2')

      const [during, without]: [number[], number[]] = [[], []]
      /** The longest lateness until it is so, of partitions whose readers stay the same. */
      const longest = async (isOver: () => boolean, msMin: number): Promise<{ late: number; ms: number }> => {
        const before = readers(stay)
        lateness.begin()
        const began = performance.now()
        await until(() => isOver() && performance.now() - began >= msMin)
        const after = readers(stay)
        const late = Math.max(...before.flatMap((one, at) => (one === after[at] ? [lateness.of(at)] : [])))
        return { late, ms: performance.now() - began }
      }
      for (let turn = 0; turn < repeats * TURNS_PER_REPEAT; turn++) {
        onProgress(`turn ${turn + 1} of ${repeats * TURNS_PER_REPEAT}`)
        // The thread is there before anything is measured.
        const guest = cluster.consumer(MEMBER)
        await guest.subscribe({ topics: [TOPIC] })
        await sleep(SETTLE_MS)
        void guest.run({ module: MODULE, options: lateness.options })
        const coming = await longest(() => shares([...stay, guest]) === '1,1,1,1', WINDOW_MS)
        void guest.close()
        const going = await longest(() => shares(stay) === '1,1,2', WINDOW_MS)
        during.push(coming.late, going.late)
        for (const { ms } of [coming, going]) without.push((await longest(() => true, ms)).late)
      }
      const what = 'cooperative: the longest wait of a record whose reader stays'
      return [
        { what: `${what}, in a rebalance`, unit: 'ms', values: during },
        { what: `${what}, without one`, unit: 'ms', values: without },
      ]
    } finally {
      clearInterval(sending)
      await cluster.close()
    }
  },
}

const TOPIC = 'orders'
const PARTITIONS = 4
const SEND_EVERY_MS = 1
const TURNS_PER_REPEAT = 4
const SETTLE_MS = 500
/** The least time that is looked at. */
const WINDOW_MS = 500
const MODULE = new URL('lateness-module.js', import.meta.url)
const MEMBER = {
  'group.id': 'kitchen',
  'partition.assignment.strategy': 'cooperative-sticky',
  // A member hears with its next heartbeat that another one has come.
  'heartbeat.interval.ms': 100,
}

async function join(cluster: Cluster, options: object): Promise<Consumer> {
  const consumer = cluster.consumer(MEMBER)
  await consumer.subscribe({ topics: [TOPIC] })
  await consumer.run({ module: MODULE, options })
  return consumer
}

const shares = (members: readonly Consumer[]): string =>
  members
    .map(({ assignment }) => assignment.length)
    .sort()
    .join()

/** The reader of each partition; -1: none of these. */
function readers(members: readonly Consumer[]): number[] {
  const has = (partition: number) => (member: Consumer) => member.assignment.some((one) => one.partition === partition)
  return Array.from({ length: PARTITIONS }, (_, partition) => members.findIndex(has(partition)))
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(1)
}
